/** The auditor: reads everything that a shop shows over HTTP, and compares it with client logs. */
import type { Schema } from "effect"
import { clientChecks } from "./audit/ClientChecks.ts"
import {
  type Check,
  type AuditInput,
  eventsOf,
  groupBy,
  hasEnded,
  streamOf
} from "./audit/AuditInput.ts"
import { journalChecks } from "./audit/JournalChecks.ts"
import { ledgerChecks } from "./audit/LedgerChecks.ts"
import { moneyChecks } from "./audit/MoneyChecks.ts"
import { orderChecks, settleMsMax, statusOf } from "./audit/OrderChecks.ts"
import { stockChecks } from "./audit/StockChecks.ts"
import { type Client, decode } from "./Client.ts"
import type { Entry } from "./ClientLog.ts"
import { eventually, inParallel } from "./Eventually.ts"
import * as Wire from "./Wire.ts"

/** What can be checked without knowing what any client saw. */
export const bookChecks: ReadonlyArray<Check> = [
  ...journalChecks,
  ...orderChecks,
  ...stockChecks,
  ...moneyChecks,
  ...ledgerChecks
]

export const checks: ReadonlyArray<Check> = [...clientChecks, ...bookChecks]

/** How many requests the auditor sends at a time, and the size of a page. */
const width = 8
const pageSize = 500

/** How long the list may lag behind a settled journal. */
const listMsMax = 10_000

/** How many findings of one kind are printed. */
const findingsMax = 5

/** The whole of a log, page by page, from after `after` on. */
export const readLog = async <A, I>(
  client: Client,
  path: string,
  item: Schema.Schema<A, I>,
  after = 0
): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for (let next: number | null = after; next !== null;) {
    const url = `${path}?after=${next}&limit=${pageSize}`
    const page: { readonly data: ReadonlyArray<A>; readonly next: number | null } =
      await client.read(Wire.logPage(item), url)
    all.push(...page.data)
    next = page.data.length === 0 ? null : page.next
  }
  return all
}

export const readJournal = (client: Client, after = 0) =>
  readLog(client, "/v1/journal", Wire.JournalEvent, after)

/**
 * Waits until no saga runs and no refund is open any more, for as long as the shop may take. The
 * checks report what is still open after that.
 */
export const quiet = async (client: Client): Promise<void> => {
  const events: Array<Wire.JournalEvent> = []
  const look = async () => {
    events.push(...(await readJournal(client, events.at(-1)?.position ?? 0)))
    const orders = groupBy(events, ({ stream }) =>
      stream.startsWith("order-") ? stream : undefined
    )
    const isOver = [...orders.values()].every((order) => hasEnded(statusOf(order)))
    const count = (types: RegExp) => events.filter(({ type }) => types.test(type)).length
    const openRefunds = count(/^PaymentRefundRequested$/) - count(/^PaymentRefund(ed|Failed)$/)
    return isOver && openRefunds === 0 ? true : undefined
  }
  await eventually("every saga has ended", settleMsMax + 10_000, look).catch(() => undefined)
}

/**
 * Reads everything. The shop should be settled. `bookOf` reads the provider's own ledger; the
 * sandbox's by default.
 */
