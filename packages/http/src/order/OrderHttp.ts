/** Orders over HTTP. */
import type { Sharding } from "@effect/cluster"
import { HttpApiBuilder, type HttpApiGroup, HttpServerResponse } from "@effect/platform"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { LocalActors } from "@souk/actors/cluster/LocalActors"
import { Journal } from "@souk/actors/journal/Journal"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { OrderReadModel } from "@souk/actors/order/OrderReadModel"
import type { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { summary } from "@souk/domain/order/OrderSummary"
import { Effect, type Layer, Stream } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import type { Authentication } from "../auth/Authentication.ts"
import * as Ownership from "../auth/Ownership.ts"
import { events } from "@souk/actors/journal/StreamEvents"
import type { Drain } from "../Drain.ts"
import * as EntityTag from "../EntityTag.ts"
import * as Page from "../Page.ts"
import * as NextActions from "../payment/NextActions.ts"
import type { TimelineEntry } from "./OrderApi.ts"
import * as OrderReply from "./OrderReply.ts"
import * as Placing from "./Placing.ts"
import * as Steps from "./Steps.ts"

type Needs =
  | Authentication
  | Drain
  | Journal
  | OrderReadModel
  | PaymentGateway
  | Sharding.Sharding
  | LocalActors

const timeline = (journal: Journal["Type"], id: OrderId) =>
  events(journal, OrderAggregate.streamId(id)).pipe(
    Stream.map((recorded): TimelineEntry => {
      const { metadata, version } = recorded
      const event = OrderAggregate.codec.decode(recorded)
      return {
        version,
        type: event._tag,
        at: event.at,
        summary: summary(event),
        actor: metadata.who
      }
    }),
    Stream.runCollect,
    Asking.orUnavailable,
    Effect.map((entries) => [...entries])
  )

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "orders">,
  never,
  Needs
> = HttpApiBuilder.group(Api, "orders", (handlers) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    const journal = yield* Journal
    const pages = yield* OrderReadModel
    const nextActions = yield* NextActions.make
    const place = yield* Placing.make
    const { cancel, deliver, ship } = yield* Steps.make
    return handlers
      .handle("place", ({ headers, payload }) => place(headers, payload))
      .handle("get", ({ headers, path: { id } }) =>
        Effect.gen(function* () {
          const order = yield* OrderReply.seen(yield* Asking.orUnavailable(orders.read(id)))
          const etag = EntityTag.of(order.version)
          if (order.nextAction !== null) {
            // What the customer needs may be another each time: such an answer is never unmodified.
            const current = OrderReply.body(yield* nextActions.ofOrder(order))
            return HttpServerResponse.unsafeJson(current, { headers: { etag } })
          }
          return EntityTag.isKnown(headers["if-none-match"], order.version)
            ? HttpServerResponse.empty({ status: 304, headers: { etag } })
            : HttpServerResponse.unsafeJson(OrderReply.body(order), { headers: { etag } })
        })
      )
      .handle("list", ({ urlParams: asked }) =>
        Effect.gen(function* () {
          const { customerId: wished, status } = asked
          const customerId = yield* Ownership.listed(wished, { parameter: "customerId" })
          const page = yield* Page.read(asked, (query) =>
            pages.list({ ...query, status, customerId })
          )
          return Page.reply({ url: "/v1/orders", asked, ...page, idOf: ({ id }) => id })
        })
      )
      .handle("timeline", ({ path: { id } }) =>
        Effect.gen(function* () {
          yield* OrderReply.seen(yield* Asking.orUnavailable(orders.read(id)))
          const actor = yield* Ownership.actor
          const data = yield* timeline(journal, id)
          return { data: data.map((entry) => ({ ...entry, actor: actor(entry.actor) })) }
        })
      )
      .handle("cancel", ({ headers, path: { id }, payload }) => cancel(id, headers, payload.reason))
      .handle("ship", ({ headers, path: { id }, payload }) => ship(id, headers, payload))
      .handle("deliver", ({ headers, path: { id }, payload }) => deliver(id, headers, payload))
  })
)
