/** The shipment's address, which is its order's, and the messages it answers. */
import { ShipmentCommand, ShipmentRejection } from "@souk/domain/shipment/ShipmentCommand"
import { ShipmentView } from "@souk/domain/shipment/ShipmentView"
import * as Protocol from "../cluster/Protocol.ts"

export const ShipmentEntity = Protocol.make("shipment", {
  command: ShipmentCommand,
  view: ShipmentView,
  rejection: ShipmentRejection
})

/** Reminds a shipment of what it owes. */
export const remind: ShipmentCommand = { _tag: "ResumeShipment" }