export const collect = async (
  client: Client,
  log: ReadonlyArray<Entry>,
  lastFaultAt: string,
  bookOf: () => Promise<ReadonlyArray<Wire.LedgerEntry>> = () =>
    readLog(client, "/v1/sandbox/ledger", Wire.LedgerEntry)
): Promise<AuditInput> => {
  const unreadable: Array<string> = []
  /** A failed request is a finding, and does not end the audit. */
  const orNoted: OrNoted = (what, read) =>
    read.catch((error) => {
      unreadable.push(`${what}: ${error}`)
      return undefined
    })
  const replays = await replay(client, log, orNoted)
  const journal = await readJournal(client)
  const ledger = await bookOf()
  /** What is shown of each id, as far as something is. */
  const shown = async <A, I>(
    ids: ReadonlyArray<string>,
    schema: Schema.Schema<A, I>,
    at: string
  ) => {
    const all = await inParallel(ids, width, async (id) => {
      const path = `${at}/${id}`
      const found = await orNoted(path, client.find(schema, path))
      return found === undefined ? [] : [[id, found] as const]
    })
    return new Map(all.flat())
  }
  const ids = idsIn(journal, "order")
  const listed = await listedPayments(client, idsIn(journal, "payment").length)
  // With no payment overdue the provider is not called, and the sums are returned.
  const sums = "/v1/payments/reconciliation?limit=1"
  const reconciled = await orNoted(
    sums,
    client.post(sums, undefined).then((answer) => decode(Wire.Reconciliation, answer))
  )
  return {
    stock: await shown(idsIn(journal, "inventory"), Wire.Stock, "/v1/inventory"),
    orders: await shown(ids, Wire.Order, "/v1/orders"),
    payments: await shown(ids, Wire.Payment, "/v1/payments"),
    listed,
    totals: reconciled?.totals ?? [],
    log,
    journal,
    ledger,
    replays,
    unreadable,
    lastFaultAt
  }
}

/** The whole list of payments, once it has caught up; as it is, if it does not. */
const listedPayments = async (client: Client, count: number) => {
  let all: ReadonlyArray<Wire.ListedPayment> = []
  const look = async () => {
    const found: Array<Wire.ListedPayment> = []
    for (let cursor = ""; ;) {
      const path = `/v1/payments?limit=100${cursor}`
      const { data, hasMore } = await client.read(Wire.list(Wire.ListedPayment), path)
      found.push(...data)
      cursor = `&startingAfter=${data.at(-1)?.orderId}`
      if (!hasMore) break
    }
    all = found
    return all.length === count && all.every(({ open }) => open.length === 0) ? true : undefined
  }
  await eventually("the list has caught up", listMsMax, look).catch(() => undefined)
  return new Map(all.map((payment) => [payment.orderId, payment]))
}

/** What is wrong, check by check; nothing when all is well. */
export const judge = (
  auditInput: AuditInput,
  asked: ReadonlyArray<Check> = checks
): ReadonlyArray<string> =>
  asked.flatMap(({ find, says }) => {
    const findings = find(auditInput)
    const more = findings.length - findingsMax
    return findings.length === 0
      ? []
      : [
          `BROKEN: ${says}`,
          ...findings.slice(0, findingsMax).map((finding) => `  ${finding}`),
          ...(more > 0 ? [`  and ${more} more`] : [])
        ]
  })

const idsIn = (journal: ReadonlyArray<Wire.JournalEvent>, room: string): ReadonlyArray<string> => [
  ...new Set(
    journal.filter(({ stream }) => stream.startsWith(`${room}-`)).map((event) => streamOf(event).id)
  )
]

type OrNoted = <A>(what: string, read: Promise<A>) => Promise<A | undefined>

/** Repeats the request of every order, byte for byte and under the same key. */
const replay = async (client: Client, log: ReadonlyArray<Entry>, orNoted: OrNoted) => {
  const placed = log.filter(
    ({ intent, outcome }) => intent.kind === "order" && outcome.class === "ok"
  )
  const byKey = new Map(placed.map(({ intent }) => [intent.key ?? "", intent]))
  const answers = await inParallel([...byKey], width, async ([key, { body, path }]) => {
    const sent = client.post(path, body, { "idempotency-key": key })
    const answer = await orNoted(`${path} under ${key}`, sent)
    return answer === undefined
      ? []
      : [[key, { status: answer.status, text: answer.text }] as const]
  })
  return new Map(answers.flat())
}

/** How many orders had which outcome, for the report. */
export const summary = (auditInput: AuditInput): string => {
  const statuses = groupBy([...auditInput.orders.values()], ({ status, cancellation }) =>
    status === "cancelled" ? `cancelled: ${cancellation?.reason}` : status
  )
  const counts = [...statuses].map(([status, { length }]) => `${length} ${status}`)
  const { journal, ledger, orders } = auditInput
  return [
    `${orders.size} orders (${counts.toSorted().join(", ")})`,
    `${journal.length} events, ${eventsOf(auditInput, "inventory").length} of them of stock`,
    `${ledger.length} entries in the provider's book`
  ].join("; ")
}
