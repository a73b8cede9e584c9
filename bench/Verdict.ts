/** The audit: compares the callers' responses with the records of a contender. */
import {
  type Audit,
  type AuditedOrder,
  type Order,
  type Outcome,
  type ProviderLedger,
  type Shelves,
  type Step
} from "./Work.ts"

/** One placed order and the answer its caller got. */
export interface Answer {
  readonly order: Order
  readonly outcome: Outcome
}

const confirmedHistory = ({ lines }: Order): ReadonlyArray<Step> => [
  "placed",
  ...lines.map((): Step => "reserved"),
  "authorised",
  "booked",
  "captured",
  ...lines.map((): Step => "committed"),
  "confirmed"
]

/**
 * All contradictions between records and responses; empty for a correct contender. An order may be
 * refused only when it is out of stock, so that all requested units are sold, or all there were.
 */
export const problemsIn = (
  answers: Iterable<Answer>,
  audit: Audit,
  shelves: Shelves
): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const audited = new Map(audit.orders.map((order) => [order.id, order]))
  const sold = new Map<string, number>()
  let answered = 0
  let confirmed = 0
  const asked = new Map<string, number>()
  for (const { order, outcome } of answers) {
    answered++
    if (outcome === "confirmed") confirmed++
    for (const line of order.lines) {
      asked.set(line.sku, (asked.get(line.sku) ?? 0) + line.quantity)
      if (outcome !== "confirmed") continue
      sold.set(line.sku, (sold.get(line.sku) ?? 0) + line.quantity)
    }
    const problem = problemOf(order, outcome, audited.get(order.id), audit.ledger)
    if (problem !== null) problems.push(`order ${order.id}: ${problem}`)
  }
  if (audit.orders.length !== answered) {
    problems.push(`${audit.orders.length} orders recorded, ${answered} answered`)
  }
  if (audit.ledger.captures.size !== confirmed) {
    problems.push(`${audit.ledger.captures.size} orders charged, ${confirmed} confirmed`)
  }
  for (const { onHand, sku } of shelves) {
    const units = sold.get(sku) ?? 0
    if ((asked.get(sku) ?? 0) > onHand && units !== onHand) {
      problems.push(`${sku}: ${units} units sold, ${onHand} due`)
    }
  }
  return [...problems, ...problemsOnShelves(audit, shelves, sold)]
}

const problemOf = (
  order: Order,
  outcome: Outcome,
  audited: AuditedOrder | undefined,
  ledger: ProviderLedger
): string | null => {
  if (audited === undefined) return "answered, but not recorded"
  if (audited.status !== outcome) return `answered ${outcome}, recorded ${audited.status}`
  const captures = ledger.captures.get(order.id) ?? []
  const shipments = ledger.shipments.get(order.id) ?? 0
  if (outcome === "cancelled") {
    if (captures.length > 0) return "cancelled, but charged"
    return isCancelledHistory(audited.steps) ? null : `steps ${audited.steps.join(" ")}`
  }
  if (captures.length !== 1) return `charged ${captures.length} times`
  if (captures[0] !== order.total) return `charged ${captures[0]} instead of ${order.total}`
  if (shipments !== 1) return `shipped ${shipments} times`
  const complete = audited.steps.join() === confirmedHistory(order).join()
  return complete ? null : `steps ${audited.steps.join(" ")}`
}

const isCancelledHistory = (steps: ReadonlyArray<Step>): boolean => {
  const count = (wanted: Step) => steps.filter((step) => step === wanted).length
  return (
    count("placed") === 1 &&
    count("cancelled") === 1 &&
    count("reserved") === count("released") &&
    count("captured") + count("committed") + count("confirmed") === 0
  )
}

const problemsOnShelves = (
  audit: Audit,
  shelves: Shelves,
  sold: ReadonlyMap<string, number>
): ReadonlyArray<string> => {
  const stock = new Map(audit.stock.map((item) => [item.sku, item]))
  return shelves.flatMap(({ sku, onHand }) => {
    const item = stock.get(sku)
    if (item === undefined) return [`${sku}: not in stock`]
    const due = onHand - (sold.get(sku) ?? 0)
    if (item.onHand !== due) return [`${sku}: ${item.onHand} on hand, ${due} due`]
    if (item.onHand < 0) return [`${sku}: oversold`]
    return item.reserved === 0 ? [] : [`${sku}: ${item.reserved} still reserved`]
  })
}
