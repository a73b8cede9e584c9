/** What each event does to a payment's ledger; the sums are checked again as they are written. */
import { evolveBy, impossible } from "../kernel/Decider.ts"
import type { RefundId } from "../kernel/Ids.ts"
import { isEqual } from "../kernel/Money.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { PaymentEvent } from "./PaymentEvent.ts"
import {
  type Attempt,
  isClosing,
  isMismatched,
  type Ledger,
  openSteps,
  type Payment,
  pendingRefunds,
  type Refund,
  refundable
} from "./PaymentState.ts"

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
  kind: Attempt["kind"],
  reason: Attempt["reason"],
  at: Timestamp
): ReadonlyArray<Attempt> => [
  ...payment.attempts,
  { kind, status: "pending", amount: payment.amount, reason, at }
]

/** The last attempt of this kind, answered. */
const answered = (
  payment: Ledger,
  kind: Attempt["kind"],
  answer: Pick<Attempt, "status" | "at"> & { reference?: string; code?: string }
): ReadonlyArray<Attempt> =>
  payment.attempts.map((attempt) =>
    attempt.kind === kind && attempt.status === "pending" ? { ...attempt, ...answer } : attempt
  )

const refundAnswered = (
  payment: Ledger,
  refundId: RefundId,
  answer: Pick<Refund, "status"> & Pick<Partial<Refund>, "reference" | "code" | "returnedAt">
): ReadonlyArray<Refund> =>
  payment.refunds.map((refund) => (refund.id === refundId ? { ...refund, ...answer } : refund))

/** The pending refund that `event` answers. */
const pendingRefund = (
  payment: Ledger,
  event: PaymentEvent & { readonly refundId: RefundId }
): Refund =>
  pendingRefunds(payment).find(({ id }) => id === event.refundId) ?? impossible(payment, event)

