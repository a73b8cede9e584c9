/** Contract of the stream of an order, by server-sent events. */
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "@effect/platform"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { OrderView } from "@souk/domain/order/OrderView"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { emptyBody, query, whole, withStatus } from "../Contract.ts"
import { optionalKey } from "../command/RequestHeaders.ts"
import { at, orderId } from "../docs/ExampleShop.ts"
import { orderNotFound, orderPath } from "./OrderApi.ts"
import { StreamAccess } from "./StreamAccess.ts"

/** Data of an `order` event; its `id:` is the version. */
export const OrderUpdate = Schema.Struct({
  version: Schema.Int,
  type: Schema.String,
  at: Timestamp,
  summary: Schema.String,
  /** The members of the order that are different now: laid over one another they are the order. */
  changes: Schema.partialWith(Schema.Struct(OrderView.fields), { exact: true })
}).annotations({ identifier: "OrderUpdate" })
export type OrderUpdate = typeof OrderUpdate.Type

/** Data of the `end` event: the order will not change any more. */
export const OrderEnd = Schema.Struct({
  version: Schema.Int,
  status: Schema.Literal("delivered", "cancelled")
}).annotations({ identifier: "OrderEnd" })
export type OrderEnd = typeof OrderEnd.Type

export const StreamTicket = Schema.Struct({
  ticket: Schema.String,
  /** Where to open the stream with it. */
  url: Schema.String,
  expiresAt: Timestamp
}).annotations({ identifier: "StreamTicket" })

const version = whole(0, Number.MAX_SAFE_INTEGER)

/** The last event that the client has seen: by the header of an EventSource, or by the query. */
const seen = { "last-event-id": Schema.optional(version) }

const update = {
  version: 1,
  type: "OrderPlaced",
  at,
  summary: "2 units for 9.00 EUR",
  changes: { id: orderId, status: "pending" }
}

const ticket = HttpApiEndpoint.post("ticket", "/v1/orders/:id/stream-tickets")
  .annotate(Access, "orders:read")
  .annotate(OpenApi.Summary, "Create a ticket for the order stream, valid for one minute")
  .annotate(Examples, {
    request: { Nothing: {} },
    response: {
      StreamTicket: {
        ticket: "tkt_the-ticket",
        url: `/v1/orders/${orderId}/stream?ticket=tkt_the-ticket`,
        expiresAt: "2026-03-01T09:31:00.000Z"
      }
    }
  })
  .setPath(orderPath)
  .setHeaders(Schema.Struct(optionalKey))
  .setPayload(emptyBody)
  .addSuccess(withStatus(StreamTicket, 201))
  .addError(orderNotFound)
  .middleware(Authentication)

const stream = HttpApiEndpoint.get("stream", "/v1/orders/:id/stream")
  .annotate(Access, "orders:read")
  .annotate(OpenApi.Summary, "Stream order updates by server-sent events")
  .annotate(Examples, {
    response: {
      OrderStream: `retry: 2000\n\nevent: order\nid: 1\ndata: ${JSON.stringify(update)}\n\n`
    }
  })
  .annotate(
    OpenApi.Description,
    "Sends all events since `Last-Event-ID`, or since the beginning, and then each event when it " +
      "is committed, as an `order` event with an OrderUpdate. After the last one it sends `end` " +
      "with an OrderEnd, and a reconnect gets 204. The server may close the stream earlier: " +
      "reconnect with the last id; no event is lost or repeated."
  )
  .setPath(orderPath)
  .setHeaders(Schema.Struct(seen))
  .setUrlParams(
    query({ lastEventId: Schema.optional(version), ticket: Schema.optional(Schema.String) })
  )
  .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
  .addSuccess(HttpApiSchema.NoContent)
  .addError(orderNotFound)
  .middleware(StreamAccess)

export const OrderStreamApi = HttpApiGroup.make("orderStreams").add(ticket).add(stream)
