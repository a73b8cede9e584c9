/** The flash sale: everybody wants the same item, ten times as many as there are. */
import { peakMemoryMb, watchCpu } from "./Cpu.ts"
import { type Measurement, shownProblems } from "./Measure.ts"
import { callersOf, endsWithin, openTill, percentile } from "./Till.ts"
import { problemsIn } from "./Verdict.ts"
import { flashOrderAt, flashShelves, type Running } from "./Work.ts"

export interface Sale {
  readonly workload: "flash"
  readonly buyers: number
  /** How many requests are under way at a time; the other buyers stand in line. */
  readonly callers: number
  readonly postgresPid: number
}

/** Of the first item, and the only one, there is one for every tenth buyer. */
export const unitsFor = (buyers: number): number => Math.floor(buyers / 10)

/** Every tenth buyer sends the order twice at once; every other tenth asks again for the answer. */
const isImpatient = (n: number): boolean => n % 10 === 3
const isForgetful = (n: number): boolean => n % 10 === 7

const saleSeconds = 300

/** Opens the doors, lets everybody get an answer, and audits who got what. */
export const sell = async (running: Running, sale: Sale): Promise<Measurement> => {
  const { buyers, callers, postgresPid } = sale
  const till = openTill(running, flashOrderAt, () => true)
  let next = 0
  const watch = watchCpu(postgresPid, running)
  const buying = callersOf(callers, async () => {
    while (next < buyers) {
      const n = next++
      await (isImpatient(n) ? Promise.all([till.send(n), till.send(n)]) : till.send(n))
      if (isForgetful(n)) await till.send(n)
    }
  })
  const ended = await endsWithin(saleSeconds, buying)
  const { seconds, ...usage } = watch()
  const memory = peakMemoryMb(running)
  const latencies = Float64Array.from(till.latencies).toSorted()
  const contradictions = problemsIn(
    till.answers(),
    await running.audit(),
    flashShelves(unitsFor(buyers))
  )
  const late = ended ? [] : [`the sale had not ended after ${saleSeconds} s`]
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
