/**
 * Three books of the same money: the journal, the list that is made from it, and the provider's.
 * Nothing here asks the shop what it thinks of a payment; the journal is read event by event.
 */
import { Schema } from "effect"
import { type JournalEvent, type LedgerEntry, Money } from "../Wire.ts"
import { type Check, difference, type Evidence, eventsOf, groupBy, streamOf } from "./Evidence.ts"

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

const inJournal = (evidence: Evidence): ReadonlyArray<Moved> =>
  [...groupBy(eventsOf(evidence, "payment"), ({ stream }) => stream).values()].flatMap(movedBy)

const inBook = ({ ledger }: Evidence): ReadonlyArray<Moved> =>
  ledger.flatMap(({ amount, idempotencyKey, kind, orderId, status }) =>
    status === "succeeded" ? [{ orderId, key: idempotencyKey, kind, amount }] : []
  )

/**
 * Orders whose customer said yes at their bank while the payment was being voided already. The
 * provider's book has the authorisation and its end; we were never told of the beginning.
 */
export const unheard = (evidence: Evidence): ReadonlySet<string> => {
  const voided = new Set(
    inBook(evidence).flatMap(({ kind, orderId }) => (kind === "void" ? [orderId] : []))
  )
  const streams = groupBy(eventsOf(evidence, "payment"), (event) => streamOf(event).id)
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
  find: (evidence) => {
    const apart = unheard(evidence)
    const known = inBook(evidence).filter(
      ({ kind, orderId }) => kind !== "authorize" || !apart.has(orderId)
    )
    const [journal, book] = [inJournal(evidence).map(line), known.map(line)]
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
  find: (evidence) => {
    const book = groupBy(inBook(evidence), ({ orderId }) => orderId)
    const ids = new Set(eventsOf(evidence, "payment").map((event) => streamOf(event).id))
    return [...new Set([...ids, ...evidence.listed.keys()])].flatMap((orderId) => {
      const payment = evidence.listed.get(orderId)
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
  find: (evidence) => {
    const book = groupBy(inBook(evidence), ({ amount }) => amount.currency)
    const names = new Set([...book.keys(), ...evidence.totals.map((one) => one.revenue.currency)])
    return [...names].flatMap((currency) => {
      const moved = book.get(currency) ?? []
      const kept = sumOf(moved, "capture") - sumOf(moved, "refund")
      const total = evidence.totals.find((one) => one.revenue.currency === currency)
      const shown = total?.revenue.amountMinor ?? 0
      return shown === kept ? [] : [`${currency}: ${shown} is shown, and ${kept} were kept`]
    })
  }
}

export const ledgerChecks: ReadonlyArray<Check> = [same, listed, revenue]
