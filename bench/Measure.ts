/** The closed loop: callers that each place an order, wait for its end, and place the next. */
import { setTimeout as sleep } from "node:timers/promises"
import { cpuSecondsOfFamily, cpuSecondsOfMachine } from "./Processes.ts"
import { type Answer, problemsIn } from "./Verdict.ts"
import {
  type Order,
  orderAt,
  type Outcome,
  type Running,
  scarceItem,
  scarceOrderAt,
  type Workload
} from "./Work.ts"

export interface Load {
  readonly workload: Workload
  readonly callers: number
  readonly warmUpSeconds: number
  readonly windowSeconds: number
  readonly seed: number
  /** The postmaster, whose CPU is counted beside this process's own. */
  readonly postgresPid: number
}

export interface Measurement {
  readonly confirmedPerSecond: number
  readonly p50Millis: number
  readonly p99Millis: number
  /** CPU in cores: 1 is one core kept busy for the whole window. */
  readonly nodeCores: number
  readonly postgresCores: number
  /** What the rest of the machine used meanwhile: a run with much of it is a noisy run. */
  readonly otherCores: number
  readonly peakMemoryMb: number
  readonly problems: ReadonlyArray<string>
}

/** How long callers may take to end once no new order is placed. */
const drainSeconds = 30

/** Enough orders for the scarce item that two in three must be refused. */
const scarceOrders = scarceItem.onHand * 3

const shownProblems = 10

/** Warms up, measures one window, lets every order end, fights over a scarce item, and audits. */
export const measure = async (running: Running, load: Load): Promise<Measurement> => {
  let firstScarce = Number.POSITIVE_INFINITY
  const till = openTill(running, (n) =>
    n < firstScarce ? orderAt(load.workload, load.seed, n) : scarceOrderAt(load.seed, n)
  )
  const shop = { open: true }
  const callers = callersOf(load.callers, async () => {
    while (shop.open) await till.placeNext()
  })
  await sleep(load.warmUpSeconds * 1_000)
  till.latencies.length = 0
  const watch = watchCpu(load.postgresPid)
  await sleep(load.windowSeconds * 1_000)
  const { seconds, ...cores } = watch()
  const latencies = Float64Array.from(till.latencies).toSorted()
  shop.open = false
  const drained = await endsWithin(drainSeconds, callers)
  const peakMemoryMb = process.resourceUsage().maxRSS / 1_024

  firstScarce = till.placed()
  let left = scarceOrders
  const fight = callersOf(load.callers, async () => {
    while (left-- > 0) await till.placeNext()
  })
  const fought = await endsWithin(drainSeconds, fight)
  const contradictions = problemsIn(till.answers(), await running.audit())
  const late = drained && fought ? [] : [`orders had not ended after ${drainSeconds} s`]
  const idle = latencies.length > 0 ? [] : ["no order was confirmed in the measured window"]
  return {
    confirmedPerSecond: latencies.length / seconds,
    p50Millis: percentile(latencies, 0.5),
    p99Millis: percentile(latencies, 0.99),
    ...cores,
    peakMemoryMb,
    problems: [...late, ...idle, ...till.failures(), ...contradictions].slice(0, shownProblems)
  }
}

/** Hands out order numbers, times the answers, and keeps of each order no more than its outcome. */
const openTill = (running: Running, orderOf: (n: number) => Order) => {
  const latencies: Array<number> = []
  const outcomes: Array<Outcome | null> = []
  let failed = 0
  let firstFailure = ""
  return {
    latencies,
    placed: () => outcomes.length,
    placeNext: async (): Promise<void> => {
      const n = outcomes.push(null) - 1
      const order = orderOf(n)
      const started = performance.now()
      try {
        const outcome = await running.placeOrder(order)
        outcomes[n] = outcome
        if (outcome === "confirmed") latencies.push(performance.now() - started)
      } catch (error) {
        failed++
        firstFailure ||= String(error)
        await sleep(10)
      }
    },
    answers: function* (): Iterable<Answer> {
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome !== null) yield { order: orderOf(n), outcome }
      }
    },
    failures: () =>
      failed === 0 ? [] : [`${failed} orders failed, the first with ${firstFailure}`]
  }
}

const callersOf = async (count: number, caller: () => Promise<void>): Promise<void> => {
  await Promise.all(Array.from({ length: count }, caller))
}

const endsWithin = (seconds: number, work: Promise<void>): Promise<boolean> => {
  const over = new AbortController()
  const limit = sleep(seconds * 1_000, false, { signal: over.signal })
  limit.catch(() => {})
  return Promise.race([work.then(() => true), limit]).finally(() => over.abort())
}

/** Starts watching; the returned function says how many cores each party used since. */
const watchCpu = (postgresPid: number) => {
  const read = () => {
    const { user, system } = process.cpuUsage()
    return {
      clock: performance.now() / 1_000,
      node: (user + system) / 1_000_000,
      postgres: cpuSecondsOfFamily(postgresPid),
      machine: cpuSecondsOfMachine()
    }
  }
  const before = read()
  return () => {
    const after = read()
    const seconds = after.clock - before.clock
    const nodeCores = (after.node - before.node) / seconds
    const postgresCores = (after.postgres - before.postgres) / seconds
    const machineCores = (after.machine - before.machine) / seconds
    const otherCores = Math.max(0, machineCores - nodeCores - postgresCores)
    return { seconds, nodeCores, postgresCores, otherCores }
  }
}

const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
