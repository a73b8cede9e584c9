/** The shipment of one order as one value: its streams, schemas, decider, saga and codec. */
import * as Aggregate from "../kernel/Aggregate.ts"
import { OrderId } from "../kernel/Ids.ts"
import { decider, view } from "./Shipment.ts"
import { ShipmentCommand, ShipmentRejection } from "./ShipmentCommand.ts"
import { ShipmentEvent } from "./ShipmentEvent.ts"
import { saga } from "./ShipmentSaga.ts"
import { ShipmentView } from "./ShipmentView.ts"

export const ShipmentAggregate = Aggregate.define({
  category: "shipment",
  id: OrderId,
  command: ShipmentCommand,
  event: ShipmentEvent,
  rejection: ShipmentRejection,
  view: ShipmentView,
  decider,
  saga,
  viewOf: view,
  aliases: { ShipmentBarred: "ShipmentBlocked" }
})
export type ShipmentAggregate = Aggregate.TypesOf<typeof ShipmentAggregate>
