/** Handlers of order streams and their tickets. */
import { HttpApiBuilder, type HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpServerRequest } from "@effect/platform-node"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { Journal } from "@souk/actors/journal/Journal"
import * as StreamNotifier from "@souk/actors/journal/StreamNotifier"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { Clock, Effect, Layer, Schema } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import * as Secrets from "../command/Secrets.ts"
import { Caller } from "../auth/Authentication.ts"
import { contract } from "../Contract.ts"
import { Shutdown } from "../Shutdown.ts"
import { InvalidRequest, Unavailable } from "../Problem.ts"
import type { Order } from "./OrderApi.ts"
import * as OrderAccess from "./OrderAccess.ts"
import * as OrderStream from "./OrderStream.ts"
import { Viewer } from "./StreamAccess.ts"
import * as StreamTickets from "./StreamTickets.ts"
import { OrderStreamApi } from "./OrderStreamApi.ts"

const hasEnded = ({ status }: Order): boolean => status === "delivered" || status === "cancelled"

/** The version to stream from. Refuses one that is ahead of the order. */
const startOf = (order: Order, seen: number | undefined) =>
  seen === undefined || seen <= order.version
    ? Effect.succeed(seen ?? 0)
    : new InvalidRequest({
        errors: [{ header: "Last-Event-ID", detail: `the order is at version ${order.version}` }]
      })

/** Proxies must neither cache nor buffer the stream. */
const headers = { "cache-control": "no-store", "x-accel-buffering": "no" }

export const layer = HttpApiBuilder.group(
  contract.add(OrderStreamApi),
  "orderStreams",
  (handlers) =>
    Effect.gen(function* () {
      const orders = yield* ActorClient.make(OrderEntity)
      const journal = yield* Journal
      const notifier = yield* StreamNotifier.StreamNotifier
      const tickets = yield* StreamTickets.StreamTickets
      const once = yield* Secrets.make
      yield* (yield* Shutdown).onStart(notifier.close)

      const read = (id: OrderId) => ActorRequest.orUnavailable(orders.read(id))

      /** A ticket needs no check of access: its holder had access at most a minute ago. */
      const found = (id: OrderId, caller: Caller["Type"] | undefined) =>
        Effect.flatMap(read(id), (reply) =>
          caller === undefined
            ? OrderAccess.found(reply)
            : Effect.provideService(OrderAccess.seen(reply), Caller, caller)
        )

      /** Closes the connection of a client that does not keep up; it may reconnect. */
      const watch = (id: OrderId, request: HttpServerRequest.HttpServerRequest) => {
        const response = NodeHttpServerRequest.toServerResponse(request)
        const onLagging = () => {
          response.destroy()
        }
        return Effect.mapError(
          notifier.watch(OrderAggregate.streamId(id), onLagging),
          () => new Unavailable()
        )
      }

      return handlers
        .handle("ticket", ({ headers: given, path: { id } }) =>
          Effect.gen(function* () {
            yield* found(id, yield* Caller)
            const request = {
              path: `/v1/orders/${id}/stream-tickets`,
              body: {},
              idempotencyKey: given["idempotency-key"],
              answer: Schema.Number
            }
            // A ticket is derived from its order and time. All requests have the same body, so a
            // key counts as reused only if it was used under another admin key.
            const now = Clock.currentTimeMillis
            const issued = once(request, () => now).pipe(
              Effect.map(({ answer }) => answer),
              Effect.catchTag("KeyReused", () => now)
            )
            const issuedAtMs = yield* ActorRequest.orUnavailable(issued)
            const { expiresAtMs, text } = tickets.issue(id, issuedAtMs)
            const url = `/v1/orders/${id}/stream?ticket=${text}`
            return { ticket: text, url, expiresAt: fromMillis(expiresAtMs) }
          })
        )
        .handle("stream", ({ headers: given, path: { id }, request, urlParams }) =>
          Effect.gen(function* () {
            const order = yield* found(id, (yield* Viewer).caller)
            const after = yield* startOf(order, given["last-event-id"] ?? urlParams.lastEventId)
            if (hasEnded(order) && after === order.version) return HttpServerResponse.empty()
            const updates = OrderStream.after(journal, yield* watch(id, request), id, after)
            return HttpServerResponse.stream(updates, { contentType: "text/event-stream", headers })
          })
        )
    })
).pipe(
  Layer.provide([StreamTickets.layerAccess, StreamNotifier.layer]),
  Layer.provide(StreamTickets.layer)
)