const step = evolveBy<Payment, PaymentEvent>({
  PaymentAuthorizationRequested: (payment, event) => {
    if (payment._tag !== "Absent") return impossible(payment, event)
    const { amount, at, orderId, token } = event
    return {
      _tag: "Authorizing",
      orderId,
      amount,
      token,
      authorized: 0,
      captured: 0,
      refunded: 0,
      attempts: [{ kind: "authorize", status: "pending", amount, reason: "order_placed", at }],
      refunds: [],
      mismatches: [],
      isUndoing: false
    }
  },
  PaymentActionRequired: (payment, event) => {
    const { at, reference } = event
    const { type } = event.nextAction
    const before = ledger(payment, event, "Authorizing")
    const attempts = answered(before, "authorize", { status: "pending", reference, at })
    return { ...before, _tag: "AwaitingCustomer", reference, nextAction: { type }, attempts }
  },
  PaymentAuthorized: (payment, event) => {
    const { at, reference } = event
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
  PaymentDeclined: (payment, event) => {
    const { at, code } = event
    const before = ledger(payment, event, "Authorizing", "AwaitingCustomer")
    const attempts = answered(before, "authorize", { status: "failed", code, at })
    return { ...before, _tag: "Declined", code, attempts }
  },
  PaymentCaptureRequested: (payment, event) => {
    const { at } = event
    const before = ledger(payment, event, "Authorized")
    return {
      ...before,
      _tag: "Capturing",
      attempts: asked(before, "capture", "parcel_booked", at)
    }
  },
  PaymentCaptured: (payment, event) => {
    const { at, reference } = event
    const before = ledger(payment, event, "Capturing")
    const attempts = answered(before, "capture", { status: "succeeded", reference, at })
    return { ...before, _tag: "Captured", captured: before.amount.amountMinor, attempts }
  },
  PaymentCaptureFailed: (payment, event) => {
    const { at, code } = event
    const before = ledger(payment, event, "Capturing")
    const attempts = answered(before, "capture", { status: "failed", code, at })
    return { ...before, _tag: "Authorized", code, attempts }
  },
  PaymentUndoRequested: (payment, event) => ({
    ...ledger(payment, event, "Authorizing", "Capturing", "Captured"),
    isUndoing: true
  }),
  PaymentBlocked: (payment, event) =>
    payment._tag === "Absent"
      ? { _tag: "Barred", orderId: event.orderId, amount: event.amount }
      : impossible(payment, event),
  PaymentVoidRequested: (payment, event) => {
    const { at, reason } = event
    const isDecline = reason === "declined"
    const before = isDecline
      ? ledger(payment, event, "Declined")
      : ledger(payment, event, "Authorized", "AwaitingCustomer")
    const attempts = asked(before, "void", reason ?? "order_cancelled", at)
    // To its order a declined payment is over: it closes the provider's object by itself.
    return { ...before, _tag: isDecline ? "Declined" : "Voiding", attempts }
  },
  PaymentVoided: (payment, event) => {
    const { at, reference } = event
    const before = ledger(payment, event, "Voiding", "Declined")
    if (before._tag === "Declined" && !isClosing(before)) return impossible(payment, event)
    // An authorisation the customer never finished ends with the void.
    const open = answered(before, "authorize", { status: "failed", code: "voided", at })
    const attempts = answered({ ...before, attempts: open }, "void", {
      status: "succeeded",
      reference,
      at
    })
    return { ...before, _tag: before._tag === "Declined" ? "Declined" : "Voided", attempts }
  },
  PaymentRefundRequested: (payment, event) => {
    const { amount, at, reason, refundId, who } = event
    const before = ledger(payment, event, "Captured")
    const refund: Refund = {
      id: refundId,
      status: "pending",
      amount,
      reason,
      isUndo: before.isUndoing && who === undefined,
      ...(who === undefined ? {} : { who }),
      at
    }
    return { ...before, refunds: [...before.refunds, refund] }
  },
  PaymentRefunded: (payment, event) => {
    const before = ledger(payment, event, "Captured")
    const { amount, id } = pendingRefund(before, event)
    const { reference } = event
    return {
      ...before,
      refunded: before.refunded + amount.amountMinor,
      refunds: refundAnswered(before, id, { status: "succeeded", reference })
    }
  },
  PaymentRefundFailed: (payment, event) => {
    const before = ledger(payment, event, "Captured")
    const { id } = pendingRefund(before, event)
    const { code } = event
    return { ...before, refunds: refundAnswered(before, id, { status: "failed", code }) }
  },
  PaymentRefundReturned: (payment, event) => {
    const before = ledger(payment, event, "Captured")
    const { amount, at: returnedAt, code, refundId } = event
    const given = before.refunds.find(({ id }) => id === refundId)
    const isSame = given !== undefined && isEqual(given.amount, amount)
    if (!isSame || given.status !== "succeeded") return impossible(payment, event)
    return {
      ...before,
      refunded: before.refunded - amount.amountMinor,
      refunds: refundAnswered(before, refundId, { status: "failed", code, returnedAt })
    }
  },
  PaymentMismatched: (payment, event) => {
    const { _tag, ...mismatch } = event
    if (payment._tag === "Absent" || payment._tag === "Barred") return impossible(payment, event)
    const isNew = !isMismatched(payment, event.step)
    if (!isNew || !openSteps(payment).includes(event.step)) return impossible(payment, event)
    return { ...payment, mismatches: [...payment.mismatches, mismatch] }
  }
})

/** A mismatch lasts as long as its request is open: an answer is a request both books agree on. */
const withoutSettled = (payment: Ledger): Ledger => {
  if (payment.mismatches.length === 0) return payment
  const open = new Set(openSteps(payment))
  return { ...payment, mismatches: payment.mismatches.filter(({ step }) => open.has(step)) }
}

/** Applies `event`, and dies when 0 ≤ refunded ≤ captured ≤ authorised would no longer hold. */
export const evolve = (payment: Payment, event: PaymentEvent): Payment => {
  const after = step(payment, event)
  if (after._tag === "Absent" || after._tag === "Barred") return after
  const { authorized, captured, refunded } = after
  const isSound = 0 <= refunded && refunded <= captured && captured <= authorized
  if (!isSound || refundable(after).amountMinor < 0) {
    throw new Error(`${after.orderId}: ${refunded} of ${captured} of ${authorized} refunded`)
  }
  return withoutSettled(after)
}
