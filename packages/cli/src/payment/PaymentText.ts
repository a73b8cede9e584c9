/** Payments as people read them. */
import * as Money from "@souk/domain/kernel/Money"
import type { PaymentAttempt, PaymentView, RefundView } from "@souk/domain/payment/PaymentView"
import type { Paint } from "../Output.ts"
import { type Columns, moment, pairs, printable, table } from "../Table.ts"

/** How a request to the provider stands, in its colour. */
const painted = ({ status }: Pick<RefundView, "status">): keyof Paint => {
  switch (status) {
    case "pending":
      return "busy"
    case "succeeded":
      return "good"
    case "failed":
      return "bad"
  }
}

export const refundColumns: Columns<RefundView> = [
  { title: "REFUND", cell: ({ id }) => id },
  {
    title: "STATUS",
    cell: ({ returnedAt, status }) => (returnedAt === undefined ? status : "returned"),
    paint: painted
  },
  { title: "AMOUNT", cell: ({ amount }) => Money.format(amount), isNumber: true },
  { title: "ASKED FOR", cell: ({ at }) => moment(at) },
  { title: "CODE", cell: ({ code }) => code ?? "-" },
  { title: "REASON", cell: ({ reason }) => reason }
]

const attemptColumns: Columns<PaymentAttempt> = [
  { title: "ASKED TO", cell: ({ kind }) => kind },
  { title: "STATUS", cell: ({ status }) => status, paint: painted },
  { title: "AMOUNT", cell: ({ amount }) => Money.format(amount), isNumber: true },
  { title: "AT", cell: ({ at }) => moment(at) },
  { title: "CODE", cell: ({ code }) => code ?? "-" },
  { title: "PROVIDER'S NAME", cell: ({ reference }) => reference ?? "-" }
]

const amounts = (payment: PaymentView): ReadonlyArray<readonly [string, string]> => {
  const { authorized, captured, refundable, refunded } = payment
  const texts = { authorized, captured, refunded, "left to refund": refundable }
  const columns = Math.max(...Object.values(texts).map((money) => Money.format(money).length))
  return Object.entries(texts).map(([name, money]) => [name, Money.format(money).padStart(columns)])
}

/** A payment, whole. */
export const inWords = (payment: PaymentView, paint: Paint): string => {
  const { attempts, declineCode, mismatches, nextAction, orderId, refunds, status } = payment
  const facts = pairs([
    ["payment", payment.id],
    ["order", orderId],
    ["status", status.replaceAll("_", " ")],
    ...(declineCode === undefined ? [] : [["declined", printable(declineCode)] as const]),
    ...(nextAction === undefined ? [] : [["customer has to", printable(nextAction.type)] as const]),
    ...amounts(payment),
    ...mismatches.map(
      ({ detail, reference }) =>
        ["books disagree", `${printable(reference)} is ${printable(detail)}`] as const
    ),
    ...refunds.flatMap(({ amount, returnedAt }) => {
      if (returnedAt === undefined) return []
      const what = `${Money.format(amount)} of a refund, on ${moment(returnedAt)}`
      return [["sent back to us", what] as const]
    })
  ]).join("\n")
  return [
    facts,
    ...(attempts.length === 0 ? [] : [table(attemptColumns, attempts, paint)]),
    ...(refunds.length === 0 ? [] : [table(refundColumns, refunds, paint)])
  ].join("\n\n")
}
