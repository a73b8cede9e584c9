/** The payment of one order: a ledger of requests to the provider and their outcomes. */
import { accept, decideBy, type Decider, type Decision, refuse } from "../kernel/Decider.ts"
import { RefundId } from "../kernel/Ids.ts"
import { AmountNotPayable, isMultiple, type Money } from "../kernel/Money.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import {
  type AuthorizePayment,
  type CapturePayment,
  type PaymentCommand,
  PaymentNotAuthorized,
  PaymentNotCaptured,
  PaymentNotFound,
  type PaymentRejection,
  type RecordCaptureFailure,
  type RecordCustomerNeeded,
  type RecordDecline,
  type RecordMismatch,
  type RecordRefundFailure,
  type RecordRefundReturned,
  RefundCurrencyMismatch,
  RefundExceedsCaptured,
  RefundOfNothing,
  refundsMax,
  TooManyRefunds,
  type RefundPayment,
  type UndoPayment
} from "./PaymentCommand.ts"
import type { PaymentEvent } from "./PaymentEvent.ts"
import {
  evolve,
  isClosing,
  isMismatched,
  type Ledger,
  openSteps,
  type Payment,
  pendingRefunds,
  refundable,
  statusOf
} from "./PaymentState.ts"
import { lateReason, nothingToPay } from "./PaymentView.ts"

type PaymentDecision = Decision<PaymentEvent, PaymentRejection>

/** How often a refund that undoes a cancelled order may fail before a person must look at it. */
const undoFailuresMax = 3

// A provider declines amounts of zero. So an order that costs nothing makes no requests, and their
// outcomes are recorded in the same commit.
const isFree = ({ amount }: { readonly amount: Money }): boolean => amount.amountMinor === 0

const authorize = (payment: Payment, command: AuthorizePayment, at: Timestamp): PaymentDecision => {
  const { _tag, ...terms } = command
  if (payment._tag !== "Absent") return accept()
  const asked: PaymentEvent = { _tag: "PaymentAuthorizationRequested", ...terms, at }
  return isFree(command)
    ? accept(asked, { _tag: "PaymentAuthorized", reference: nothingToPay, at })
    : accept(asked)
}

const capture = (payment: Payment, _command: CapturePayment, at: Timestamp): PaymentDecision => {
  switch (payment._tag) {
    case "Authorized":
      if (payment.code !== undefined) return accept()
      return isFree(payment)
        ? accept(
            { _tag: "PaymentCaptureRequested", at },
            { _tag: "PaymentCaptured", reference: nothingToPay, at }
          )
        : accept({ _tag: "PaymentCaptureRequested", at })
    case "Capturing":
    case "Captured":
      return accept()
    default:
      return refuse(new PaymentNotAuthorized({ status: statusOf(payment) }))
  }
}

/** The n-th refund of everything, because the order was cancelled. */
const undoRefund = (
  payment: Ledger,
  at: Timestamp,
  reason = "order cancelled"
): ReadonlyArray<PaymentEvent> => {
  const left = refundable(payment)
  const undoing = payment.refunds.filter(({ isUndo }) => isUndo)
  const failures = undoing.filter(({ status }) => status === "failed").length
  if (left.amountMinor === 0 || failures >= undoFailuresMax) return []
  const refundId = RefundId.make(`re_${payment.orderId.slice(4)}u${undoing.length + 1}`)
  return [{ _tag: "PaymentRefundRequested", refundId, amount: left, reason, at }]
}

const undo = (payment: Payment, command: UndoPayment, at: Timestamp): PaymentDecision => {
  const { amount, orderId } = command
  switch (payment._tag) {
    case "Absent":
      return accept({ _tag: "PaymentBlocked", orderId, amount, at })
    case "Authorizing":
    case "Capturing":
      return payment.isUndoing ? accept() : accept({ _tag: "PaymentUndoRequested", at })
    case "AwaitingCustomer":
    case "Authorized":
      return isFree(payment)
        ? accept(
            { _tag: "PaymentVoidRequested", at },
            { _tag: "PaymentVoided", reference: nothingToPay, at }
          )
        : accept({ _tag: "PaymentVoidRequested", at })
    case "Captured":
      return payment.isUndoing || payment.refunded === payment.captured
        ? accept()
        : accept({ _tag: "PaymentUndoRequested", at }, ...undoRefund(payment, at))
    case "Barred":
    case "Declined":
    case "Voiding":
    case "Voided":
      return accept()
  }
}

const refund = (payment: Payment, command: RefundPayment, at: Timestamp): PaymentDecision => {
  if (payment._tag === "Absent") return refuse(new PaymentNotFound())
  if (payment._tag !== "Captured") {
    return refuse(new PaymentNotCaptured({ status: statusOf(payment) }))
  }
  const { reason, refundId, stepMinor = 1, who } = command
  if (payment.refunds.some(({ id }) => id === refundId)) return accept()
  if (payment.refunds.length >= refundsMax) {
    return refuse(new TooManyRefunds({ max: refundsMax }))
  }
  const left = refundable(payment)
  const amount = command.amount ?? left
  if (amount.currency !== left.currency) {
    return refuse(new RefundCurrencyMismatch({ asked: amount.currency, captured: left.currency }))
  }
  if (amount.amountMinor > left.amountMinor || left.amountMinor === 0) {
    return refuse(new RefundExceedsCaptured({ asked: amount, refundable: left }))
  }
  if (amount.amountMinor === 0) return refuse(new RefundOfNothing())
  if (!isMultiple(amount, stepMinor)) return refuse(new AmountNotPayable({ amount, stepMinor }))
  const asker = who === undefined ? {} : { who }
  return accept({ _tag: "PaymentRefundRequested", refundId, amount, reason, ...asker, at })
}

