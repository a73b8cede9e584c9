/** What operators do, over HTTP. */
import type { Sharding } from "@effect/cluster"
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { LocalActors } from "@souk/actors/cluster/LocalActors"
import { Journal } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { PaymentEntity } from "@souk/actors/payment/PaymentEntity"
import { ShipmentEntity } from "@souk/actors/shipment/ShipmentEntity"
import { Reminders } from "@souk/actors/reminder/Reminder"
import type { OrderId } from "@souk/domain/kernel/Ids"
import * as Order from "@souk/domain/order/Order"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { waitsFor } from "@souk/domain/order/OrderWaiting"
import { Effect, type Layer, Stream } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import type { Authentication } from "../auth/Authentication.ts"
import * as Keyed from "../idempotency/Keyed.ts"
import * as OrderReply from "../order/OrderReply.ts"

/** How long the answer waits for those who were reminded. */
const waitMs = 5_000

/** How many rows are told when nobody says. */
const dueRowsDefault = 100

/** The order as its stream tells it, with all that outsiders do not see. */
const folded = (journal: Journal["Type"], id: OrderId) =>
  Stream.runFold(
    events(journal, OrderAggregate.streamId(id)),
    Order.decider.initial,
    (order, recorded) => Order.decider.evolve(order, OrderAggregate.codec.decode(recorded))
  )

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "operations">,
  never,
  Authentication | Journal | Reminders | Sharding.Sharding | LocalActors
> = HttpApiBuilder.group(Api, "operations", (handlers) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    const payments = yield* ActorClient.make(PaymentEntity)
    const shipments = yield* ActorClient.make(ShipmentEntity)
    const journal = yield* Journal
    const reminders = yield* Reminders
    return handlers
      .handle("due", ({ urlParams: { limit = dueRowsDefault } }) =>
        Asking.orUnavailable(reminders.list(limit))
      )
      .handle("remind", ({ path: { id } }) =>
        Effect.gen(function* () {
          yield* OrderReply.found(yield* Asking.orUnavailable(orders.read(id)))
          const url = `/v1/orders/${id}/reminder`
          const metadata = yield* Asking.metadata(yield* Keyed.commandId(url, undefined), id)
          // Both may not be there yet, or have nothing to do: that is no failure of this request.
          yield* Effect.all(
            [
              Effect.ignore(payments.resume(id, metadata, waitMs)),
              Effect.ignore(shipments.resume(id, metadata, waitMs))
            ],
            { concurrency: "unbounded", discard: true }
          )
          const reply = yield* orders
            .resume(id, metadata, waitMs)
            .pipe(Asking.refusedOnlyBy(), Asking.orUnavailable)
          const { status, version } = yield* OrderReply.known(reply)
          const order = yield* Asking.orUnavailable(folded(journal, id))
          const payment = yield* Asking.orUnavailable(payments.read(id))
          return {
            id,
            status,
            version,
            isAtRest: reply.isSettled,
            waitsFor: waitsFor(order),
            payment: payment.view?.status ?? null
          }
        })
      )
  })
)
