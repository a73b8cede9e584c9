/** Orders over HTTP. */
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
import { Effect, Stream } from "effect"
import * as OrderAccess from "../auth/OrderAccess.ts"
import * as ActorReplies from "../command/ActorReplies.ts"
import { command, query } from "../command/Command.ts"
import { list } from "../command/List.ts"
import { waiting } from "../command/ReadYourWrites.ts"
import { contract } from "../Contract.ts"
import * as NextActions from "../payment/NextActions.ts"
import * as OriginalResponse from "./OriginalResponse.ts"
import * as OrderApi from "./OrderApi.ts"
import * as OrderReply from "./OrderReply.ts"
import * as OrderPlacement from "./OrderPlacement.ts"

const ours = ["requested_by_customer", "requested_by_merchant"] as const

/** Customers cancel as customers; staff give one of the reasons, or a note for their own. */
const cancellationOf = (given: string | undefined, isCustomer: boolean): Cancellation => {
  const word = ours.find((word) => word === given)
  const note = word === undefined && given !== undefined ? { note: given } : {}
  if (isCustomer) return { reason: "requested_by_customer", ...note }
  return { reason: word ?? "requested_by_merchant", ...note }
}

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
    return { data: [...(yield* ActorReplies.orUnavailable(entries))] }
  })

type Filters = Pick<OrderQuery, "customerId" | "status">

const pageOf =
  (pages: OrderReadModel["Type"]) =>
  (page: PageQuery<OrderId>, { customerId: wished, status }: Filters) =>
    Effect.flatMap(OrderAccess.filter(wished, { parameter: "customerId" }), (customerId) =>
      pages.list({ ...page, status, customerId })
    )

export const layer = HttpApiBuilder.group(contract.add(OrderApi.OrderApi), "orders", (handlers) =>
  Effect.gen(function* () {
    const orders = yield* OrderReply.entity
    const nextActions = yield* NextActions.make
    const seen = (id: OrderId) => Effect.flatMap(orders.read(id), OrderReply.seen)
    return handlers
      .handle(
        "place",
        command(OrderApi.place, orders, yield* OrderPlacement.make, {
          answer: (reply) =>
            Effect.map(
              Effect.flatMap(Effect.orDie(OrderReply.found(reply)), nextActions.ofOrder),
              // An order that waits for its customer owes nothing, and is far from settled.
              (body) => ({ body, isSettled: reply.isSettled && body.status !== "pending" })
            ),
          replay: (id) =>
            Effect.asSome(ActorReplies.orUnavailable(OriginalResponse.of(orders.journal, id)))
        })
      )
      .handle(
        "get",
        query(OrderApi.get, orders, ({ path }) => path.id, {
          body: OrderReply.seen,
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
