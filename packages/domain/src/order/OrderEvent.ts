/**
 * The events of an order: plain JSON values, the same in the journal and in memory.
 */
import { Schema } from "effect"
import { CustomerId, OrderId, Sku } from "../kernel/Ids.ts"
import { Money } from "../kernel/Money.ts"
import { RecordedAction } from "../kernel/NextAction.ts"
import { Count, Quantity } from "../kernel/Quantity.ts"
import { MetadataMap, text } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"

/** The most lines one order may have, after lines of the same SKU were added up. */
export const linesMax = 100

/** One line, with the name and the price the catalogue gave at the moment of placing. */
export const OrderLine = Schema.Struct({
  sku: Sku,
  name: text(200),
  quantity: Quantity,
  unitPrice: Money,
  total: Money
})
export type OrderLine = typeof OrderLine.Type

export const ShippingAddress = Schema.Struct({
  name: text(200),
  line1: text(200),
  line2: Schema.optionalWith(text(200), { exact: true }),
  city: text(100),
  region: Schema.optionalWith(text(100), { exact: true }),
  postalCode: text(20),
  country: Schema.String.pipe(Schema.pattern(/^[A-Z]{2}$/))
})
export type ShippingAddress = typeof ShippingAddress.Type

/** A card as the payment provider knows it: Souk never sees its number. */
export const PaymentMethod = Schema.Struct({
  type: Schema.Literal("card"),
  token: Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{1,120}$/))
})
export type PaymentMethod = typeof PaymentMethod.Type

/** Why an order ends without a sale, as codes that a storefront can switch on. */
export const Cancellation = Schema.Struct({
  reason: Schema.Literal(
    "out_of_stock",
    "payment_declined",
    "shipping_unavailable",
    "payment_timeout",
    "reservation_expired",
    "requested_by_customer",
    "requested_by_merchant"
  ),
  /** The SKUs that were short, for `out_of_stock` and `reservation_expired`. */
  skus: Schema.optionalWith(Schema.Array(Sku), { exact: true }),
  /** The provider's code, for `payment_declined`. */
  declineCode: Schema.optionalWith(Schema.String, { exact: true }),
  /** The note of the person who cancelled, or of the carrier. */
  note: Schema.optionalWith(Schema.String, { exact: true })
})
export type Cancellation = typeof Cancellation.Type

/** A compensation that must end before a cancelled order is settled. */
export const Compensation = Schema.Union(
  Schema.TaggedStruct("ReleaseStock", { sku: Sku }),
  Schema.TaggedStruct("ReturnStock", { sku: Sku, quantity: Quantity }),
  Schema.TaggedStruct("UndoPayment", {}),
  Schema.TaggedStruct("CancelShipment", {})
)
export type Compensation = typeof Compensation.Type

export const OrderPlaced = Schema.TaggedStruct("OrderPlaced", {
  orderId: OrderId,
  customerId: CustomerId,
  lines: Schema.NonEmptyArray(OrderLine),
  subtotal: Money,
  tax: Money,
  shipping: Money,
  total: Money,
  shippingAddress: ShippingAddress,
  paymentMethod: PaymentMethod,
  metadata: MetadataMap,
  /** Digest of the request, by which another request under the same key is detected. */
  fingerprint: Schema.String,
  /** Until when stock is held for this order; past it the saga compensates. */
  holdUntil: Timestamp,
  /** Until when the payment must be authorised, if before that. */
  payUntil: Schema.optionalWith(Timestamp, { exact: true }),
  at: Timestamp
})
export type OrderPlaced = typeof OrderPlaced.Type

export const OrderLineReserved = Schema.TaggedStruct("OrderLineReserved", {
  sku: Sku,
  at: Timestamp
})

export const OrderLineOutOfStock = Schema.TaggedStruct("OrderLineOutOfStock", {
  sku: Sku,
  available: Count,
  at: Timestamp
})

