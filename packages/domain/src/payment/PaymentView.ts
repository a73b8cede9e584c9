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

/** One thing asked of the provider, and how it went. */
export const PaymentAttempt = Schema.Struct({
  kind: Schema.Literal("authorize", "capture", "void"),
  status: Schema.Literal("pending", "succeeded", "failed"),
  amount: Money,
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
  reference: Schema.optionalWith(Schema.String, { exact: true }),
  code: Schema.optionalWith(Schema.String, { exact: true }),
  at: Timestamp
})
export type RefundView = typeof RefundView.Type

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
  refunds: Schema.Array(RefundView)
})
export type PaymentView = typeof PaymentView.Type
