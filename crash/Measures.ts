/** The times of a run: how long faults affected which orders. */
import type { Attempt, ClientLog } from "../test/support/ClientLog.ts"
import { shardOf } from "../test/support/Runners.ts"
import type { FaultRecord } from "./Nemesis.ts"

/** How long after all processes run again an effect is still attributed to the fault. */
const aftermathMs = 6_000

/** How long after a kill orders on other shards are watched. */
const watchMs = 6_000

/** The value below which `share` of the numbers are; nothing of none. */
export const quantile = (values: ReadonlyArray<number>, share: number): number | undefined =>
  values.toSorted((one, other) => one - other)[Math.max(0, Math.ceil(values.length * share) - 1)]

export interface Period {
  readonly requests: number
  /** Requests that got no response, or a 5xx. */
  readonly failed: number
  /** Those responses, and how many; status 0 without a response. */
  readonly failures: Readonly<Record<string, number>>
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
}

/** The first words of an answer are enough to know it by. */
const wordsMax = 60

const failuresIn = (attempts: ReadonlyArray<Attempt>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { outcome } of attempts) {
    if (outcome.class !== "unknown") continue
    const detail = /"detail":"([^"]*)"/.exec(outcome.text)?.[1] ?? outcome.text
    const words = `${outcome.status} ${detail.slice(0, wordsMax)}`
    counts[words] = (counts[words] ?? 0) + 1
  }
  return counts
}

const periodOf = (attempts: ReadonlyArray<Attempt>): Period => {
  const times = attempts.map(({ endedAtMs, sentAtMs }) => endedAtMs - sentAtMs)
  return {
    requests: attempts.length,
    failed: attempts.filter(({ outcome }) => outcome.class === "unknown").length,
    failures: failuresIn(attempts),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99)
  }
}

/** From one moment to another. */
export type Span = readonly [fromMs: number, toMs: number]

const within = ([fromMs, toMs]: Span) => {
  return ({ endedAtMs, sentAtMs }: Attempt) => sentAtMs >= fromMs && endedAtMs <= toMs
}

const felt = ({ atMs, restoredAtMs, servedAtMs }: FaultRecord): Span => [
  atMs,
  Math.max(restoredAtMs, servedAtMs) + aftermathMs
]

const isTouched = ({ endedAtMs, sentAtMs }: Attempt, windows: ReadonlyArray<Span>): boolean =>
  windows.some(([fromMs, toMs]) => sentAtMs <= toMs && endedAtMs >= fromMs)

/** An order whose answer said that it was confirmed, and the shards of those it took. */
export interface Sale extends Pick<Attempt, "sentAtMs" | "endedAtMs"> {
  readonly order: number
  readonly shards: ReadonlyArray<number>
  /** It had to wait for the payment provider or for the customer's bank, regardless of kills. */
  readonly isHeldUp: boolean
}

const salesIn = (log: ClientLog, heldUp: ReadonlySet<string>): ReadonlyArray<Sale> =>
  log.attempts.flatMap((attempt) => {
    const { kind } = log.intentOf(attempt.id)
    const { status, text } = attempt.outcome
    if (kind !== "order" || status !== 201 || !text.includes(`"status":"confirmed"`)) return []
    const id = /"id":"(\w+)"/.exec(text)?.[1]
    if (id === undefined) return []
    const skus = [...text.matchAll(/"sku":"([\w-]+)"/g)].map(([, sku = ""]) => sku)
    const shards = [id, ...skus].map(shardOf)
    return [{ ...attempt, order: shardOf(id), shards, isHeldUp: heldUp.has(id) }]
  })

/** The effect of one kill on the shards of the runner, and on the others. */
export interface Failover {
  /** From the kill to the first order confirmed on a shard that had to move. */
  readonly movedMs: number | undefined
  /** How long orders took that had to do with neither the killed runner nor a slow payment. */
  readonly othersMs: ReadonlyArray<number>
  /** The longest time in which some of those were waited for, and none was confirmed. */
  readonly othersSilentMs: number
}

/** The longest time between two moments in which one of these was waited for and none came. */
const silenceOf = (sales: ReadonlyArray<Sale>, fromMs: number, toMs: number): number => {
  const byEnd = sales
    .filter(({ endedAtMs, sentAtMs }) => endedAtMs >= fromMs && sentAtMs < toMs)
    .toSorted((one, other) => other.endedAtMs - one.endedAtMs)
  let longestMs = 0
  let waitedForSinceMs = toMs
  // From the last one back: a request that is answered later may have been sent before.
  for (const [index, { endedAtMs, sentAtMs }] of byEnd.entries()) {
    waitedForSinceMs = Math.min(waitedForSinceMs, sentAtMs)
    const beforeMs = byEnd[index + 1]?.endedAtMs ?? fromMs
    const silentMs = Math.min(endedAtMs, toMs) - Math.max(fromMs, beforeMs, waitedForSinceMs)
    longestMs = Math.max(longestMs, silentMs)
  }
  return longestMs
}

/** `untilMs` is when the next fault occurred. */
export const failoverOf = (
  { atMs, shards }: Pick<FaultRecord, "atMs" | "shards">,
  untilMs: number,
  sales: ReadonlyArray<Sale>
): Failover => {
  const since = sales.filter(({ endedAtMs, sentAtMs }) => sentAtMs >= atMs && endedAtMs < untilMs)
  const watchedMs = Math.min(untilMs, atMs + watchMs)
  const moved = since.filter(({ order }) => shards.has(order)).map(({ endedAtMs }) => endedAtMs)
  const isApart = (sale: Sale) => !sale.isHeldUp && sale.shards.every((shard) => !shards.has(shard))
  const others = since.filter((sale) => sale.sentAtMs <= watchedMs && isApart(sale))
  return {
    movedMs: moved.length === 0 ? undefined : Math.min(...moved) - atMs,
    othersMs: others.map(({ endedAtMs, sentAtMs }) => endedAtMs - sentAtMs),
    othersSilentMs: silenceOf(sales.filter(isApart), atMs, watchedMs)
  }
}

export interface Measures {
  /** Before the first fault, after the last, and between faults that are over. */
  readonly before: Period
  readonly after: Period
  readonly outside: Period
  /** From a kill to the first successful response, by kind of fault. */
  readonly recoveryMs: ReadonlyMap<string, ReadonlyArray<number>>
  readonly failovers: ReadonlyArray<Failover>
}

/** `heldUp` are the orders whose payment was slow for other reasons than a kill. */
export const measure = (
  log: ClientLog,
  heldUp: ReadonlySet<string>,
  records: ReadonlyArray<FaultRecord>,
  before: Span,
  after: Span
): Measures => {
  const windows = records.map(felt)
  const sales = salesIn(log, heldUp)
  const recoveryMs = new Map<string, ReadonlyArray<number>>()
  for (const { atMs, kind, servedAtMs } of records) {
    recoveryMs.set(kind, [...(recoveryMs.get(kind) ?? []), servedAtMs - atMs])
  }
  return {
    before: periodOf(log.attempts.filter(within(before))),
    after: periodOf(log.attempts.filter(within(after))),
    outside: periodOf(log.attempts.filter((attempt) => !isTouched(attempt, windows))),
    recoveryMs,
    failovers: records.flatMap((record, index) =>
      record.kind === "process" && record.shards.size > 0
        ? [failoverOf(record, records[index + 1]?.atMs ?? Infinity, sales)]
        : []
    )
  }
}
