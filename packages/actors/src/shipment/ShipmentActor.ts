/** The shipment of one order, live: it asks the carrier what its journal says must be asked. */
import type { ShipmentCommand } from "@souk/domain/shipment/ShipmentCommand"
import { ShipmentAggregate } from "@souk/domain/shipment/ShipmentAggregate"
import * as ShipmentSaga from "@souk/domain/shipment/ShipmentSaga"
import { byTag } from "@souk/domain/kernel/Tagged"
import { Effect, type Option } from "effect"
import * as Actor from "../cluster/Actor.ts"
import type { ActorDefinition } from "../runtime/ActorDefinition.ts"
import { Carrier, type CarrierUnavailable } from "./Carrier.ts"
import { ShipmentEntity } from "./ShipmentEntity.ts"

type Execution = Effect.Effect<Option.Option<ShipmentCommand>, CarrierUnavailable>

export const layer = Actor.layer(
  ShipmentEntity,
  Effect.gen(function* () {
    const carrier = yield* Carrier
    const definition: ActorDefinition<ShipmentAggregate> = {
      aggregate: ShipmentAggregate,
      resume: { _tag: "ResumeShipment" },
      // Its order looks after it, for as long as anything is open.
      reminders: () => ({}),
      canPassivate: () => true,
      idleMs: 60_000,
      execute: byTag<ShipmentSaga.ShipmentIntent, Execution>({
        Book: (intent) => Effect.map(carrier.book(intent), ShipmentSaga.answerBooking),
        CancelBooking: ({ key, trackingNumber }) =>
          Effect.as(carrier.cancel(key, trackingNumber), ShipmentSaga.answerCancellation)
      })
    }
    return definition
  })
)
