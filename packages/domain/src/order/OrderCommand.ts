/** The commands of an order, and their refusals. */
import { Schema } from "effect"
import { CustomerId, OrderId, Sku } from "../kernel/Ids.ts"
import { AmountNotPayable, Money, StepMinor } from "../kernel/Money.ts"
import { ActionNeeded } from "../kernel/NextAction.ts"
import { Count, Quantity } from "../kernel/Quantity.ts"
import { MetadataMap, name, text } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"
import { Cancellation, PaymentMethod, ShippingAddress, Compensation } from "./OrderEvent.ts"

/** The longest that stock may be held for one order: a week. */
export const holdMsMax = 604_800_000

/** A line that the stock refused, and the available quantity. */
export const RefusedLine = Schema.Struct({ sku: Sku, available: Count })
export type RefusedLine = typeof RefusedLine.Type

/** The address of a parcel: required fields must not be blank. */
export const DeliveryAddress = Schema.Struct({
  ...ShippingAddress.fields,
  name: name(200),
  line1: name(200),
  city: name(100),
  postalCode: name(20)
})

/** Places an order at catalogue prices. A repeat of the same request changes nothing. */
export const PlaceOrder = Schema.TaggedStruct("PlaceOrder", {
  orderId: OrderId,
  customerId: CustomerId,
  lines: Schema.NonEmptyArray(
    Schema.Struct({ sku: Sku, name: text(200), quantity: Quantity, unitPrice: Money })
  ),
  shippingAddress: DeliveryAddress,
  paymentMethod: PaymentMethod,
  metadata: MetadataMap,
  fingerprint: Schema.String,
  /** How long stock may be held for this order before the saga compensates, in milliseconds. */
  holdMs: Schema.Int.pipe(Schema.between(1, holdMsMax)),
  /** How long the payment may take, if less than that: the customer's bank included. */
  payMs: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, holdMsMax)), { exact: true }),
  /** The total must be a multiple of so many minor units; of one unless said otherwise. */
  stepMinor: Schema.optionalWith(StepMinor, { exact: true }),
  /** Lines that the stock has just refused, so that they need not be requested again. */
  refused: Schema.optionalWith(Schema.Array(RefusedLine), { exact: true })
})
export type PlaceOrder = typeof PlaceOrder.Type

/** Cancels the order. Before shipment this returns money and stock; afterwards it is refused. */
export const CancelOrder = Schema.TaggedStruct("CancelOrder", { cancellation: Cancellation })
export type CancelOrder = typeof CancelOrder.Type

/** The parcel was shipped. */
export const ShipOrder = Schema.TaggedStruct("ShipOrder", {
  trackingNumber: Schema.optionalWith(text(100), { exact: true })
})
export type ShipOrder = typeof ShipOrder.Type

/** The parcel was delivered. */
export const DeliverOrder = Schema.TaggedStruct("DeliverOrder", {
  deliveredAt: Schema.optionalWith(Timestamp, { exact: true })
})
export type DeliverOrder = typeof DeliverOrder.Type

/** Executes pending intents again; compensates past the deadline. */
export const ResumeOrder = Schema.TaggedStruct("ResumeOrder", {})

// Replies of stock, payment and shipment. Late and repeated ones change nothing.

export const RecordLineReserved = Schema.TaggedStruct("RecordLineReserved", { sku: Sku })
export type RecordLineReserved = typeof RecordLineReserved.Type

export const RecordLineRefused = Schema.TaggedStruct("RecordLineRefused", RefusedLine.fields)
export type RecordLineRefused = typeof RecordLineRefused.Type

/** The bank requires an action of the customer. */
export const RecordCustomerNeeded = Schema.TaggedStruct("RecordCustomerNeeded", {
  nextAction: ActionNeeded
})
export type RecordCustomerNeeded = typeof RecordCustomerNeeded.Type

/** The provider's data contradict this order's payment. */
export const RecordPaymentMismatch = Schema.TaggedStruct("RecordPaymentMismatch", {
  detail: Schema.String.pipe(Schema.maxLength(500))
})
export type RecordPaymentMismatch = typeof RecordPaymentMismatch.Type

export const RecordAuthorized = Schema.TaggedStruct("RecordAuthorized", {})

/** The provider declined the authorisation or the capture. */
export const RecordDeclined = Schema.TaggedStruct("RecordDeclined", { declineCode: Schema.String })
export type RecordDeclined = typeof RecordDeclined.Type

export const RecordBooked = Schema.TaggedStruct("RecordBooked", { trackingNumber: Schema.String })
export type RecordBooked = typeof RecordBooked.Type

