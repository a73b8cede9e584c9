/** The payment's address, which is its order's, and the messages it answers. */
import { Entity } from "@effect/cluster"
import * as Payment from "@souk/domain/payment/PaymentCommand"
import { PaymentView } from "@souk/domain/payment/PaymentView"
import { messages, untraced } from "../cluster/Protocol.ts"

const { command, Read, Resume } = messages({
  view: PaymentView,
  rejection: Payment.PaymentRejection
})

export const PaymentEntity = Entity.make("payment", [
  command("AuthorizePayment", Payment.AuthorizePayment),
  command("CapturePayment", Payment.CapturePayment),
  command("UndoPayment", Payment.UndoPayment),
  command("RefundPayment", Payment.RefundPayment),
  command("RecordAuthorization", Payment.RecordAuthorization),
  command("RecordCustomerNeeded", Payment.RecordCustomerNeeded),
  command("RecordDecline", Payment.RecordDecline),
  command("RecordCapture", Payment.RecordCapture),
  command("RecordCaptureFailure", Payment.RecordCaptureFailure),
  command("RecordVoid", Payment.RecordVoid),
  command("RecordRefund", Payment.RecordRefund),
  command("RecordRefundFailure", Payment.RecordRefundFailure),
  command("RecordRefundReturned", Payment.RecordRefundReturned),
  command("RecordMismatch", Payment.RecordMismatch),
  Read,
  Resume
]).annotateContext(untraced)
