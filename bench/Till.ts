/** Places numbered orders, and keeps the time and the outcome of each. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Answer } from "./Verdict.ts"
import type { Order, Outcome, Running } from "./Work.ts"

export interface Till {
  /** Of the answers that count, in milliseconds, in the order in which they came. */
  readonly latencies: Array<number>
  /** How many orders there are. */
  readonly placed: () => number
  readonly placeNext: () => Promise<void>
  /** Sends order `n` once more, or the first time. */
  readonly send: (n: number) => Promise<void>
  readonly answers: () => Iterable<Answer>
  readonly failures: () => ReadonlyArray<string>
}

/** The pause of a caller after an error. */
const penaltyMs = 10

/** Keeps of each order no more than its outcome, so that it adds little to the memory measured. */
export const openTill = (
  running: Running,
  orderOf: (n: number) => Order,
  counts: (outcome: Outcome) => boolean
): Till => {
  const latencies: Array<number> = []
  const outcomes: Array<Outcome | null> = []
  let failed = 0
  let firstFailure = ""
  const fail = (reason: string) => {
    failed++
    firstFailure ||= reason
  }
  const send = async (n: number): Promise<void> => {
    outcomes[n] ??= null
    const started = performance.now()
    try {
      const outcome = await running.placeOrder(orderOf(n))
      const before = outcomes[n] ?? outcome
      if (before !== outcome) fail(`order ${n} is ${before} and ${outcome}`)
      outcomes[n] = outcome
      if (counts(outcome)) latencies.push(performance.now() - started)
    } catch (error) {
      fail(String(error))
      await sleep(penaltyMs)
    }
  }
  return {
    latencies,
    placed: () => outcomes.length,
    placeNext: () => send(outcomes.length),
    send,
    answers: function* (): Iterable<Answer> {
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome !== null) yield { order: orderOf(n), outcome }
      }
    },
    failures: () =>
      failed === 0 ? [] : [`${failed} orders failed, the first with ${firstFailure}`]
  }
}

/** So many callers at a time, each doing the same until it is done. */
export const callersOf = async (count: number, caller: () => Promise<void>): Promise<void> => {
  await Promise.all(Array.from({ length: count }, caller))
}

export const endsWithin = (seconds: number, work: Promise<void>): Promise<boolean> => {
  const over = new AbortController()
  const limit = sleep(seconds * 1_000, false, { signal: over.signal })
  limit.catch(() => {})
  return Promise.race([work.then(() => true), limit]).finally(() => over.abort())
}

/** Of sorted values. */
export const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