export const RecordBookingRefused = Schema.TaggedStruct("RecordBookingRefused", {
  note: Schema.String
})
export type RecordBookingRefused = typeof RecordBookingRefused.Type

export const RecordCaptured = Schema.TaggedStruct("RecordCaptured", {})

export const RecordLineCommitted = Schema.TaggedStruct("RecordLineCommitted", { sku: Sku })
export type RecordLineCommitted = typeof RecordLineCommitted.Type

/**
 * `asked` is the request to the stock, so that a late reply is not taken for that of a later one.
 */
export const RecordLineExpired = Schema.TaggedStruct("RecordLineExpired", {
  sku: Sku,
  asked: Schema.Literal("reserve", "commit")
})
export type RecordLineExpired = typeof RecordLineExpired.Type

export const RecordCompensated = Schema.TaggedStruct("RecordCompensated", {
  undo: Compensation,
  outcome: Schema.String
})
export type RecordCompensated = typeof RecordCompensated.Type

export const OrderCommand = Schema.Union(
  PlaceOrder,
  CancelOrder,
  ShipOrder,
  DeliverOrder,
  ResumeOrder,
  RecordLineReserved,
  RecordLineRefused,
  RecordCustomerNeeded,
  RecordPaymentMismatch,
  RecordAuthorized,
  RecordDeclined,
  RecordBooked,
  RecordBookingRefused,
  RecordCaptured,
  RecordLineCommitted,
  RecordLineExpired,
  RecordCompensated
)
export type OrderCommand = typeof OrderCommand.Type

export class OrderNotFound extends Schema.TaggedError<OrderNotFound>()("OrderNotFound", {}) {
  override get message() {
    return "Order not found."
  }
}

export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()(
  "IdempotencyKeyReused",
  { orderId: OrderId }
) {
  override get message() {
    return `This key placed ${this.orderId} with a different body. Use a new idempotency key.`
  }
}

export class MixedCurrencies extends Schema.TaggedError<MixedCurrencies>()("MixedCurrencies", {
  currencies: Schema.Array(Schema.String)
}) {
  override get message() {
    return `An order has one currency; this one uses ${this.currencies.join(", ")}.`
  }
}

export class OrderTooLarge extends Schema.TaggedError<OrderTooLarge>()("OrderTooLarge", {
  what: Schema.Literal("lines", "quantity", "total"),
  sku: Schema.optionalWith(Sku, { exact: true }),
  max: Schema.Number
}) {
  override get message() {
    const where = this.sku === undefined ? "" : ` of ${this.sku}`
    return `The ${this.what}${where} must not exceed ${this.max}. Split the order.`
  }
}

export class OrderAlreadyShipped extends Schema.TaggedError<OrderAlreadyShipped>()(
  "OrderAlreadyShipped",
  { orderId: OrderId, trackingNumber: Schema.String }
) {
  override get message() {
    return `${this.orderId} has shipped (${this.trackingNumber}). Refund it when it is returned.`
  }
}

export class OrderAlreadyCancelled extends Schema.TaggedError<OrderAlreadyCancelled>()(
  "OrderAlreadyCancelled",
  { orderId: OrderId }
) {
  override get message() {
    return `${this.orderId} is cancelled. Place a new order.`
  }
}

export class OrderNotConfirmed extends Schema.TaggedError<OrderNotConfirmed>()(
  "OrderNotConfirmed",
  { orderId: OrderId }
) {
  override get message() {
    return `${this.orderId} is not confirmed. Retry after its payment has been captured.`
  }
}

export class OrderNotShipped extends Schema.TaggedError<OrderNotShipped>()("OrderNotShipped", {
  orderId: OrderId
}) {
  override get message() {
    return `${this.orderId} has not shipped. Ship it first.`
  }
}

/** How far ahead of the shop's clock the clock of a caller may be. */
export const clockAheadMsMax = 60_000

/** Delivered before it was shipped, or in the future. */
export class DeliveryTimeImpossible extends Schema.TaggedError<DeliveryTimeImpossible>()(
  "DeliveryTimeImpossible",
  { deliveredAt: Timestamp, earliest: Timestamp, latest: Timestamp }
) {
  override get message() {
    const { deliveredAt, earliest, latest } = this
    return `delivery at ${deliveredAt} is not possible: give a time from ${earliest} to ${latest}`
  }
}

export const OrderRejection = Schema.Union(
  OrderNotFound,
  IdempotencyKeyReused,
  MixedCurrencies,
  OrderTooLarge,
  AmountNotPayable,
  OrderAlreadyShipped,
  OrderAlreadyCancelled,
  OrderNotConfirmed,
  OrderNotShipped,
  DeliveryTimeImpossible
)
export type OrderRejection = typeof OrderRejection.Type
