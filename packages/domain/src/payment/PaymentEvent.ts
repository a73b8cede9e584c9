/** What has happened to the payment of one order. Each request to the provider is written first. */
import { Schema } from "effect"
import { OrderId, RefundId } from "../kernel/Ids.ts"
import { Money } from "../kernel/Money.ts"
import { RecordedAction } from "../kernel/NextAction.ts"
import { text } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"

const reference = Schema.String.pipe(Schema.maxLength(200))
const code = Schema.String.pipe(Schema.maxLength(100))

export const PaymentAuthorizationRequested = Schema.TaggedStruct("PaymentAuthorizationRequested", {
  orderId: OrderId,
  amount: Money,
  token: Schema.String,
  at: Timestamp
})

/**
 * The bank wants to hear from the customer first. The authorisation is neither there nor refused.
 */
export const PaymentActionRequired = Schema.TaggedStruct("PaymentActionRequired", {
  reference,
  nextAction: RecordedAction,
  at: Timestamp
})

export const PaymentAuthorized = Schema.TaggedStruct("PaymentAuthorized", {
  reference,
  at: Timestamp
})

export const PaymentDeclined = Schema.TaggedStruct("PaymentDeclined", { code, at: Timestamp })

export const PaymentCaptureRequested = Schema.TaggedStruct("PaymentCaptureRequested", {
  at: Timestamp
})

export const PaymentCaptured = Schema.TaggedStruct("PaymentCaptured", { reference, at: Timestamp })

/** The provider would not hand the authorised money over. The authorisation stands. */
export const PaymentCaptureFailed = Schema.TaggedStruct("PaymentCaptureFailed", {
  code,
  at: Timestamp
})

/** The order was given up while the provider had not answered yet: undo whatever it answers. */
export const PaymentUndoRequested = Schema.TaggedStruct("PaymentUndoRequested", { at: Timestamp })

/** The order was given up before anything was asked of the provider: nothing ever will be. */
export const PaymentBlocked = Schema.TaggedStruct("PaymentBlocked", {
  orderId: OrderId,
  amount: Money,
  at: Timestamp
})

/** `reason` is why, when it is not simply that the order was given up. */
export const PaymentVoidRequested = Schema.TaggedStruct("PaymentVoidRequested", {
  reason: Schema.optionalWith(Schema.Literal("late_success", "declined"), { exact: true }),
  at: Timestamp
})

export const PaymentVoided = Schema.TaggedStruct("PaymentVoided", { reference, at: Timestamp })

export const PaymentRefundRequested = Schema.TaggedStruct("PaymentRefundRequested", {
  refundId: RefundId,
  amount: Money,
  reason: text(500),
  /** The person who asked; absent when it compensates a cancelled order. */
  who: Schema.optionalWith(Schema.String.pipe(Schema.maxLength(200)), { exact: true }),
  at: Timestamp
})

export const PaymentRefunded = Schema.TaggedStruct("PaymentRefunded", {
  refundId: RefundId,
  reference,
  at: Timestamp
})

export const PaymentRefundFailed = Schema.TaggedStruct("PaymentRefundFailed", {
  refundId: RefundId,
  code,
  at: Timestamp
})

/**
 * The customer's bank sent a refund back that had succeeded, days later perhaps: the money is ours
 * again, and a person must find another way to give it back.
 */
export const PaymentRefundReturned = Schema.TaggedStruct("PaymentRefundReturned", {
  refundId: RefundId,
  amount: Money,
  code,
  at: Timestamp
})

/**
 * The provider's books say something else than ours about the request of this step: another amount,
 * currency or order. Nothing is believed until they agree.
 */
export const PaymentMismatched = Schema.TaggedStruct("PaymentMismatched", {
  step: Schema.String.pipe(Schema.maxLength(200)),
  reference,
  detail: Schema.String.pipe(Schema.maxLength(500)),
  at: Timestamp
})

export const PaymentEvent = Schema.Union(
  PaymentAuthorizationRequested,
  PaymentActionRequired,
  PaymentAuthorized,
  PaymentDeclined,
  PaymentCaptureRequested,
  PaymentCaptured,
  PaymentCaptureFailed,
  PaymentUndoRequested,
  PaymentBlocked,
  PaymentVoidRequested,
  PaymentVoided,
  PaymentRefundRequested,
  PaymentRefunded,
  PaymentRefundFailed,
  PaymentRefundReturned,
  PaymentMismatched
)
export type PaymentEvent = typeof PaymentEvent.Type
