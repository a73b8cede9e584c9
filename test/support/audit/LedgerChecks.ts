/**
 * Three books of the same money: the journal, the list that is made from it, and the provider's.
 * Nothing here asks the shop what it thinks of a payment; the journal is read event by event.
 */
import { Schema } from "effect"
import { type JournalEvent, type LedgerEntry, Money } from "../Wire.ts"
import {
  type Check,
  difference,
  type AuditInput,
  eventsOf,
  groupBy,
  streamOf
} from "./AuditInput.ts"

const Asked = Schema.Struct({ amount: Money })
const Refund = Schema.Struct({ refundId: Schema.String })
const Answer = Schema.Struct({ reference: Schema.String })

const payloadOf = <A, I>(schema: Schema.Schema<A, I>, { payload }: JournalEvent): A =>
  Schema.decodeUnknownSync(schema)(payload)

/** Money that moved, or was held or let go: what both books must have, counted. */
interface Moved {
  readonly orderId: string
  readonly key: string
  readonly kind: LedgerEntry["kind"]
  readonly amount: Money
}

const line = ({ amount, key, kind }: Moved): string =>
  `${key} ${kind} ${amount.amountMinor} ${amount.currency}`

const steps: Readonly<Record<string, LedgerEntry["kind"]>> = {
  PaymentAuthorized: "authorize",
  PaymentCaptured: "capture",
  PaymentVoided: "void"
}

/** What one payment's stream says has succeeded at the provider. */
const movedBy = (events: ReadonlyArray<JournalEvent>): ReadonlyArray<Moved> => {
  let total: Money | undefined
  const refunds = new Map<string, Money>()
  return events.flatMap((event): ReadonlyArray<Moved> => {
    const orderId = streamOf(event).id
    const kind = steps[event.type]
    if (event.type === "PaymentAuthorizationRequested") total = payloadOf(Asked, event).amount
    if (event.type === "PaymentRefundRequested") {
      refunds.set(payloadOf(Refund, event).refundId, payloadOf(Asked, event).amount)
    }
    if (event.type === "PaymentRefunded") {
      const { refundId } = payloadOf(Refund, event)
      const amount = refunds.get(refundId)
      const key = `${orderId}/refund/${refundId}`
      return amount === undefined ? [] : [{ orderId, key, kind: "refund", amount }]
    }
    if (kind === undefined || total === undefined) return []
    // What had lapsed by itself left nothing to void.
    if (kind === "void" && payloadOf(Answer, event).reference === "lapsed") return []
    return [{ orderId, key: `${orderId}/${kind}`, kind, amount: total }]
  })
}

const inJournal = (auditInput: AuditInput): ReadonlyArray<Moved> =>
  [...groupBy(eventsOf(auditInput, "payment"), ({ stream }) => stream).values()].flatMap(movedBy)

const inBook = ({ ledger }: AuditInput): ReadonlyArray<Moved> =>
  ledger.flatMap(({ amount, idempotencyKey, kind, orderId, status }) =>
    status === "succeeded" ? [{ orderId, key: idempotencyKey, kind, amount }] : []
  )

/**
 * Orders whose customer said yes at their bank while the payment was being voided already. The
 * provider's book has the authorisation and its end; we were never told of the beginning.
 */
export const unheard = (auditInput: AuditInput): ReadonlySet<string> => {
  const voided = new Set(
    inBook(auditInput).flatMap(({ kind, orderId }) => (kind === "void" ? [orderId] : []))
  )
  const streams = groupBy(eventsOf(auditInput, "payment"), (event) => streamOf(event).id)
  const isUnheard = ([id, events]: readonly [string, ReadonlyArray<JournalEvent>]) => {
    const types = new Set(events.map(({ type }) => type))
    return (
      voided.has(id) &&
      types.has("PaymentActionRequired") &&
      types.has("PaymentVoided") &&
      !types.has("PaymentAuthorized")
    )
  }
  return new Set([...streams].filter(isUnheard).map(([id]) => id))
}

const same: Check = {
  says: "the journal and the provider's book are equal: key, kind, amount and currency (I-33)",
  find: (auditInput) => {
    const apart = unheard(auditInput)
    const known = inBook(auditInput).filter(
      ({ kind, orderId }) => kind !== "authorize" || !apart.has(orderId)
    )
    const [journal, book] = [inJournal(auditInput).map(line), known.map(line)]
    return [
      ...difference(book, journal).map((text) => `only in the provider's book: ${text}`),
      ...difference(journal, book).map((text) => `only in the journal: ${text}`)
    ]
  }
}

const sumOf = (moved: ReadonlyArray<Moved>, kind: Moved["kind"]): number =>
  moved.filter((one) => one.kind === kind).reduce((sum, { amount }) => sum + amount.amountMinor, 0)

const listed: Check = {
  says: "the list has every payment, with the sums of the provider's book",
  find: (auditInput) => {
    const book = groupBy(inBook(auditInput), ({ orderId }) => orderId)
    const ids = new Set(eventsOf(auditInput, "payment").map((event) => streamOf(event).id))
    return [...new Set([...ids, ...auditInput.listed.keys()])].flatMap((orderId) => {
      const payment = auditInput.listed.get(orderId)
      if (payment === undefined || !ids.has(orderId)) {
        return [`${orderId} is ${payment ? "listed, and does not exist" : "not listed"}`]
      }
      const moved = book.get(orderId) ?? []
      const [taken, given] = [sumOf(moved, "capture"), sumOf(moved, "refund")]
      const { captured, refunded } = payment
      return captured.amountMinor === taken && refunded.amountMinor === given
        ? []
        : [
            `${orderId}: listed ${captured.amountMinor} − ${refunded.amountMinor}, and the ` +
              `provider has ${taken} − ${given}`
          ]
    })
  }
}

const revenue: Check = {
  says: "revenue is captured − refunded of the provider's book, by currency (I-32)",
  find: (auditInput) => {
    const book = groupBy(inBook(auditInput), ({ amount }) => amount.currency)
    const names = new Set([...book.keys(), ...auditInput.totals.map((one) => one.revenue.currency)])
    return [...names].flatMap((currency) => {
      const moved = book.get(currency) ?? []
      const kept = sumOf(moved, "capture") - sumOf(moved, "refund")
      const total = auditInput.totals.find((one) => one.revenue.currency === currency)
      const shown = total?.revenue.amountMinor ?? 0
      return shown === kept ? [] : [`${currency}: ${shown} is shown, and ${kept} were kept`]
    })
  }
}

export const ledgerChecks: ReadonlyArray<Check> = [same, listed, revenue]
