/** The states of a payment, and the sums that follow from them. */
import { Option, Struct } from "effect"
import type { OrderId, RefundId } from "../kernel/Ids.ts"
import * as Money from "../kernel/Money.ts"
import type { NextAction } from "../kernel/NextAction.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { PaymentAttempt, PaymentStatus, PaymentView, RefundView } from "./PaymentView.ts"

export interface Refund {
  readonly id: RefundId
  readonly status: "pending" | "succeeded" | "failed"
  readonly amount: Money.Money
  readonly reason: string
  /** Asked for by a cancelled order, not by a person. */
  readonly isUndo: boolean
  readonly reference?: string
  readonly code?: string
  readonly at: Timestamp
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
  readonly attempts: ReadonlyArray<PaymentAttempt>
  readonly refunds: ReadonlyArray<Refund>
  /** The order was given up: whatever the provider still answers is to be undone. */
  readonly isUndoing: boolean
  /** The provider's name for the authorisation, by which it finds the money again. */
  readonly reference?: string
  /** What the customer has to do, while the payment awaits them. */
  readonly nextAction?: NextAction
  /** Why the provider said no, to the authorisation or to the capture. */
  readonly code?: string
}

export type Payment =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Barred"; readonly orderId: OrderId; readonly amount: Money.Money }
  | Ledger

export const pendingRefunds = (payment: Ledger): ReadonlyArray<Refund> =>
  payment.refunds.filter(({ status }) => status === "pending")

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

const refundView = (refund: Refund): RefundView => Struct.omit(refund, "isUndo")

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
    return Option.some({ ...common, ...none, attempts: [], refunds: [] })
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
    attempts: payment.attempts,
    refunds: payment.refunds.map(refundView)
  })
}