const isUndecided = (payment: Payment): payment is Ledger =>
  payment._tag === "Authorizing" || payment._tag === "AwaitingCustomer"

const customerNeeded = (
  payment: Payment,
  { nextAction, reference }: RecordCustomerNeeded,
  at: Timestamp
): PaymentDecision => {
  if (payment._tag !== "Authorizing") return accept()
  const needed: PaymentEvent = { _tag: "PaymentActionRequired", reference, nextAction, at }
  return payment.isUndoing ? accept(needed, { _tag: "PaymentVoidRequested", at }) : accept(needed)
}

const authorized = (payment: Payment, reference: string, at: Timestamp): PaymentDecision => {
  if (!isUndecided(payment)) return accept()
  const authorized: PaymentEvent = { _tag: "PaymentAuthorized", reference, at }
  // Late success: the order is cancelled, so the money is refunded.
  return payment.isUndoing
    ? accept(authorized, { _tag: "PaymentVoidRequested", reason: "late_success", at })
    : accept(authorized)
}

const declined = (payment: Payment, { code }: RecordDecline, at: Timestamp): PaymentDecision => {
  if (!isUndecided(payment)) return accept()
  const declined: PaymentEvent = { _tag: "PaymentDeclined", code, at }
  // The customer may try another card at the provider, for a cancelled order.
  return payment._tag === "AwaitingCustomer"
    ? accept(declined, { _tag: "PaymentVoidRequested", reason: "declined", at })
    : accept(declined)
}

const captured = (payment: Payment, reference: string, at: Timestamp): PaymentDecision => {
  if (payment._tag !== "Capturing") return accept()
  const event: PaymentEvent = { _tag: "PaymentCaptured", reference, at }
  if (!payment.isUndoing) return accept(event)
  const after = evolve(payment, event)
  return accept(event, ...(after._tag === "Captured" ? undoRefund(after, at, lateReason) : []))
}

const captureFailed = (
  payment: Payment,
  { code }: RecordCaptureFailure,
  at: Timestamp
): PaymentDecision => {
  if (payment._tag !== "Capturing") return accept()
  const failed: PaymentEvent = { _tag: "PaymentCaptureFailed", code, at }
  return payment.isUndoing ? accept(failed, { _tag: "PaymentVoidRequested", at }) : accept(failed)
}

const isPending = (payment: Payment, refundId: RefundId): payment is Ledger =>
  payment._tag === "Captured" && pendingRefunds(payment).some(({ id }) => id === refundId)

const refundFailed = (
  payment: Payment,
  command: RecordRefundFailure,
  at: Timestamp
): PaymentDecision => {
  const { code, refundId } = command
  if (!isPending(payment, refundId)) return accept()
  const failed: PaymentEvent = { _tag: "PaymentRefundFailed", refundId, code, at }
  const after = evolve(payment, failed)
  const again = after._tag === "Captured" && after.isUndoing ? undoRefund(after, at) : []
  return accept(failed, ...again)
}

/** A bank that returned a refund would do so again: a person decides what to try next. */
const refundReturned = (
  payment: Payment,
  { code, refundId }: RecordRefundReturned,
  at: Timestamp
): PaymentDecision => {
  if (payment._tag !== "Captured") return accept()
  const given = payment.refunds.find(({ id }) => id === refundId)
  return given?.status === "succeeded"
    ? accept({ _tag: "PaymentRefundReturned", refundId, amount: given.amount, code, at })
    : accept()
}

const isVoiding = (payment: Payment): boolean =>
  payment._tag === "Voiding" || (payment._tag === "Declined" && isClosing(payment))

const mismatched = (payment: Payment, command: RecordMismatch, at: Timestamp): PaymentDecision => {
  const { detail, reference, step } = command
  if (payment._tag === "Absent" || payment._tag === "Barred") return accept()
  return openSteps(payment).includes(step) && !isMismatched(payment, step)
    ? accept({ _tag: "PaymentMismatched", step, reference, detail, at })
    : accept()
}

export const decide = decideBy<Payment, PaymentCommand, PaymentEvent, PaymentRejection>({
  AuthorizePayment: authorize,
  CapturePayment: capture,
  UndoPayment: undo,
  RefundPayment: refund,
  ResumePayment: () => accept(),
  RecordAuthorization: (payment, { reference }, at) => authorized(payment, reference, at),
  RecordCustomerNeeded: customerNeeded,
  RecordDecline: declined,
  RecordCapture: (payment, { reference }, at) => captured(payment, reference, at),
  RecordCaptureFailure: captureFailed,
  RecordVoid: (payment, { reference }, at) =>
    isVoiding(payment) ? accept({ _tag: "PaymentVoided", reference, at }) : accept(),
  RecordRefund: (payment, { reference, refundId }, at) =>
    isPending(payment, refundId)
      ? accept({ _tag: "PaymentRefunded", refundId, reference, at })
      : accept(),
  RecordRefundFailure: refundFailed,
  RecordRefundReturned: refundReturned,
  RecordMismatch: mismatched
})

/**
 * A captured payment is never terminal, even when all of it was refunded: the bank may return a
 * refund weeks later.
 */
const isTerminal = (payment: Payment): boolean => {
  switch (payment._tag) {
    case "Barred":
    case "Voided":
      return true
    case "Declined":
      return !isClosing(payment)
    case "Captured":
      return payment.captured === 0
    default:
      return false
  }
}

export const decider: Decider<Payment, PaymentCommand, PaymentEvent, PaymentRejection> = {
  initial: { _tag: "Absent" },
  decide,
  evolve,
  isTerminal
}

export { view } from "./PaymentState.ts"
