/** The flash sale: ten buyers for each unit of one item. */
import { setTimeout as sleep } from "node:timers/promises"
import { peakMemoryMb, watchCpu } from "./Cpu.ts"
import { type Measurement, shownProblems } from "./Measure.ts"
import { callersOf, endsWithin, openTill, percentile } from "./Till.ts"
import { problemsIn } from "./Verdict.ts"
import { flashOrderAt, orderAt, saleShelves, type Running } from "./Work.ts"

export interface Sale {
  readonly workload: "flash"
  readonly buyers: number
  /** How many requests are in flight at a time; the other buyers wait. */
  readonly callers: number
  /** How long the shop sells other items before the sale, to warm up. */
  readonly warmUpSeconds: number
  readonly seed: number
  readonly postgresPid: number
}

/** Of the first item, and the only one, there is one for every tenth buyer. */
export const unitsFor = (buyers: number): number => Math.floor(buyers / 10)

/** One buyer in ten sends the order twice concurrently; another one in ten repeats it later. */
const isImpatient = (buyer: number): boolean => buyer % 10 === 3
const isForgetful = (buyer: number): boolean => buyer % 10 === 7

/** How many customers there are at a time before the sale. */
const warmUpCallers = 64

const saleSeconds = 300
const drainSeconds = 30

/** Warms up, runs the sale until every buyer has a response, and audits the orders. */
export const sell = async (running: Running, sale: Sale): Promise<Measurement> => {
  const { buyers, callers, postgresPid, seed, warmUpSeconds } = sale
  let firstBuyer = Number.POSITIVE_INFINITY
  const till = openTill(
    running,
    (n) => (n < firstBuyer ? orderAt("spread", seed, n) : flashOrderAt(n)),
    () => true
  )
  const shop = { open: true }
  const customers = callersOf(warmUpCallers, async () => {
    while (shop.open) await till.placeNext()
  })
  await sleep(warmUpSeconds * 1_000)
  shop.open = false
  const drained = await endsWithin(drainSeconds, customers)
  till.latencies.length = 0
  firstBuyer = till.placed()
  let came = 0
  const watch = watchCpu(postgresPid, running)
  const buying = callersOf(callers, async () => {
    while (came < buyers) {
      const buyer = came++
      const n = firstBuyer + buyer
      await (isImpatient(buyer) ? Promise.all([till.send(n), till.send(n)]) : till.send(n))
      if (isForgetful(buyer)) await till.send(n)
    }
  })
  const ended = await endsWithin(saleSeconds, buying)
  const { seconds, ...usage } = watch()
  const memory = peakMemoryMb(running)
  const latencies = Float64Array.from(till.latencies).toSorted()
  const contradictions = problemsIn(
    till.answers(),
    await running.audit(),
    saleShelves(unitsFor(buyers))
  )
  const late = [
    ...(drained ? [] : [`orders before the sale had not ended after ${drainSeconds} s`]),
    ...(ended ? [] : [`the sale had not ended after ${saleSeconds} s`])
  ]
  return {
    ordersPerSecond: buyers / seconds,
    p50Millis: percentile(latencies, 0.5),
    p99Millis: percentile(latencies, 0.99),
    ...usage,
    peakMemoryMb: memory,
    lastAnswerSeconds: seconds,
    problems: [...late, ...till.failures(), ...contradictions].slice(0, shownProblems)
  }
}
