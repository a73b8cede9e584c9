/** The events of a payment. Each request to the provider is recorded before it is sent. */
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
 * The bank requires an action of the customer. The authorisation is neither granted nor refused.
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

/** The provider declined the capture. The authorisation remains. */
export const PaymentCaptureFailed = Schema.TaggedStruct("PaymentCaptureFailed", {
  code,
  at: Timestamp
})

/** The order was cancelled while a request was open: its success will be compensated. */
export const PaymentUndoRequested = Schema.TaggedStruct("PaymentUndoRequested", { at: Timestamp })

/** The order was cancelled before any request to the provider: none will be made. */
export const PaymentBlocked = Schema.TaggedStruct("PaymentBlocked", {
  orderId: OrderId,
  amount: Money,
  at: Timestamp
})

/** `reason` is set when it is another than the cancelled order. */
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
 * The customer's bank returned a refund that had succeeded, possibly days later: the shop has the
 * money again, and a person must repay the customer otherwise.
 */
export const PaymentRefundReturned = Schema.TaggedStruct("PaymentRefundReturned", {
  refundId: RefundId,
  amount: Money,
  code,
  at: Timestamp
})

/**
 * The provider's data for the request of this step contradict the ledger: another amount, currency
 * or order. No outcome is recorded until they agree.
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
