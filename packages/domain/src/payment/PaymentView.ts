/** What outsiders may see of a payment. */
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
  /** The provider said yes after the order had been given up. */
  "late_success",
  /** The provider said no to a customer who could still try again there. */
  "declined"
)
export type AttemptReason = typeof AttemptReason.Type

/** One thing asked of the provider, and how it went. */
export const PaymentAttempt = Schema.Struct({
  kind: Schema.Literal("authorize", "capture", "void"),
  status: Schema.Literal("pending", "succeeded", "failed"),
  amount: Money,
  reason: AttemptReason,
  /** Who asked, as the journal names them. */
  actor: Schema.String,
  /** Under which key the provider was asked: the same in its book and in ours. */
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

/** Why money is given back that was captured after its order had been given up. */
export const lateReason = "captured after the order was cancelled"

/** A request about which the provider's books say something else than ours: a person must look. */
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
  /** Empty, unless something is wrong. One goes away when the provider's books agree with ours. */
  mismatches: Schema.Array(PaymentMismatch)
})
export type PaymentView = typeof PaymentView.Type
