/** The states of a payment, and the sums that follow from them. */
import { Option } from "effect"
import type { OrderId, RefundId } from "../kernel/Ids.ts"
import * as Money from "../kernel/Money.ts"
import type { ActionNeeded } from "../kernel/NextAction.ts"
import { streamId } from "../kernel/StreamId.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type {
  PaymentAttempt,
  PaymentMismatch,
  PaymentStatus,
  PaymentView,
  RefundView
} from "./PaymentView.ts"

/** An attempt, without what follows from its kind. */
export type Attempt = Omit<PaymentAttempt, "actor" | "idempotencyKey">

/** The provider's books disagree with ours about the request of this step. */
export interface Mismatch extends Omit<PaymentMismatch, "idempotencyKey"> {
  readonly step: string
}

export interface Refund {
  readonly id: RefundId
  readonly status: "pending" | "succeeded" | "failed"
  readonly amount: Money.Money
  readonly reason: string
  /** Asked for by a cancelled order, not by a person. */
  readonly isUndo: boolean
  readonly who?: string
  readonly reference?: string
  readonly code?: string
  readonly at: Timestamp
  /** When the bank sent it back, having taken it at first. */
  readonly returnedAt?: Timestamp
}

/** Everything a payment knows once the provider was asked for the first time. */
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
  /** The order was given up: whatever the provider still answers is to be undone. */
  readonly isUndoing: boolean
  /** The provider's name for the authorisation, by which it finds the money again. */
  readonly reference?: string
  /** What the customer has to do, while the payment awaits them. */
  readonly nextAction?: ActionNeeded
  /** Why the provider said no, to the authorisation or to the capture. */
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
    // The customer may have come back without anybody telling us.
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

/** Every request to the provider that is in the journal and not answered yet. */
export const openSteps = (payment: Ledger): ReadonlyArray<string> => {
  const step = openStep(payment)
  const refunds = pendingRefunds(payment).map(({ id }) => refundStep(id))
  return step === undefined ? refunds : [step, ...refunds]
}

export const isMismatched = (payment: Ledger, step: string): boolean =>
  payment.mismatches.some((mismatch) => mismatch.step === step)

/** The provider's idempotency key of a step: a look at a request goes by the key of the request. */
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

/** What outsiders may see; nothing before the payment was first heard of. */
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