/** The bank requires the customer: the storefront can offer this until the hold ends. */
export const OrderActionRequired = Schema.TaggedStruct("OrderActionRequired", {
  nextAction: RecordedAction,
  at: Timestamp
})

/** The provider's data contradict the payment: the order waits until they agree. */
export const OrderPaymentMismatched = Schema.TaggedStruct("OrderPaymentMismatched", {
  detail: Schema.String.pipe(Schema.maxLength(500)),
  at: Timestamp
})

export const OrderPaymentAuthorized = Schema.TaggedStruct("OrderPaymentAuthorized", {
  at: Timestamp
})

export const OrderShipmentBooked = Schema.TaggedStruct("OrderShipmentBooked", {
  trackingNumber: Schema.String,
  at: Timestamp
})

export const OrderPaymentCaptured = Schema.TaggedStruct("OrderPaymentCaptured", { at: Timestamp })

export const OrderLineCommitted = Schema.TaggedStruct("OrderLineCommitted", {
  sku: Sku,
  at: Timestamp
})

/** The hold on a line had expired when it was to be committed. */
export const OrderLineExpired = Schema.TaggedStruct("OrderLineExpired", { sku: Sku, at: Timestamp })

export const OrderConfirmed = Schema.TaggedStruct("OrderConfirmed", {
  confirmationNumber: Schema.String,
  at: Timestamp
})

export const OrderShipped = Schema.TaggedStruct("OrderShipped", {
  trackingNumber: Schema.String,
  at: Timestamp
})

export const OrderDelivered = Schema.TaggedStruct("OrderDelivered", {
  deliveredAt: Timestamp,
  at: Timestamp
})

/**
 * A cancellation was requested while lines were being reserved; it takes effect with the last
 * reply.
 */
export const OrderCancellationRequested = Schema.TaggedStruct("OrderCancellationRequested", {
  cancellation: Cancellation,
  at: Timestamp
})

/** Compensation began. `undo` is everything that may have happened and must be taken back. */
export const OrderCancellationStarted = Schema.TaggedStruct("OrderCancellationStarted", {
  cancellation: Cancellation,
  undo: Schema.Array(Compensation),
  at: Timestamp
})

export const OrderStepCompensated = Schema.TaggedStruct("OrderStepCompensated", {
  undo: Compensation,
  /**
   * The outcome of the compensation. For a hold: `released`. For sold units: `returned`. For a
   * payment: `nothing_to_undo`, `voided`, `refunded`, or the same of one that came through too late
   * (`late_voided`, `late_refunded`). For a shipment: `cancelled`, or `refused` by the carrier
   * before. Else it did not happen: see `notCompensated`.
   */
  outcome: Schema.String,
  at: Timestamp
})

/** Outcomes of compensations that did not happen: a person has to finish them. */
export const notCompensated: ReadonlySet<string> = new Set([
  /** The count is at its maximum: the returned units must be counted in later. */
  "shelf_full",
  "return_refused",
  "release_refused",
  /** The provider refused each refund. */
  "refund_failed",
  /** The provider's data contradict the payment. */
  "mismatched",
  "undo_refused",
  "cancellation_refused"
])

export const OrderCancelled = Schema.TaggedStruct("OrderCancelled", { at: Timestamp })

export const OrderEvent = Schema.Union(
  OrderPlaced,
  OrderLineReserved,
  OrderLineOutOfStock,
  OrderActionRequired,
  OrderPaymentMismatched,
  OrderPaymentAuthorized,
  OrderShipmentBooked,
  OrderPaymentCaptured,
  OrderLineCommitted,
  OrderLineExpired,
  OrderConfirmed,
  OrderShipped,
  OrderDelivered,
  OrderCancellationRequested,
  OrderCancellationStarted,
  OrderStepCompensated,
  OrderCancelled
)
export type OrderEvent = typeof OrderEvent.Type
