/** What has happened to the payment of one order. Each request to the provider is written first. */
import { Schema } from "effect"
import { OrderId, RefundId } from "../kernel/Ids.ts"
import { Money } from "../kernel/Money.ts"
import { NextAction } from "../kernel/NextAction.ts"
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
export const PaymentCustomerNeeded = Schema.TaggedStruct("PaymentCustomerNeeded", {
  reference,
  nextAction: NextAction,
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
export const PaymentBarred = Schema.TaggedStruct("PaymentBarred", {
  orderId: OrderId,
  amount: Money,
  at: Timestamp
})

export const PaymentVoidRequested = Schema.TaggedStruct("PaymentVoidRequested", { at: Timestamp })

export const PaymentVoided = Schema.TaggedStruct("PaymentVoided", { reference, at: Timestamp })

export const PaymentRefundRequested = Schema.TaggedStruct("PaymentRefundRequested", {
  refundId: RefundId,
  amount: Money,
  reason: text(500),
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

export const PaymentEvent = Schema.Union(
  PaymentAuthorizationRequested,
  PaymentCustomerNeeded,
  PaymentAuthorized,
  PaymentDeclined,
  PaymentCaptureRequested,
  PaymentCaptured,
  PaymentCaptureFailed,
  PaymentUndoRequested,
  PaymentBarred,
  PaymentVoidRequested,
  PaymentVoided,
  PaymentRefundRequested,
  PaymentRefunded,
  PaymentRefundFailed
)
export type PaymentEvent = typeof PaymentEvent.Type
