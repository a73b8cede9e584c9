/** The shipment of one order, live: it asks the carrier what its journal says must be asked. */
import * as Shipment from "@souk/domain/shipment/Shipment"
import type { ShipmentCommand } from "@souk/domain/shipment/ShipmentCommand"
import { ShipmentAggregate } from "@souk/domain/shipment/ShipmentAggregate"
import * as ShipmentSaga from "@souk/domain/shipment/ShipmentSaga"
import { byTag } from "@souk/domain/kernel/Tagged"
import { Effect, type Option } from "effect"
import * as Actor from "../cluster/Actor.ts"
import * as Definition from "../cluster/Definition.ts"
import { Carrier, type CarrierUnavailable } from "./Carrier.ts"
import { ShipmentEntity } from "./ShipmentEntity.ts"

type Paid = Effect.Effect<Option.Option<ShipmentCommand>, CarrierUnavailable>

export const layer = Actor.layer(
  ShipmentEntity,
  Effect.gen(function* () {
    const carrier = yield* Carrier
    return Definition.make({
      decider: Shipment.decider,
      saga: ShipmentSaga.saga,
      codec: ShipmentAggregate.codec,
      view: Shipment.view,
      // Its order looks after it, for as long as anything is open.
      reminders: () => ({}),
      mayLeave: () => true,
      idleMs: 60_000,
      snapshots: undefined,
      perform: byTag<ShipmentSaga.ShipmentIntent, Paid>({
        Book: (intent) => Effect.map(carrier.book(intent), ShipmentSaga.answerBooking),
        CancelBooking: ({ key, trackingNumber }) =>
          Effect.as(carrier.cancel(key, trackingNumber), ShipmentSaga.answerCancellation)
      })
    })
  })
)
