/** The commands of a payment, and their refusals. */
import { Schema } from "effect"
import { OrderId, RefundId } from "../kernel/Ids.ts"
import { AmountNotPayable, format, Money, StepMinor } from "../kernel/Money.ts"
import { ActionNeeded } from "../kernel/NextAction.ts"
import { text } from "../kernel/Text.ts"

/** Authorises the amount at the provider. */
export const AuthorizePayment = Schema.TaggedStruct("AuthorizePayment", {
  orderId: OrderId,
  amount: Money,
  token: Schema.String
})
export type AuthorizePayment = typeof AuthorizePayment.Type

/** Captures the whole authorised amount. */
export const CapturePayment = Schema.TaggedStruct("CapturePayment", { orderId: OrderId })
export type CapturePayment = typeof CapturePayment.Type

/** Returns all money: voids, refunds, or blocks the payment. */
export const UndoPayment = Schema.TaggedStruct("UndoPayment", { orderId: OrderId, amount: Money })
export type UndoPayment = typeof UndoPayment.Type

/** Refunds captured money. Without an amount: all that is left. */
export const RefundPayment = Schema.TaggedStruct("RefundPayment", {
  orderId: OrderId,
  refundId: RefundId,
  amount: Schema.optionalWith(Money, { exact: true }),
  reason: text(500),
  /** The amount must be a multiple of so many minor units; of one unless said otherwise. */
  stepMinor: Schema.optionalWith(StepMinor, { exact: true }),
  /** The principal, as in metadata. */
  who: Schema.optionalWith(Schema.String.pipe(Schema.maxLength(200)), { exact: true })
})
export type RefundPayment = typeof RefundPayment.Type

/** Executes pending requests to the provider again. */
export const ResumePayment = Schema.TaggedStruct("ResumePayment", {})

// Outcomes of requests to the provider. Late and repeated ones change nothing.

const reference = Schema.String.pipe(Schema.maxLength(200))
const code = Schema.String.pipe(Schema.maxLength(100))

export const RecordAuthorization = Schema.TaggedStruct("RecordAuthorization", { reference })
export type RecordAuthorization = typeof RecordAuthorization.Type

/** The provider waits for the customer. */
export const RecordCustomerNeeded = Schema.TaggedStruct("RecordCustomerNeeded", {
  reference,
  nextAction: ActionNeeded
})
export type RecordCustomerNeeded = typeof RecordCustomerNeeded.Type

export const RecordDecline = Schema.TaggedStruct("RecordDecline", { code })
export type RecordDecline = typeof RecordDecline.Type

export const RecordCapture = Schema.TaggedStruct("RecordCapture", { reference })
export type RecordCapture = typeof RecordCapture.Type

export const RecordCaptureFailure = Schema.TaggedStruct("RecordCaptureFailure", { code })
export type RecordCaptureFailure = typeof RecordCaptureFailure.Type

export const RecordVoid = Schema.TaggedStruct("RecordVoid", { reference })
export type RecordVoid = typeof RecordVoid.Type

export const RecordRefund = Schema.TaggedStruct("RecordRefund", { refundId: RefundId, reference })
export type RecordRefund = typeof RecordRefund.Type

export const RecordRefundFailure = Schema.TaggedStruct("RecordRefundFailure", {
  refundId: RefundId,
  code
})
export type RecordRefundFailure = typeof RecordRefundFailure.Type

/** The bank returned a refund that had succeeded. */
export const RecordRefundReturned = Schema.TaggedStruct("RecordRefundReturned", {
  refundId: RefundId,
  code
})
export type RecordRefundReturned = typeof RecordRefundReturned.Type

/** The provider's data for this step contradict the request. */
export const RecordMismatch = Schema.TaggedStruct("RecordMismatch", {
  step: Schema.String.pipe(Schema.maxLength(200)),
  reference,
  detail: Schema.String.pipe(Schema.maxLength(500))
})
export type RecordMismatch = typeof RecordMismatch.Type

export const PaymentCommand = Schema.Union(
  AuthorizePayment,
  CapturePayment,
  UndoPayment,
  RefundPayment,
  ResumePayment,
  RecordAuthorization,
  RecordCustomerNeeded,
  RecordDecline,
  RecordCapture,
  RecordCaptureFailure,
  RecordVoid,
  RecordRefund,
  RecordRefundFailure,
  RecordRefundReturned,
  RecordMismatch
)
export type PaymentCommand = typeof PaymentCommand.Type

export class PaymentNotFound extends Schema.TaggedError<PaymentNotFound>()("PaymentNotFound", {}) {
  override get message() {
    return "Payment not found."
  }
}

export class PaymentNotAuthorized extends Schema.TaggedError<PaymentNotAuthorized>()(
  "PaymentNotAuthorized",
  { status: Schema.String }
) {
  override get message() {
    return `Only an authorized payment can be captured; this payment is ${this.status}.`
  }
}

export class PaymentNotCaptured extends Schema.TaggedError<PaymentNotCaptured>()(
  "PaymentNotCaptured",
  { status: Schema.String }
) {
  override get message() {
    return `Only a captured payment can be refunded; this payment is ${this.status}.`
  }
}

export class RefundExceedsCaptured extends Schema.TaggedError<RefundExceedsCaptured>()(
  "RefundExceedsCaptured",
  { asked: Money, refundable: Money }
) {
  override get message() {
    return `At most ${format(this.refundable)} can be refunded.`
  }
}

export class RefundOfNothing extends Schema.TaggedError<RefundOfNothing>()("RefundOfNothing", {}) {
  override get message() {
    return "The refund amount must be greater than zero."
  }
}

/** Each is looked up by itself in a reconciliation, so their number is limited. */
export const refundsMax = 100

export class TooManyRefunds extends Schema.TaggedError<TooManyRefunds>()("TooManyRefunds", {
  max: Schema.Int
}) {
  override get message() {
    return `A payment can have at most ${this.max} refunds. Refund the remainder outside Souk.`
  }
}

export class RefundCurrencyMismatch extends Schema.TaggedError<RefundCurrencyMismatch>()(
  "RefundCurrencyMismatch",
  { asked: Schema.String, captured: Schema.String }
) {
  override get message() {
    return `This payment was captured in ${this.captured}. Refund it in ${this.captured}.`
  }
}

export const PaymentRejection = Schema.Union(
  PaymentNotFound,
  PaymentNotAuthorized,
  PaymentNotCaptured,
  RefundExceedsCaptured,
  RefundOfNothing,
  RefundCurrencyMismatch,
  TooManyRefunds,
  AmountNotPayable
)
export type PaymentRejection = typeof PaymentRejection.Type
