/** Payments as people read them. */
import * as Money from "@souk/domain/kernel/Money"
import type { PaymentAttempt, PaymentView, RefundView } from "@souk/domain/payment/PaymentView"
import type { Paint } from "../Output.ts"
import { lines, moment, pairs, printable } from "../Table.ts"

/** How a request to the provider stands, in its colour. */
const painted = (paint: Paint, status: RefundView["status"]) => (cell: string) => {
  switch (status) {
    case "pending":
      return paint.busy(cell)
    case "succeeded":
      return paint.good(cell)
    case "failed":
      return paint.bad(cell)
  }
}

/** One line per refund, under a title. */
export const refundTable = (refunds: ReadonlyArray<RefundView>, paint: Paint): string => {
  const [title, ...rows] = lines<RefundView>(
    [
      { title: "REFUND", cell: ({ id }) => id },
      {
        title: "STATUS",
        cell: ({ returnedAt, status }) => (returnedAt === undefined ? status : "returned"),
        paint: (cell, { status }) => painted(paint, status)(cell)
      },
      { title: "AMOUNT", cell: ({ amount }) => Money.format(amount), isNumber: true },
      { title: "ASKED FOR", cell: ({ at }) => moment(at) },
      { title: "CODE", cell: ({ code }) => code ?? "-" },
      { title: "REASON", cell: ({ reason }) => reason }
    ],
    refunds
  )
  return [paint.bold(title), ...rows].join("\n")
}

const attemptTable = (attempts: ReadonlyArray<PaymentAttempt>, paint: Paint): string => {
  const [title, ...rows] = lines<PaymentAttempt>(
    [
      { title: "ASKED TO", cell: ({ kind }) => kind },
      {
        title: "STATUS",
        cell: ({ status }) => status,
        paint: (cell, { status }) => painted(paint, status)(cell)
      },
      { title: "AMOUNT", cell: ({ amount }) => Money.format(amount), isNumber: true },
      { title: "AT", cell: ({ at }) => moment(at) },
      { title: "CODE", cell: ({ code }) => code ?? "-" },
      { title: "PROVIDER'S NAME", cell: ({ reference }) => reference ?? "-" }
    ],
    attempts
  )
  return [paint.bold(title), ...rows].join("\n")
}

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
    ...(attempts.length === 0 ? [] : [attemptTable(attempts, paint)]),
    ...(refunds.length === 0 ? [] : [refundTable(refunds, paint)])
  ].join("\n\n")
}
