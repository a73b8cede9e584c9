/**
 * Everything the auditor has in hand once the shop is quiet: three logs, and what the shop shows.
 */
import type { Entry } from "../ClientLog.ts"
import type {
  CurrencyTotal,
  JournalEvent,
  LedgerEntry,
  ListedPayment,
  Order,
  Payment,
  Stock
} from "../Wire.ts"

export interface AuditInput {
  /** What the shoppers know. */
  readonly log: ReadonlyArray<Entry>
  /** What the shop says has happened, in its order. */
  readonly journal: ReadonlyArray<JournalEvent>
  /** What the payment provider says has happened. */
  readonly ledger: ReadonlyArray<LedgerEntry>
  readonly orders: ReadonlyMap<string, Order>
  readonly payments: ReadonlyMap<string, Payment>
  readonly stock: ReadonlyMap<string, Stock>
  /** The payments of the list, which follows the journal. */
  readonly listed: ReadonlyMap<string, ListedPayment>
  readonly totals: ReadonlyArray<CurrencyTotal>
  /** What each idempotency key that placed an order answers now. */
  readonly replays: ReadonlyMap<string, { readonly status: number; readonly text: string }>
  /** What could not be read, and why. */
  readonly unreadable: ReadonlyArray<string>
  /** When the last fault was over, as the journal tells the time. */
  readonly lastFaultAt: string
}

/** One thing that must hold. It says where it does not; nothing means that it does. */
export interface Check {
  readonly says: string
  readonly find: (auditInput: AuditInput) => ReadonlyArray<string>
}

export const groupBy = <A>(
  items: ReadonlyArray<A>,
  nameOf: (item: A) => string | undefined
): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const item of items) {
    const name = nameOf(item)
    if (name === undefined) continue
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return groups
}

/** What stands in one evidence and not in the other, counting how often. */
export const difference = (
  one: ReadonlyArray<string>,
  other: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const left = new Map<string, number>()
  for (const name of other) left.set(name, (left.get(name) ?? 0) + 1)
  return one.filter((name) => {
    const count = left.get(name) ?? 0
    left.set(name, count - 1)
    return count <= 0
  })
}

/** The room and the id in a stream's name, `order-ord_1`. */
export const streamOf = (event: JournalEvent): { readonly room: string; readonly id: string } => {
  const dash = event.stream.indexOf("-")
  return { room: event.stream.slice(0, dash), id: event.stream.slice(dash + 1) }
}

export const eventsOf = (auditInput: AuditInput, room: string): ReadonlyArray<JournalEvent> =>
  auditInput.journal.filter(({ stream }) => stream.startsWith(`${room}-`))

/** Ended for good, as far as the saga goes. */
export const hasEnded = (status: Order["status"]): boolean =>
  status !== "pending" && status !== "cancelling"

/** Sold, and not taken back. */
export const isKept = (status: Order["status"]): boolean =>
  status === "confirmed" || status === "shipped" || status === "delivered"
