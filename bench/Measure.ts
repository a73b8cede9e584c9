/** The closed loop: callers that each place an order, wait for its end, and place the next. */
import { setTimeout as sleep } from "node:timers/promises"
import { peakMemoryMb, type Usage, watchCpu } from "./Cpu.ts"
import { callersOf, endsWithin, openTill, percentile } from "./Till.ts"
import { problemsIn } from "./Verdict.ts"
import {
  orderAt,
  type Running,
  scarceOrderAt,
  scarceOrders,
  type SteadyWorkload,
  steadyShelves
} from "./Work.ts"

export interface Load {
  readonly workload: SteadyWorkload
  readonly callers: number
  readonly warmUpSeconds: number
  readonly windowSeconds: number
  readonly seed: number
  /** The postmaster, whose CPU is counted beside this process's own. */
  readonly postgresPid: number
}

export interface Measurement extends Usage {
  /** Confirmed; in a flash sale also refused, for that is an answer too. */
  readonly ordersPerSecond: number
  readonly p50Millis: number
  readonly p99Millis: number
  readonly peakMemoryMb: number
  /** From the first request of a flash sale to its last answer. */
  readonly lastAnswerSeconds: number | null
  readonly problems: ReadonlyArray<string>
}

/** How long callers may take to end once no new order is placed. */
const drainSeconds = 30

export const shownProblems = 10

/** Warms up, measures one window, lets every order end, fights over a scarce item, and audits. */
export const measure = async (running: Running, load: Load): Promise<Measurement> => {
  let firstScarce = Number.POSITIVE_INFINITY
  const till = openTill(
    running,
    (n) => (n < firstScarce ? orderAt(load.workload, load.seed, n) : scarceOrderAt(load.seed, n)),
    (outcome) => outcome === "confirmed"
  )
  const shop = { open: true }
  const callers = callersOf(load.callers, async () => {
    while (shop.open) await till.placeNext()
  })
  await sleep(load.warmUpSeconds * 1_000)
  till.latencies.length = 0
  const watch = watchCpu(load.postgresPid, running)
  await sleep(load.windowSeconds * 1_000)
  const { seconds, ...usage } = watch()
  const latencies = Float64Array.from(till.latencies).toSorted()
  shop.open = false
  const drained = await endsWithin(drainSeconds, callers)
  const memory = peakMemoryMb(running)

  firstScarce = till.placed()
  let left = scarceOrders
  const fight = callersOf(load.callers, async () => {
    while (left-- > 0) await till.placeNext()
  })
  const fought = await endsWithin(drainSeconds, fight)
  const contradictions = problemsIn(till.answers(), await running.audit(), steadyShelves)
  const late = drained && fought ? [] : [`orders had not ended after ${drainSeconds} s`]
  const idle = latencies.length > 0 ? [] : ["no order was confirmed in the measured window"]
  return {
    ordersPerSecond: latencies.length / seconds,
    p50Millis: percentile(latencies, 0.5),
    p99Millis: percentile(latencies, 0.99),
    ...usage,
    peakMemoryMb: memory,
    lastAnswerSeconds: null,
    problems: [...late, ...idle, ...till.failures(), ...contradictions].slice(0, shownProblems)
  }
}
