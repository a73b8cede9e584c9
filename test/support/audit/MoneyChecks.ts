/**
 * Whether the money adds up: the provider's own book against what the shop says of each payment.
 */
import type { LedgerEntry, Money, Payment } from "../Wire.ts"
import { type Check, difference, type AuditInput, groupBy, isKept } from "./AuditInput.ts"
import { unheard } from "./LedgerChecks.ts"

const succeeded = ({ ledger }: AuditInput): ReadonlyArray<LedgerEntry> =>
  ledger.filter(({ status }) => status === "succeeded")

const line = (key: string, kind: string, { amountMinor, currency }: Money): string =>
  `${key} ${kind} ${amountMinor} ${currency}`

/** What the shop believes to have succeeded, under the keys it gives the provider. */
const believed = ([orderId, { attempts, refunds }]: [string, Payment]): ReadonlyArray<string> => [
  ...attempts
    .filter(({ status }) => status === "succeeded")
    .map(({ amount, kind }) => line(`${orderId}/${kind}`, kind, amount)),
  ...refunds
    .filter(({ status }) => status === "succeeded")
    .map(({ amount, id }) => line(`${orderId}/refund/${id}`, "refund", amount))
]

const once: Check = {
  says: "an order is authorised, captured and voided at most once in the provider's book (I-31)",
  find: (auditInput) =>
    [...groupBy(succeeded(auditInput), ({ kind, orderId }) => `${orderId} ${kind}`)].flatMap(
      ([name, { length }]) =>
        length > 1 && !name.endsWith(" refund") ? [`${name} succeeded ${length} times`] : []
    )
}

const same: Check = {
  says: "the provider's book and the shop's payments hold the same successes (I-33)",
  find: (auditInput) => {
    const apart = unheard(auditInput)
    const book = succeeded(auditInput)
      .filter(({ kind, orderId }) => kind !== "authorize" || !apart.has(orderId))
      .map(({ amount, idempotencyKey, kind }) => line(idempotencyKey, kind, amount))
    const shop = [...auditInput.payments].flatMap(believed)
    return [
      ...difference(book, shop).map((text) => `only the provider knows: ${text}`),
      ...difference(shop, book).map((text) => `only the shop knows: ${text}`)
    ]
  }
}

const sumOf = (entries: ReadonlyArray<LedgerEntry>, kind: LedgerEntry["kind"]): number =>
  entries
    .filter((entry) => entry.kind === kind)
    .reduce((sum, { amount }) => sum + amount.amountMinor, 0)

const equal: Check = {
  says: "captured, refunded and what is left of them are the same in both books",
  find: (auditInput) => {
    const byOrder = groupBy(succeeded(auditInput), ({ orderId }) => orderId)
    return [...auditInput.payments].flatMap(([orderId, { captured, refundable, refunded }]) => {
      const entries = byOrder.get(orderId) ?? []
      const [taken, given] = [sumOf(entries, "capture"), sumOf(entries, "refund")]
      const book = `captured ${taken}, refunded ${given}, left ${taken - given}`
      const shop = `captured ${captured.amountMinor}, refunded ${refunded.amountMinor}, left ${
        refundable.amountMinor
      }`
      return book === shop ? [] : [`${orderId}: the provider ${book}; the shop ${shop}`]
    })
  }
}

const bounded: Check = {
  says: "0 ≤ refunded ≤ captured ≤ authorised for each payment (I-30)",
  find: ({ payments }) =>
    [...payments].flatMap(([orderId, { authorized, captured, refunded }]) => {
      const amounts = [0, refunded.amountMinor, captured.amountMinor, authorized.amountMinor]
      const isSound = amounts.every((amount, index) => amount >= (amounts[index - 1] ?? 0))
      return isSound ? [] : [`${orderId}: ${amounts.join(" ≤ ")} is not so`]
    })
}

const settled: Check = {
  says: "a kept order is paid in full, and a cancelled one holds no money (I-22)",
  find: (auditInput) => {
    const byOrder = groupBy(succeeded(auditInput), ({ orderId }) => orderId)
    return [...auditInput.orders.values()].flatMap(({ id, status, total }) => {
      const entries = byOrder.get(id) ?? []
      const [taken, given] = [sumOf(entries, "capture"), sumOf(entries, "refund")]
      const authorised = sumOf(entries, "authorize")
      if (isKept(status)) {
        const isPaid = taken === total.amountMinor && authorised === total.amountMinor
        return isPaid ? [] : [`${id}: ${taken} of ${total.amountMinor} captured`]
      }
      const isOpen = authorised > 0 && taken === 0 && sumOf(entries, "void") === 0
      return [
        ...(taken === given ? [] : [`${id} (${status}) keeps ${taken - given}`]),
        ...(isOpen ? [`${id} (${status}) still has ${authorised} authorised`] : [])
      ]
    })
  }
}

const answered: Check = {
  says: "nothing asked of the provider is still open",
  find: ({ payments }) =>
    [...payments].flatMap(([orderId, { attempts, refunds }]) =>
      [...attempts.map(({ kind, status }) => ({ kind, status })), ...refunds]
        .filter(({ status }) => status === "pending")
        .map((open) => `${orderId}: ${"kind" in open ? open.kind : open.id} is pending`)
    )
}

const ours: Check = {
  says: "the provider was asked for no order but ours",
  find: ({ ledger, orders }) =>
    ledger.flatMap(({ id, orderId }) =>
      orders.has(orderId) ? [] : [`entry ${id} is about ${orderId}, which does not exist`]
    )
}

export const moneyChecks: ReadonlyArray<Check> = [
  once,
  same,
  equal,
  bounded,
  settled,
  answered,
  ours
]
