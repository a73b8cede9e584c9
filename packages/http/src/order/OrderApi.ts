/** The contract of orders. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { CustomerId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import { Moment, Timestamp } from "@souk/domain/kernel/Timestamp"
import { AmountNotPayable } from "@souk/domain/kernel/Money"
import { Quantity } from "@souk/domain/kernel/Quantity"
import { MetadataMap, text } from "@souk/domain/kernel/Text"
import {
  DeliveryAddress,
  DeliveryTimeImpossible,
  IdempotencyKeyReused,
  MixedCurrencies,
  OrderAlreadyCancelled,
  OrderAlreadyShipped,
  OrderNotConfirmed,
  OrderNotFound,
  OrderNotShipped,
  OrderTooLarge,
  ShipOrder
} from "@souk/domain/order/OrderCommand"
import { linesMax, PaymentMethod } from "@souk/domain/order/OrderEvent"
import { OrderStatus, OrderView } from "@souk/domain/order/OrderView"
import { Schema } from "effect"
import { ETag, Examples, Location, RateLimit, Writes } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import * as ReadYourWrites from "../command/ReadYourWrites.ts"
import { body, list, listQuery, path, query, withStatus } from "../Contract.ts"
import {
  ifMatch,
  ifNoneMatch,
  keyReused,
  optionalKey,
  preferWait,
  requiredKey
} from "../command/RequestHeaders.ts"

import { preconditionFailed, problem } from "../Problem.ts"
import { at, eur, later, orderId, page, userId } from "../docs/ExampleShop.ts"

export const Order = Schema.Struct({ ...OrderView.fields, version: Schema.Int }).annotations({
  identifier: "Order"
})
export type Order = typeof Order.Type

/**
 * The body of a placement; names and prices come from the catalogue. Customers omit `customerId`;
 * staff must set it.
 */
export const OrderRequest = body({
  customerId: Schema.optionalWith(CustomerId, { exact: true }),
  lines: Schema.NonEmptyArray(Schema.Struct({ sku: Sku, quantity: Quantity })).pipe(
    Schema.maxItems(linesMax)
  ),
  shippingAddress: DeliveryAddress,
  paymentMethod: PaymentMethod,
  metadata: Schema.optionalWith(MetadataMap, { exact: true })
})
export type OrderRequest = typeof OrderRequest.Type

/** One thing that happened to an order, in one sentence. */
export const TimelineEntry = Schema.Struct({
  version: Schema.Int,
  type: Schema.String,
  at: Timestamp,
  summary: Schema.String,
  actor: Schema.String
}).annotations({ identifier: "TimelineEntry" })
export type TimelineEntry = typeof TimelineEntry.Type

/** Some lines name products that are not in the catalogue. */
export class UnknownSku extends Schema.TaggedError<UnknownSku>()("UnknownSku", {
  skus: Schema.NonEmptyArray(Sku),
  /** Where they stand among the lines. */
  lines: Schema.NonEmptyArray(Schema.Int)
}) {
  override get message() {
    return `Unknown SKUs: ${this.skus.join(", ")}.`
  }
}

export const orderPath = path({ id: OrderId }, () => new OrderNotFound())

/** A step may be made safe to repeat, and be meant for the order as it was seen. */
const stepHeaders = { ...optionalKey, ...ifMatch }

export const orderNotFound = problem(OrderNotFound, { status: 404, title: "Order not found" })

const orderAlreadyCancelled = problem(OrderAlreadyCancelled, {
  status: 409,
  title: "Order already cancelled"
})

const shippingAddress = {
  name: "Ada",
  line1: "Street 1",
  city: "Utrecht",
  postalCode: "3511",
  country: "NL"
}

const pendingOrder = {
  id: orderId,
  status: "pending",
  customerId: userId,
  lines: [{ sku: "TEA-MINT", name: "Mint tea", quantity: 2, unitPrice: eur(450), total: eur(900) }],
  subtotal: eur(900),
  tax: eur(0),
  shipping: eur(0),
  total: eur(900),
  shippingAddress,
  nextAction: null,
  placedAt: at,
  updatedAt: at,
  metadata: { channel: "web" },
  version: 1
}

const order = {
  ...pendingOrder,
  status: "confirmed",
  confirmationNumber: "SK-4BWQ7ZR0",
  trackingNumber: "3SABC123456",
  updatedAt: later,
  version: 7
}

const cancellingOrder = {
  ...order,
  status: "cancelling",
  cancellation: { reason: "requested_by_customer", at: later },
  version: 8
}

export const place = HttpApiEndpoint.post("place", "/v1/orders")
  .annotate(Writes, true)
  .annotate(Access, "orders:write")
  .annotate(Location, "/v1/orders/:id")
  .annotate(RateLimit, "checkout")
  .annotate(OpenApi.Summary, "Place an order; a repeat with the same key returns the same order")
  .annotate(Examples, {
    request: {
      OrderRequest: {
        lines: [{ sku: "TEA-MINT", quantity: 2 }],
        shippingAddress,
        paymentMethod: { type: "card", token: "pm_card_visa" },
        metadata: { channel: "web" }
      }
    },
    response: { Order: order },
    otherwise: { "202": { PendingOrder: pendingOrder } }
  })
  .setHeaders(Schema.Struct({ ...requiredKey, ...preferWait }))
  .setPayload(OrderRequest)
  .addSuccess(withStatus(Order, 201))
  .addSuccess(withStatus(Order, 202))
  .addError(
    problem(IdempotencyKeyReused, {
      status: 422,
      title: "Idempotency key reused",
      source: "Idempotency-Key"
    })
  )
  .addError(
    problem(UnknownSku, {
      status: 422,
      title: "Unknown SKU",
      source: ({ lines }) => lines.map((index) => ({ pointer: `#/lines/${index}/sku` }))
    })
  )
  .addError(problem(MixedCurrencies, { status: 422, title: "Mixed currencies", source: "#/lines" }))
  .addError(problem(OrderTooLarge, { status: 422, title: "Order too large", source: "#/lines" }))
  .addError(
    problem(AmountNotPayable, {
      status: 422,
      title: "Amount not payable",
      source: "#/lines"
    })
  )

