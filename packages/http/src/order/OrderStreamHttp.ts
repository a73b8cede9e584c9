/** Orders live, over HTTP. */
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

/** What a client says it has seen cannot lie ahead of what there is. */
const placeOf = (order: Order, seen: number | undefined) =>
  seen === undefined || seen <= order.version
    ? Effect.succeed(seen ?? 0)
    : new InvalidRequest({
        errors: [{ header: "Last-Event-ID", detail: `the order is at version ${order.version}` }]
      })

/** Not kept by anybody on the way, and not held back until there is more of it. */
const headers = { "cache-control": "no-store", "x-accel-buffering": "no" }

export const layer = HttpApiBuilder.group(
  contract.add(OrderStreamApi),
  "orderStreams",
  (handlers) =>
    Effect.gen(function* () {
      const orders = yield* ActorClient.make(OrderEntity)
      const journal = yield* Journal
      const watches = yield* StreamNotifier.StreamNotifier
      const tickets = yield* StreamTickets.StreamTickets
      const once = yield* Secrets.make
      yield* (yield* Shutdown).onStart(watches.close)

      const read = (id: OrderId) => ActorRequest.orUnavailable(orders.read(id))

      /** The holder of a ticket was allowed to see the order a minute ago at most. */
      const found = (id: OrderId, caller: Caller["Type"] | undefined) =>
        Effect.flatMap(read(id), (reply) =>
          caller === undefined
            ? OrderAccess.found(reply)
            : Effect.provideService(OrderAccess.seen(reply), Caller, caller)
        )

      /** Who does not read what is sent is hung up on, and may come back. */
      const watch = (id: OrderId, request: HttpServerRequest.HttpServerRequest) => {
        const response = NodeHttpServerRequest.toServerResponse(request)
        const onLagging = () => {
          response.destroy()
        }
        return Effect.mapError(
          watches.watch(OrderAggregate.streamId(id), onLagging),
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
            // The ticket follows from the order and the moment. One request has the same body as
            // another, so a key that names another request was used before a change of admin keys.
            const now = Clock.currentTimeMillis
            const asked = once(request, () => now).pipe(
              Effect.map(({ answer }) => answer),
              Effect.catchTag("KeyReused", () => now)
            )
            const issuedAtMs = yield* ActorRequest.orUnavailable(asked)
            const { expiresAtMs, text } = tickets.issue(id, issuedAtMs)
            const url = `/v1/orders/${id}/stream?ticket=${text}`
            return { ticket: text, url, expiresAt: fromMillis(expiresAtMs) }
          })
        )
        .handle("stream", ({ headers: given, path: { id }, request, urlParams }) =>
          Effect.gen(function* () {
            const order = yield* found(id, (yield* Viewer).caller)
            const after = yield* placeOf(order, given["last-event-id"] ?? urlParams.lastEventId)
            if (hasEnded(order) && after === order.version) return HttpServerResponse.empty()
            const news = OrderStream.after(journal, yield* watch(id, request), id, after)
            return HttpServerResponse.stream(news, { contentType: "text/event-stream", headers })
          })
        )
    })
).pipe(
  Layer.provide([StreamTickets.layerAccess, StreamNotifier.layer]),
  Layer.provide(StreamTickets.layer)
)
