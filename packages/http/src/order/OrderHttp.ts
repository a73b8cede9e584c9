/** Orders over HTTP. */
import type { Sharding } from "@effect/cluster"
import { HttpApiBuilder, type HttpApiGroup, HttpServerResponse } from "@effect/platform"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { LocalActors } from "@souk/actors/cluster/LocalActors"
import { Journal } from "@souk/actors/journal/Journal"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { OrderReadModel } from "@souk/actors/order/OrderReadModel"
import type { OrderId } from "@souk/domain/kernel/Ids"
import {
  OrderAlreadyCancelled,
  OrderAlreadyShipped,
  type OrderCommand,
  OrderNotConfirmed,
  OrderNotFound,
  OrderNotShipped
} from "@souk/domain/order/OrderCommand"
import type { Cancellation } from "@souk/domain/order/OrderEvent"
import { summary } from "@souk/domain/order/OrderSummary"
import { Effect, type Layer, Stream } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import type { Authentication } from "../auth/Authentication.ts"
import { limitDefault } from "../Contract.ts"
import * as Keyed from "../idempotency/Keyed.ts"
import { events, sameAsBefore } from "../idempotency/Replay.ts"
import * as Page from "../Page.ts"
import { waiting } from "../Prefer.ts"
import { codec, streamOf } from "./FirstAnswer.ts"
import type { TimelineEntry } from "./OrderApi.ts"
import * as OrderReply from "./OrderReply.ts"
import * as Placing from "./Placing.ts"

type Needs = Authentication | Journal | OrderReadModel | Sharding.Sharding | LocalActors

/** A reason in our own words is one; any other text is a note of the merchant's. */
const cancellationOf = (reason: string | undefined): Cancellation => {
  switch (reason) {
    case "requested_by_customer":
    case "requested_by_merchant":
      return { reason }
    case undefined:
      return { reason: "requested_by_merchant" }
    default:
      return { reason: "requested_by_merchant", note: reason }
  }
}

/** A command to an order that is there, and what its event would have to say. */
interface Step {
  readonly id: OrderId
  readonly url: string
  readonly key: string | undefined
  readonly command: OrderCommand
  readonly asked: Readonly<Record<string, unknown>>
  readonly waitMs: number
}

const make = Effect.gen(function* () {
  const orders = yield* ActorClient.make(OrderEntity)
  const journal = yield* Journal
  const pages = yield* OrderReadModel
  const place = yield* Placing.make

  const step = ({ asked, command, id, key, url, waitMs }: Step) =>
    Effect.gen(function* () {
      const commandId = yield* Keyed.commandId(url, key)
      const metadata = yield* Asking.metadata(commandId, id)
      const reply = yield* orders.handle(id, command, metadata, waitMs)
      if (reply.isRepeat) yield* sameAsBefore(streamOf(id), commandId, asked)
      return reply
    }).pipe(Effect.provideService(Journal, journal))

  const timeline = (id: OrderId) =>
    events(journal, streamOf(id)).pipe(
      Stream.map((recorded): TimelineEntry => {
        const { metadata, type, version } = recorded
        const event = codec.decode(recorded)
        return { version, type, at: event.at, summary: summary(event), actor: metadata.who }
      }),
      Stream.runCollect,
      Effect.map((entries) => [...entries])
    )
  return { orders, pages, place, step, timeline }
})

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "orders">,
  never,
  Needs
> = HttpApiBuilder.group(Api, "orders", (handlers) =>
  Effect.map(make, ({ orders, pages, place, step, timeline }) =>
    handlers
      .handle("place", ({ headers, payload }) => place(headers, payload))
      .handle("get", ({ headers, path: { id } }) =>
        Effect.gen(function* () {
          const order = yield* OrderReply.found(yield* Asking.orUnavailable(orders.read(id)))
          const etag = `"${order.version}"`
          return headers["if-none-match"] === etag
            ? HttpServerResponse.empty({ status: 304, headers: { etag } })
            : HttpServerResponse.unsafeJson(OrderReply.body(order), { headers: { etag } })
        })
      )
      .handle("list", ({ urlParams: { limit = limitDefault, startingAfter, ...filters } }) =>
        Effect.gen(function* () {
          const page = yield* Page.orInvalid(pages.list({ limit, startingAfter, ...filters }))
          return Page.reply("/v1/orders", page, { ...filters, limit }, page.data.at(-1)?.id)
        })
      )
      .handle("timeline", ({ path: { id } }) =>
        Effect.gen(function* () {
          const data = yield* Asking.orUnavailable(timeline(id))
          return yield* data.length === 0 ? new OrderNotFound() : Effect.succeed({ data })
        })
      )
      .handle("cancel", ({ headers, path: { id }, payload: { reason } }) =>
        Effect.gen(function* () {
          const cancellation = cancellationOf(reason)
          const { headers: applied, waitMs } = waiting(headers.prefer)
          const reply = yield* step({
            id,
            url: `/v1/orders/${id}/cancellation`,
            key: headers["idempotency-key"],
            command: { _tag: "CancelOrder", cancellation },
            asked: { cancellation },
            waitMs
          }).pipe(Asking.refusedOnlyBy(OrderNotFound, OrderAlreadyShipped), Asking.orUnavailable)
          const order = yield* OrderReply.found(reply)
          const status = reply.isAtRest ? 200 : 202
          return HttpServerResponse.unsafeJson(OrderReply.body(order), { status, headers: applied })
        })
      )
      .handle("ship", ({ headers, path: { id }, payload }) =>
        step({
          id,
          url: `/v1/orders/${id}/shipment`,
          key: headers["idempotency-key"],
          command: { _tag: "ShipOrder", ...payload },
          asked: payload,
          waitMs: 0
        }).pipe(
          Asking.refusedOnlyBy(OrderNotFound, OrderNotConfirmed, OrderAlreadyCancelled),
          Asking.orUnavailable,
          Effect.flatMap(OrderReply.found)
        )
      )
      .handle("deliver", ({ headers, path: { id }, payload }) =>
        step({
          id,
          url: `/v1/orders/${id}/delivery`,
          key: headers["idempotency-key"],
          command: { _tag: "DeliverOrder", ...payload },
          asked: payload,
          waitMs: 0
        }).pipe(
          Asking.refusedOnlyBy(OrderNotFound, OrderNotShipped, OrderAlreadyCancelled),
          Asking.orUnavailable,
          Effect.flatMap(OrderReply.found)
        )
      )
  )
)
