/** What each event does to a payment's ledger; the sums are checked again as they are written. */
import { Match } from "effect"
import { impossible } from "../kernel/Decider.ts"
import type { RefundId } from "../kernel/Ids.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { PaymentEvent } from "./PaymentEvent.ts"
import {
  type Ledger,
  type Payment,
  pendingRefunds,
  type Refund,
  refundable
} from "./PaymentState.ts"
import type { PaymentAttempt } from "./PaymentView.ts"

/** The ledger in one of the states `tags`, or the end of the program: `event` can meet no other. */
const ledger = (
  payment: Payment,
  event: PaymentEvent,
  ...tags: ReadonlyArray<Ledger["_tag"]>
): Ledger =>
  payment._tag === "Absent" || payment._tag === "Barred" || !tags.includes(payment._tag)
    ? impossible(payment, event)
    : payment

const asked = (
  payment: Ledger,
  kind: PaymentAttempt["kind"],
  at: Timestamp
): ReadonlyArray<PaymentAttempt> => [
  ...payment.attempts,
  { kind, status: "pending", amount: payment.amount, at }
]

/** The last attempt of this kind, answered. */
const answered = (
  payment: Ledger,
  kind: PaymentAttempt["kind"],
  answer: Pick<PaymentAttempt, "status" | "at"> & { reference?: string; code?: string }
): ReadonlyArray<PaymentAttempt> =>
  payment.attempts.map((attempt) =>
    attempt.kind === kind && attempt.status === "pending" ? { ...attempt, ...answer } : attempt
  )

const refundAnswered = (
  payment: Ledger,
  refundId: RefundId,
  answer: Pick<Refund, "status"> & { reference?: string; code?: string }
): ReadonlyArray<Refund> =>
  payment.refunds.map((refund) => (refund.id === refundId ? { ...refund, ...answer } : refund))

/** The pending refund that `event` answers. */
const pendingRefund = (
  payment: Ledger,
  event: PaymentEvent & { readonly refundId: RefundId }
): Refund =>
  pendingRefunds(payment).find(({ id }) => id === event.refundId) ?? impossible(payment, event)

const step = (payment: Payment, event: PaymentEvent): Payment =>
  Match.valueTags(event, {
    PaymentAuthorizationRequested: ({ amount, at, orderId, token }): Payment =>
      payment._tag !== "Absent"
        ? impossible(payment, event)
        : {
            _tag: "Authorizing",
            orderId,
            amount,
            token,
            authorized: 0,
            captured: 0,
            refunded: 0,
            attempts: [{ kind: "authorize", status: "pending", amount, at }],
            refunds: [],
            isUndoing: false
          },
    PaymentCustomerNeeded: ({ nextAction, reference }): Payment => ({
      ...ledger(payment, event, "Authorizing"),
      _tag: "AwaitingCustomer",
      reference,
      nextAction
    }),
    PaymentAuthorized: ({ at, reference }): Payment => {
      const before = ledger(payment, event, "Authorizing", "AwaitingCustomer")
      const attempts = answered(before, "authorize", { status: "succeeded", reference, at })
      return {
        ...before,
        _tag: "Authorized",
        authorized: before.amount.amountMinor,
        reference,
        attempts
      }
    },
    PaymentDeclined: ({ at, code }): Payment => {
      const before = ledger(payment, event, "Authorizing", "AwaitingCustomer")
      const attempts = answered(before, "authorize", { status: "failed", code, at })
      return { ...before, _tag: "Declined", code, attempts }
    },
    PaymentCaptureRequested: ({ at }): Payment => {
      const before = ledger(payment, event, "Authorized")
      return { ...before, _tag: "Capturing", attempts: asked(before, "capture", at) }
    },
    PaymentCaptured: ({ at, reference }): Payment => {
      const before = ledger(payment, event, "Capturing")
      const attempts = answered(before, "capture", { status: "succeeded", reference, at })
      return { ...before, _tag: "Captured", captured: before.amount.amountMinor, attempts }
    },
    PaymentCaptureFailed: ({ at, code }): Payment => {
      const before = ledger(payment, event, "Capturing")
      const attempts = answered(before, "capture", { status: "failed", code, at })
      return { ...before, _tag: "Authorized", code, attempts }
    },
    PaymentUndoRequested: (): Payment => ({
      ...ledger(payment, event, "Authorizing", "Capturing", "Captured"),
      isUndoing: true
    }),
    PaymentBarred: ({ amount, orderId }): Payment =>
      payment._tag === "Absent" ? { _tag: "Barred", orderId, amount } : impossible(payment, event),
    PaymentVoidRequested: ({ at }): Payment => {
      const before = ledger(payment, event, "Authorized", "AwaitingCustomer")
      return { ...before, _tag: "Voiding", attempts: asked(before, "void", at) }
    },
    PaymentVoided: ({ at, reference }): Payment => {
      const before = ledger(payment, event, "Voiding")
      // An authorisation the customer never finished ends with the void.
      const open = answered(before, "authorize", { status: "failed", code: "voided", at })
      const attempts = answered({ ...before, attempts: open }, "void", {
        status: "succeeded",
        reference,
        at
      })
      return { ...before, _tag: "Voided", attempts }
    },
    PaymentRefundRequested: ({ amount, at, reason, refundId }): Payment => {
      const before = ledger(payment, event, "Captured")
      const isUndo = before.isUndoing
      const refund: Refund = { id: refundId, status: "pending", amount, reason, isUndo, at }
      return { ...before, refunds: [...before.refunds, refund] }
    },
    PaymentRefunded: (event): Payment => {
      const before = ledger(payment, event, "Captured")
      const { amount, id } = pendingRefund(before, event)
      const { reference } = event
      return {
        ...before,
        refunded: before.refunded + amount.amountMinor,
        refunds: refundAnswered(before, id, { status: "succeeded", reference })
      }
    },
    PaymentRefundFailed: (event): Payment => {
      const before = ledger(payment, event, "Captured")
      const { id } = pendingRefund(before, event)
      const { code } = event
      return { ...before, refunds: refundAnswered(before, id, { status: "failed", code }) }
    }
  })

/** Applies `event`, and dies when 0 ≤ refunded ≤ captured ≤ authorised would no longer hold. */
export const evolve = (payment: Payment, event: PaymentEvent): Payment => {
  const after = step(payment, event)
  if (after._tag === "Absent" || after._tag === "Barred") return after
  const { authorized, captured, refunded } = after
  const isSound = 0 <= refunded && refunded <= captured && captured <= authorized
  if (!isSound || refundable(after).amountMinor < 0) {
    throw new Error(`${after.orderId}: ${refunded} of ${captured} of ${authorized} refunded`)
  }
  return after
}
