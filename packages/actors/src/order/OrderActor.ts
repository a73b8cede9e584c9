/** An order, live: it asks stock, payment and shipment what its journal says must be asked. */
import * as Order from "@souk/domain/order/Order"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import * as OrderSaga from "@souk/domain/order/OrderSaga"
import { Effect } from "effect"
import * as Actor from "../cluster/Actor.ts"
import * as Definition from "../cluster/Definition.ts"
import * as ActorClient from "../cluster/ActorClient.ts"
import { StockEntity } from "../inventory/StockEntity.ts"
import { PaymentEntity } from "../payment/PaymentEntity.ts"
import { ShipmentEntity } from "../shipment/ShipmentEntity.ts"
import { OrderEntity } from "./OrderEntity.ts"
import { perform } from "./OrderIntents.ts"
import { prepare } from "./OrderPreparation.ts"
import { Shortages } from "./Shortages.ts"

/** How long after its first event an unfinished order is told to resume. */
const sagaDue = { inMs: 5_000 }

export const layer = Actor.layer(
  OrderEntity,
  Effect.gen(function* () {
    const stock = yield* ActorClient.make(StockEntity)
    const payments = yield* ActorClient.make(PaymentEntity)
    const shipments = yield* ActorClient.make(ShipmentEntity)
    const clock = yield* Effect.clock
    const shortages = new Shortages(() => clock.unsafeCurrentTimeMillis())
    return Definition.make({
      decider: Order.decider,
      saga: OrderSaga.saga,
      codec: OrderAggregate.codec,
      view: Order.view,
      reminders: (order) => (OrderSaga.resume(order).length === 0 ? {} : { saga: sagaDue }),
      // A finished order would only take up memory; the journal has it.
      isOpenEnded: OrderSaga.awaitsPerson,
      mayLeave: () => true,
      idleMs: 60_000,
      snapshots: undefined,
      prepare: prepare({ stock, shortages }),
      perform: perform({ stock, payments, shipments, shortages })
    })
  })
)
