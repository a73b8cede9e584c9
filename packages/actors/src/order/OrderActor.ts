/** An order, live: it asks stock, payment and shipment what its journal says must be asked. */
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import * as OrderSaga from "@souk/domain/order/OrderSaga"
import { Effect } from "effect"
import * as Actor from "../cluster/Actor.ts"
import * as ActorClient from "../cluster/ActorClient.ts"
import { StockEntity } from "../inventory/StockEntity.ts"
import { PaymentEntity } from "../payment/PaymentEntity.ts"
import type { ActorDefinition } from "../runtime/ActorDefinition.ts"
import { ShipmentEntity } from "../shipment/ShipmentEntity.ts"
import { OrderEntity } from "./OrderEntity.ts"
import * as OrderIntents from "./OrderIntents.ts"
import { beforeCreate } from "./OrderPreparation.ts"
import { OutOfStockCache } from "./OutOfStockCache.ts"

/** How long after its first event an unfinished order is told to resume. */
const sagaDue = { inMs: 5_000 }

export const layer = Actor.layer(
  OrderEntity,
  Effect.gen(function* () {
    const stock = yield* ActorClient.make(StockEntity)
    const payments = yield* ActorClient.make(PaymentEntity)
    const shipments = yield* ActorClient.make(ShipmentEntity)
    const clock = yield* Effect.clock
    const outOfStock = new OutOfStockCache(() => clock.unsafeCurrentTimeMillis())
    const definition: ActorDefinition<OrderAggregate> = {
      aggregate: OrderAggregate,
      resume: { _tag: "ResumeOrder" },
      reminders: (order) => (OrderSaga.resume(order).length === 0 ? {} : { saga: sagaDue }),
      isOpenEnded: OrderSaga.awaitsPerson,
      // A finished order would only take up memory; the journal has it.
      canPassivate: () => true,
      idleMs: 60_000,
      beforeCreate: beforeCreate({ stock, outOfStock }),
      execute: OrderIntents.execute({ stock, payments, shipments, outOfStock })
    }
    return definition
  })
)
