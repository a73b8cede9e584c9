/** The states of a payment, and the sums that follow from them. */
import { Option } from "effect"
import type { OrderId, RefundId } from "../kernel/Ids.ts"
import * as Money from "../kernel/Money.ts"
import type { ActionNeeded } from "../kernel/NextAction.ts"
import { streamId } from "../kernel/Aggregate.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type {
  PaymentAttempt,
  PaymentMismatch,
  PaymentStatus,
  PaymentView,
  RefundView
} from "./PaymentView.ts"
import { evolveBy, impossible } from "../kernel/Decider.ts"
import { isEqual } from "../kernel/Money.ts"
import type { PaymentEvent } from "./PaymentEvent.ts"

/** An attempt, without the fields that follow from its kind. */
export type Attempt = Omit<PaymentAttempt, "actor" | "idempotencyKey">

/** The provider's data contradict the request of this step. */
interface Mismatch extends Omit<PaymentMismatch, "idempotencyKey"> {
  readonly step: string
}

export interface Refund {
  readonly id: RefundId
  readonly status: "pending" | "succeeded" | "failed"
  readonly amount: Money.Money
  readonly reason: string
  /** Requested by a cancelled order, not by a person. */
  readonly isUndo: boolean
  readonly who?: string
  readonly reference?: string
  readonly code?: string
  readonly at: Timestamp
  /** When the bank returned it after it had succeeded. */
  readonly returnedAt?: Timestamp
}

/** The data of a payment after its first request to the provider. */
export interface Ledger {
  readonly _tag:
    | "Authorizing"
    | "AwaitingCustomer"
    | "Authorized"
    | "Declined"
    | "Capturing"
    | "Captured"
    | "Voiding"
    | "Voided"
  readonly orderId: OrderId
  readonly amount: Money.Money
  readonly token: string
  /** Minor units, so that 0 ≤ refunded ≤ captured ≤ authorised can be read off. */
  readonly authorized: number
  readonly captured: number
  readonly refunded: number
  readonly attempts: ReadonlyArray<Attempt>
  readonly refunds: ReadonlyArray<Refund>
  readonly mismatches: ReadonlyArray<Mismatch>
  /** The order was cancelled: later successes are compensated. */
  readonly isUndoing: boolean
  /** The provider's reference of the authorisation. */
  readonly reference?: string
  /** The action required of the customer, while the payment waits for it. */
  readonly nextAction?: ActionNeeded
  /** The decline code of the authorisation or the capture. */
  readonly code?: string
}

export type Payment =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Barred"; readonly orderId: OrderId; readonly amount: Money.Money }
  | Ledger

export const pendingRefunds = (payment: Ledger): ReadonlyArray<Refund> =>
  payment.refunds.filter(({ status }) => status === "pending")

/** Whether the object of a declined authorisation must be closed, so that it cannot succeed yet. */
export const isClosing = (payment: Ledger): boolean =>
  payment._tag === "Declined" &&
  payment.attempts.some(({ kind, status }) => kind === "void" && status === "pending")

/** The one request to the provider that this state is named for. */
export const openStep = (
  payment: Ledger
): "authorize" | "check" | "capture" | "void" | undefined => {
  switch (payment._tag) {
    case "Authorizing":
      return "authorize"
    // The customer may have returned without a webhook.
    case "AwaitingCustomer":
      return "check"
    case "Capturing":
      return "capture"
    case "Voiding":
      return "void"
    case "Declined":
      return isClosing(payment) ? "void" : undefined
    default:
      return undefined
  }
}

export const refundStep = (refundId: RefundId): string => `refund/${refundId}`

/** Every request to the provider without an outcome. */
export const openSteps = (payment: Ledger): ReadonlyArray<string> => {
  const step = openStep(payment)
  const refunds = pendingRefunds(payment).map(({ id }) => refundStep(id))
  return step === undefined ? refunds : [step, ...refunds]
}

export const isMismatched = (payment: Ledger, step: string): boolean =>
  payment.mismatches.some((mismatch) => mismatch.step === step)

/** The idempotency key of a step at the provider; a lookup has the key of its request. */
export const keyOf = (orderId: OrderId, step: string): string =>
  `${orderId}/${step === "check" ? "authorize" : step}`

/** `captured − refunded − pending`. */
export const refundable = (payment: Ledger): Money.Money => {
  const { amountMinor } = Money.sum(
    payment.amount.currency,
    pendingRefunds(payment).map(({ amount }) => amount)
  )
  return Money.of(payment.captured - payment.refunded - amountMinor, payment.amount.currency)
}

export const statusOf = (payment: Payment): PaymentStatus => {
  switch (payment._tag) {
    case "Absent":
    case "Authorizing":
      return "pending"
    case "AwaitingCustomer":
      return "requires_action"
    case "Barred":
      return "cancelled"
    case "Authorized":
    case "Capturing":
      return "authorized"
    case "Declined":
      return "declined"
    case "Captured":
      if (payment.refunded === 0) return "captured"
      return payment.refunded === payment.captured ? "refunded" : "partially_refunded"
    case "Voiding":
      return "voiding"
    case "Voided":
      return "voided"
  }
}

const refundView = ({ orderId }: Ledger, refund: Refund): RefundView => {
  const { isUndo, who, ...rest } = refund
  const actor = who ?? (isUndo ? streamId("order", orderId) : undefined)
  const idempotencyKey = keyOf(orderId, refundStep(refund.id))
  return { ...rest, ...(actor === undefined ? {} : { actor }), idempotencyKey }
}

const attemptView = ({ orderId }: Ledger, attempt: Attempt): PaymentAttempt => {
  const isOwn = attempt.reason === "late_success" || attempt.reason === "declined"
  const actor = streamId(isOwn ? "payment" : "order", orderId)
  return { ...attempt, actor, idempotencyKey: keyOf(orderId, attempt.kind) }
}

const mismatchView = ({ orderId }: Ledger, { step, ...mismatch }: Mismatch): PaymentMismatch => ({
  ...mismatch,
  idempotencyKey: keyOf(orderId, step)
})

/** The public view; none before the first event. */
export const view = (payment: Payment): Option.Option<PaymentView> => {
  if (payment._tag === "Absent") return Option.none()
  const { currency } = payment.amount
  const common = {
    id: `pay_${payment.orderId.slice(4)}`,
    orderId: payment.orderId,
    status: statusOf(payment)
  }
  const nothing = Money.zero(currency)
  if (payment._tag === "Barred") {
    const none = { authorized: nothing, captured: nothing, refunded: nothing, refundable: nothing }
    return Option.some({ ...common, ...none, attempts: [], refunds: [], mismatches: [] })
  }
  return Option.some({
    ...common,
    authorized: Money.of(payment.authorized, currency),
    captured: Money.of(payment.captured, currency),
    refunded: Money.of(payment.refunded, currency),
    refundable: refundable(payment),
    ...(payment.code === undefined ? {} : { declineCode: payment.code }),
    ...(payment._tag === "AwaitingCustomer" && payment.nextAction !== undefined
      ? { nextAction: payment.nextAction }
      : {}),
    attempts: payment.attempts.map((attempt) => attemptView(payment, attempt)),
    refunds: payment.refunds.map((refund) => refundView(payment, refund)),
    mismatches: payment.mismatches.map((mismatch) => mismatchView(payment, mismatch))
  })
}

// `evolve` checks the sums of the ledger again with each event.

/** The ledger in one of the states `tags`; dies on any other, in which `event` is impossible. */
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
    // For its order a declined payment is over: the payment closes the provider's object.
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

/** A mismatch lasts as long as its request is open: an outcome means that both sides agree. */
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