export const get = HttpApiEndpoint.get("get", "/v1/orders/:id")
  .annotate(Access, "orders:read")
  .annotate(ETag, true)
  .annotate(OpenApi.Summary, "Get an order")
  .annotate(Examples, { response: { Order: order } })
  .setPath(orderPath)
  .setHeaders(Schema.Struct(ifNoneMatch))
  .addSuccess(Order)
  .addError(orderNotFound)

export const listed = HttpApiEndpoint.get("list", "/v1/orders")
  .annotate(Access, "orders:read")
  .annotate(OpenApi.Summary, "List orders, newest first; staff see all orders")
  .annotate(Examples, { response: { Orders: page("/v1/orders", order) } })
  .setUrlParams(
    query({
      status: Schema.optional(OrderStatus),
      customerId: Schema.optional(CustomerId),
      ...listQuery(OrderId)
    })
  )
  .setHeaders(Schema.Struct(ReadYourWrites.after))
  .addSuccess(list(Order))
  .addError(ReadYourWrites.listBehind)

const timeline = HttpApiEndpoint.get("timeline", "/v1/orders/:id/timeline")
  .annotate(Access, "orders:read")
  .annotate(OpenApi.Summary, "List the events of an order")
  .annotate(Examples, {
    response: {
      Timeline: {
        data: [
          {
            version: 1,
            type: "OrderPlaced",
            at,
            summary: "2 units for 9.00 EUR",
            actor: `customer:${userId}`
          }
        ]
      }
    }
  })
  .setPath(orderPath)
  .addSuccess(Schema.Struct({ data: Schema.Array(TimelineEntry) }))
  .addError(orderNotFound)

export const cancel = HttpApiEndpoint.post("cancel", "/v1/orders/:id/cancellation")
  .annotate(Writes, true)
  .annotate(Access, "orders:write")
  .annotate(ETag, true)
  .annotate(OpenApi.Summary, "Cancel an order; payment is refunded and stock returned")
  .annotate(Examples, {
    request: { Cancellation: { reason: "requested_by_customer" } },
    response: { CancelledOrder: { ...cancellingOrder, status: "cancelled", version: 11 } },
    otherwise: { "202": { CancellingOrder: cancellingOrder } }
  })
  .setPath(orderPath)
  .setHeaders(Schema.Struct({ ...stepHeaders, ...preferWait }))
  .setPayload(body({ reason: Schema.optionalWith(text(500), { exact: true }) }))
  .addSuccess(Order)
  .addSuccess(withStatus(Order, 202))
  .addError(orderNotFound)
  .addError(problem(OrderAlreadyShipped, { status: 409, title: "Order already shipped" }))
  .addError(keyReused)
  .addError(preconditionFailed)

export const ship = HttpApiEndpoint.post("ship", "/v1/orders/:id/shipment")
  .annotate(Writes, true)
  .annotate(Access, "orders:fulfil")
  .annotate(ETag, true)
  .annotate(OpenApi.Summary, "Mark an order as shipped")
  .annotate(Examples, {
    request: { Shipping: { trackingNumber: "3SABC123456" } },
    response: { ShippedOrder: { ...order, status: "shipped", version: 8 } }
  })
  .setPath(orderPath)
  .setHeaders(Schema.Struct(stepHeaders))
  .setPayload(body({ trackingNumber: ShipOrder.fields.trackingNumber }))
  .addSuccess(Order)
  .addError(orderNotFound)
  .addError(problem(OrderNotConfirmed, { status: 409, title: "Order not confirmed" }))
  .addError(orderAlreadyCancelled)
  .addError(keyReused)
  .addError(preconditionFailed)

export const deliver = HttpApiEndpoint.post("deliver", "/v1/orders/:id/delivery")
  .annotate(Writes, true)
  .annotate(Access, "orders:fulfil")
  .annotate(ETag, true)
  .annotate(OpenApi.Summary, "Mark an order as delivered")
  .annotate(Examples, {
    request: { Delivery: { deliveredAt: "2026-03-02T11:00:00Z" } },
    response: { DeliveredOrder: { ...order, status: "delivered", version: 9 } }
  })
  .setPath(orderPath)
  .setHeaders(Schema.Struct(stepHeaders))
  .setPayload(body({ deliveredAt: Schema.optionalWith(Moment, { exact: true }) }))
  .addSuccess(Order)
  .addError(orderNotFound)
  .addError(problem(OrderNotShipped, { status: 409, title: "Order not shipped" }))
  .addError(
    problem(DeliveryTimeImpossible, {
      status: 422,
      title: "Not a possible time of delivery",
      source: "#/deliveredAt"
    })
  )
  .addError(orderAlreadyCancelled)
  .addError(keyReused)
  .addError(preconditionFailed)

export const OrderApi = HttpApiGroup.make("orders")
  .add(place)
  .add(get)
  .add(listed)
  .add(timeline)
  .add(cancel)
  .add(ship)
  .add(deliver)
  .middleware(Authentication)
