/** The public view of a payment. */
import { Schema } from "effect"
import { OrderId, RefundId } from "../kernel/Ids.ts"
import { Money } from "../kernel/Money.ts"
import { NextAction } from "../kernel/NextAction.ts"
import { Timestamp } from "../kernel/Timestamp.ts"

export const PaymentStatus = Schema.Literal(
  "pending",
  "requires_action",
  "authorized",
  "declined",
  "captured",
  "partially_refunded",
  "refunded",
  "voiding",
  "voided",
  "cancelled"
)
export type PaymentStatus = typeof PaymentStatus.Type

/** Why the provider was asked for something other than a refund. */
export const AttemptReason = Schema.Literal(
  "order_placed",
  "parcel_booked",
  "order_cancelled",
  /** It succeeded after the order was cancelled. */
  "late_success",
  /** The provider said no to a customer who could still try again there. */
  "declined"
)
export type AttemptReason = typeof AttemptReason.Type

/** One request to the provider, and its outcome. */
export const PaymentAttempt = Schema.Struct({
  kind: Schema.Literal("authorize", "capture", "void"),
  status: Schema.Literal("pending", "succeeded", "failed"),
  amount: Money,
  reason: AttemptReason,
  /** The principal, as in metadata. */
  actor: Schema.String,
  /** The idempotency key of the request at the provider. */
  idempotencyKey: Schema.String,
  reference: Schema.optionalWith(Schema.String, { exact: true }),
  code: Schema.optionalWith(Schema.String, { exact: true }),
  at: Timestamp
})
export type PaymentAttempt = typeof PaymentAttempt.Type

export const RefundView = Schema.Struct({
  id: RefundId,
  status: Schema.Literal("pending", "succeeded", "failed"),
  amount: Money,
  reason: Schema.String,
  actor: Schema.optionalWith(Schema.String, { exact: true }),
  idempotencyKey: Schema.String,
  reference: Schema.optionalWith(Schema.String, { exact: true }),
  code: Schema.optionalWith(Schema.String, { exact: true }),
  at: Timestamp,
  /**
   * When the customer's bank sent it back, having taken it at first. It counts as failed from then
   * on, and a person must find another way to give the money back.
   */
  returnedAt: Schema.optionalWith(Timestamp, { exact: true })
})
export type RefundView = typeof RefundView.Type

/** The reference of what no provider was asked, because it is about no money. */
export const nothingToPay = "nothing_to_pay"

/** The reason of a refund of money that was captured after its order was cancelled. */
export const lateReason = "captured after the order was cancelled"

/** A request with contradicting data at the provider: a person must resolve it. */
export const PaymentMismatch = Schema.Struct({
  idempotencyKey: Schema.String,
  reference: Schema.String,
  detail: Schema.String,
  at: Timestamp
})
export type PaymentMismatch = typeof PaymentMismatch.Type

/**
 * `refundable = captured − refunded − pending refunds`, and 0 ≤ refunded ≤ captured ≤ authorized.
 */
export const PaymentView = Schema.Struct({
  id: Schema.String,
  orderId: OrderId,
  status: PaymentStatus,
  authorized: Money,
  captured: Money,
  refunded: Money,
  refundable: Money,
  declineCode: Schema.optionalWith(Schema.String, { exact: true }),
  nextAction: Schema.optionalWith(NextAction, { exact: true }),
  attempts: Schema.Array(PaymentAttempt),
  refunds: Schema.Array(RefundView),
  /** Mismatches. Each is removed when the provider's data agree with the ledger. */
  mismatches: Schema.Array(PaymentMismatch)
})
export type PaymentView = typeof PaymentView.Type
