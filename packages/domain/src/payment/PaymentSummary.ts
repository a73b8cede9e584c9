/** One payment in a list: its sums, and its open requests. */
import { Schema } from "effect"
import { evolveBy } from "../kernel/Decider.ts"
import { OrderId } from "../kernel/Ids.ts"
import * as Money from "../kernel/Money.ts"
import { Timestamp } from "../kernel/Timestamp.ts"
import type { PaymentEvent } from "./PaymentEvent.ts"
import { PaymentStatus } from "./PaymentView.ts"

/** A request without a final outcome. */
export const OpenRequest = Schema.Struct({
  /** `authorize`, `capture`, `void`, or `refund/` and the refund's id. */
  step: Schema.String,
  amount: Money.Money,
  since: Timestamp
})
export type OpenRequest = typeof OpenRequest.Type

export const PaymentSummary = Schema.Struct({
  orderId: OrderId,
  status: PaymentStatus,
  /** What the order costs. */
  amount: Money.Money,
  authorized: Money.Money,
  captured: Money.Money,
  refunded: Money.Money,
  /** The sum of refunds that banks returned: a person must resolve them. */
  returned: Schema.optionalWith(Money.Money, { exact: true }),
  /** Oldest first. */
  open: Schema.Array(OpenRequest),
  updatedAt: Timestamp
})
export type PaymentSummary = typeof PaymentSummary.Type

const asked = (
  { amount, open }: PaymentSummary,
  step: string,
  since: Timestamp,
  part = amount
): Pick<PaymentSummary, "open"> => ({ open: [...open, { step, amount: part, since }] })

const answered = ({ open }: PaymentSummary, ...steps: ReadonlyArray<string>) => ({
  open: open.filter(({ step }) => !steps.includes(step))
})

/** The status of captured money, by how much was refunded. */
const refundedStatus = (refunded: Money.Money, captured: Money.Money): PaymentStatus => {
  if (refunded.amountMinor === 0) return "captured"
  return refunded.amountMinor === captured.amountMinor ? "refunded" : "partially_refunded"
}

const refunded = (before: PaymentSummary, refundId: string): Partial<PaymentSummary> => {
  const step = `refund/${refundId}`
  const amounts = before.open.filter((request) => request.step === step).map(({ amount }) => amount)
  const refunded = Money.sum(before.amount.currency, [before.refunded, ...amounts])
  const status = refundedStatus(refunded, before.captured)
  return { ...answered(before, step), refunded, status }
}

const begun = (
  { amount, at, orderId }: Pick<PaymentSummary, "amount" | "orderId"> & { readonly at: Timestamp },
  status: PaymentStatus
): PaymentSummary => {
  const nothing = Money.zero(amount.currency)
  const sums = { authorized: nothing, captured: nothing, refunded: nothing }
  return { orderId, status, amount, ...sums, open: [], updatedAt: at }
}

const change = evolveBy<PaymentSummary, PaymentEvent, Partial<PaymentSummary>>({
  PaymentAuthorizationRequested: () => ({}),
  PaymentBlocked: () => ({}),
  PaymentUndoRequested: () => ({}),
  PaymentActionRequired: () => ({ status: "requires_action" }),
  PaymentAuthorized: (before) => ({
    ...answered(before, "authorize"),
    status: "authorized",
    authorized: before.amount
  }),
  PaymentDeclined: (before) => ({
    ...answered(before, "authorize"),
    status: "declined"
  }),
  PaymentCaptureRequested: (before, { at }) => asked(before, "capture", at),
  PaymentCaptured: (before) => ({
    ...answered(before, "capture"),
    status: "captured",
    captured: before.amount
  }),
  PaymentCaptureFailed: (before) => answered(before, "capture"),
  // An authorisation the customer never finished is not waited for any more, but let go of.
  PaymentVoidRequested: (before, { at }) => ({
    ...asked({ ...before, ...answered(before, "authorize") }, "void", at),
    ...(before.status === "declined" ? {} : { status: "voiding" })
  }),
  PaymentVoided: (before) => ({
    ...answered(before, "void"),
    ...(before.status === "declined" ? {} : { status: "voided" })
  }),
  PaymentRefundRequested: (before, { amount, at, refundId }) =>
    asked(before, `refund/${refundId}`, at, amount),
  PaymentRefunded: (before, { refundId }) => refunded(before, refundId),
  PaymentRefundFailed: (before, { refundId }) => answered(before, `refund/${refundId}`),
  PaymentRefundReturned: (before, { amount }) => {
    const { currency } = amount
    const refunded = Money.of(before.refunded.amountMinor - amount.amountMinor, currency)
    const returned = Money.sum(currency, [before.returned ?? Money.zero(currency), amount])
    return { refunded, returned, status: refundedStatus(refunded, before.captured) }
  },
  // Still open: the provider's answer contradicts the request.
  PaymentMismatched: () => ({})
})

/**
 * The summary after `event`. It agrees with the payment's view of the same history, and needs only
 * itself and the event, as a read model does.
 */
export const summarize = (
  before: PaymentSummary | undefined,
  event: PaymentEvent
): PaymentSummary | undefined => {
  if (event._tag === "PaymentBlocked") return begun(event, "cancelled")
  if (event._tag === "PaymentAuthorizationRequested") {
    const summary = begun(event, "pending")
    return { ...summary, ...asked(summary, "authorize", event.at) }
  }
  // Nothing else can be the first event of a payment.
  return before && { ...before, ...change(before, event), updatedAt: event.at }
}

/** A sum over many payments: it may exceed what one amount may be. */
const Sum = Schema.Struct({ amountMinor: Schema.Int, currency: Money.Currency })

/** The captured and refunded sums of one currency; `revenue = captured − refunded`. */
export const CurrencyTotal = Schema.Struct({
  /** How many payments there are, of whatever status. */
  payments: Schema.Int,
  captured: Sum,
  refunded: Sum,
  revenue: Sum
})
export type CurrencyTotal = typeof CurrencyTotal.Type
