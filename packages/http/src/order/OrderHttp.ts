/** Handlers of orders. */
import { HttpApiBuilder } from "@effect/platform"
import type { Journal } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import { type OrderQuery, OrderReadModel } from "@souk/actors/order/OrderReadModel"
import type { PageQuery } from "@souk/actors/projection/ReadModel"
import { ReadModels } from "@souk/actors/projection/ReadModels"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import type { Cancellation } from "@souk/domain/order/OrderEvent"
import { summary } from "@souk/domain/order/OrderSummary"
import { patch } from "@souk/domain/order/OrderView"
import { Effect, Schema, Stream } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { command, query } from "../command/Command.ts"
import { list } from "../command/List.ts"
import { waiting } from "../command/ReadYourWrites.ts"
import { contract } from "../Contract.ts"
import * as NextActions from "../payment/NextActions.ts"
import * as OrderApi from "./OrderApi.ts"
import * as OrderAccess from "./OrderAccess.ts"
import * as OrderPlacement from "./OrderPlacement.ts"

const reasons = ["requested_by_customer", "requested_by_merchant"] as const

/** Customers cancel as customers; staff give a known reason, or a note. */
const cancellationOf = (given: string | undefined, isCustomer: boolean): Cancellation => {
  const known = reasons.find((reason) => reason === given)
  const note = known === undefined && given !== undefined ? { note: given } : {}
  if (isCustomer) return { reason: "requested_by_customer", ...note }
  return { reason: known ?? "requested_by_merchant", ...note }
}

const decodeOrder = Schema.decodeUnknown(OrderApi.Order)

/**
 * The body of the first response to a placement: the order when its saga ended. Later events, such
 * as a shipment or a refund, are not part of it.
 */
const originalResponse = (journal: Journal["Type"], id: OrderId) =>
  events(journal, OrderAggregate.streamId(id)).pipe(
    Stream.map((recorded) => ({
      event: OrderAggregate.codec.decode(recorded),
      version: recorded.version
    })),
    Stream.takeUntil(
      ({ event: { _tag } }) => _tag === "OrderConfirmed" || _tag === "OrderCancelled"
    ),
    Stream.runFold({}, (order, { event, version }) => ({ ...order, ...patch(event), version })),
    Effect.flatMap((order) => Effect.orDie(decodeOrder(order)))
  )

const timeline = (journal: Journal["Type"], id: OrderId) =>
  Effect.gen(function* () {
    const actor = yield* OrderAccess.actor
    const entries = events(journal, OrderAggregate.streamId(id)).pipe(
      Stream.map((recorded): OrderApi.TimelineEntry => {
        const { metadata, version } = recorded
        const event = OrderAggregate.codec.decode(recorded)
        const { _tag: type, at } = event
        return { version, type, at, summary: summary(event), actor: actor(metadata.who) }
      }),
      Stream.runCollect
    )
    return { data: [...(yield* ActorRequest.orUnavailable(entries))] }
  })

type Filters = Pick<OrderQuery, "customerId" | "status">

const pageOf =
  (pages: OrderReadModel["Type"]) =>
  (page: PageQuery<OrderId>, { customerId: wanted, status }: Filters) =>
    Effect.flatMap(OrderAccess.filter(wanted, { parameter: "customerId" }), (customerId) =>
      pages.list({ ...page, status, customerId })
    )

export const layer = HttpApiBuilder.group(contract.add(OrderApi.OrderApi), "orders", (handlers) =>
  Effect.gen(function* () {
    const orders = yield* OrderAccess.entity
    const nextActions = yield* NextActions.make
    const seen = (id: OrderId) => Effect.flatMap(orders.read(id), OrderAccess.seen)
    return handlers
      .handle(
        "place",
        command(OrderApi.place, orders, yield* OrderPlacement.make, {
          answer: (reply) =>
            Effect.map(
              Effect.flatMap(Effect.orDie(OrderAccess.found(reply)), nextActions.ofOrder),
              // An order that waits for its customer has no pending intents, and is not settled.
              (body) => ({ body, isSettled: reply.isSettled && body.status !== "pending" })
            ),
          replay: (id) =>
            Effect.asSome(ActorRequest.orUnavailable(originalResponse(orders.journal, id)))
        })
      )
      .handle(
        "get",
        query(OrderApi.get, orders, ({ path }) => path.id, {
          body: OrderAccess.seen,
          complete: (order) => (order.nextAction === null ? undefined : nextActions.ofOrder(order))
        })
      )
      .handle(
        "list",
        waiting(
          yield* ReadModels,
          "order_list",
          list(OrderApi.listed, pageOf(yield* OrderReadModel), ({ id }) => id)
        )
      )
      .handle("timeline", ({ path: { id } }) =>
        Effect.zipRight(seen(id), timeline(orders.journal, id))
      )
      .handle(
        "cancel",
        command(OrderApi.cancel, orders, ({ path: { id }, payload }) =>
          Effect.gen(function* () {
            yield* seen(id)
            const only = yield* OrderAccess.onlyCustomer
            const cancellation = cancellationOf(payload.reason, only !== undefined)
            return [
              id,
              { _tag: "CancelOrder", cancellation },
              { recorded: { cancellation } }
            ] as const
          })
        )
      )
      .handle(
        "ship",
        command(OrderApi.ship, orders, ({ path, payload }) => [
          path.id,
          { _tag: "ShipOrder", ...payload }
        ])
      )
      .handle(
        "deliver",
        command(OrderApi.deliver, orders, ({ path, payload }) => [
          path.id,
          { _tag: "DeliverOrder", ...payload }
        ])
      )
  })
)
