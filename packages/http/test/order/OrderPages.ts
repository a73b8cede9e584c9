/** The list of orders in memory. */
import { Journal } from "@souk/actors/journal/Journal"
import { OrderReadModel } from "@souk/actors/order/OrderReadModel"
import { OrderEvent } from "@souk/domain/order/OrderEvent"
import { patch } from "@souk/domain/order/OrderView"
import { Order } from "@souk/http/order/OrderApi"
import { Effect, Layer, Schema } from "effect"
import { pageOf } from "../../../actors/test/support/PageMemory.ts"
import { folded } from "../support/Folded.ts"

const decodeEvent = Schema.decodeUnknownSync(OrderEvent)

export const layer = Layer.effect(
  OrderReadModel,
  Effect.map(Journal, (journal) =>
    OrderReadModel.of({
      list: ({ customerId, status, ...page }) =>
        Effect.gen(function* () {
          const events = yield* journal.readAll(0, 100_000)
          const all = folded(
            events,
            "order",
            (before, event, version) => ({ ...before, ...patch(decodeEvent(event)), version }),
            Order
          ).filter(
            (order) =>
              order.customerId === (customerId ?? order.customerId) &&
              order.status === (status ?? order.status)
          )
          return yield* pageOf(all, ({ id }) => id, page)
        })
    })
  )
)
