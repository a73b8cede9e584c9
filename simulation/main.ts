/** `npm run simulate`: many seeds over all cores, or one seed again. */
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"
import { mutantOf, type Range, runBatch, type Summary, together } from "./Batch.ts"
import { type Plan, planOf, type Tier } from "./Plan.ts"
import * as Report from "./Report.ts"
import { run } from "./Run.ts"
import { shrink } from "./Shrink.ts"
import * as CoverageAssertions from "./CoverageAssertions.ts"

/** How many seeds a worker gets at a time, so that all workers end at about the same time. */
const portion = 50

/** How many failures are shrunk and shown. */
const shownMax = 3

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "0" },
    tier: { type: "string", default: "domain" },
    seed: { type: "string" },
    orders: { type: "string" },
    faults: { type: "string" },
    mutant: { type: "string" },
    workers: { type: "string", default: String(availableParallelism()) }
  }
})

const print = (text: string) => process.stdout.write(`${text}\n`)

const tierOf = (name: string): Tier => {
  if (name === "domain" || name === "cluster") return name
  throw new Error(`--tier is domain or cluster, not ${name}`)
}

const whole = (name: string, text: string): number => {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Error(`--${name} is a whole number, not ${text}`)
}

/** Only the elements whose numbers are named; all of them when nothing is. */
const kept = <A extends { readonly n: number }>(
  items: ReadonlyArray<A>,
  named: string | undefined
): ReadonlyArray<A> => {
  if (named === undefined) return items
  const numbers = new Set(named === "none" ? [] : named.split(",").map(Number))
  return items.filter(({ n }) => numbers.has(n))
}

const again = (tier: Tier, seed: number): boolean => {
  const whole = planOf(tier, seed)
  const plan: Plan = {
    ...whole,
    orders: kept(whole.orders, values.orders),
    faults: kept(whole.faults, values.faults)
  }
  const result = run(plan, mutantOf(values.mutant))
  const nothing = { seed, invariant: "", message: "" }
  print(Report.failure(nothing, plan, result, values.mutant))
  return result.broken === undefined
}

const inParallel = async (ranges: ReadonlyArray<Range>, workers: number) => {
  const waiting = [...ranges]
  const summaries: Array<Summary> = []
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: "seeds" })
      const next = () => {
        const range = waiting.shift()
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        if (range !== undefined) return worker.postMessage(range)
        void worker.terminate().then(() => resolve())
      }
      worker.on("error", reject)
      worker.on("message", (summary: Summary) => {
        summaries.push(summary)
        if (summary.failures.length > 0) waiting.length = 0
        next()
      })
      next()
    })
  await Promise.all(Array.from({ length: workers }, work))
  return together(summaries)
}

const batch = async (tier: Tier): Promise<boolean> => {
  const [from, seeds] = [whole("from", values.from), whole("seeds", values.seeds)]
  const ranges = Array.from({ length: Math.ceil(seeds / portion) }, (_, index): Range => {
    const start = from + index * portion
    const count = Math.min(portion, from + seeds - start)
    return { tier, from: start, count, mutant: values.mutant }
  })
  mutantOf(values.mutant)
  const began = performance.now()
  const summary = await inParallel(ranges, whole("workers", values.workers))
  print(Report.summary(summary, (performance.now() - began) / 1000))
  for (const failure of summary.failures.slice(0, shownMax)) {
    const again = (plan: Plan) => run(plan, mutantOf(values.mutant))
    const plan = shrink(planOf(tier, failure.seed), failure.invariant, again)
    print(`\n${Report.failure(failure, plan, again(plan), values.mutant)}`)
  }
  const missing =
    seeds < CoverageAssertions.seedsMin ? [] : CoverageAssertions.missing(tier, summary.counts)
  for (const name of missing) print(`NEVER HAPPENED: ${name}`)
  print(`${summary.failures.length} failures`)
  return summary.failures.length === 0 && missing.length === 0
}

if (isMainThread) {
  const tier = tierOf(values.tier)
  const isClean =
    values.seed === undefined ? await batch(tier) : again(tier, whole("seed", values.seed))
  process.exitCode = isClean ? 0 : 1
} else if (workerData === "seeds") {
  // Of threads, not of windows: there is no origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.on("message", (range: Range) => parentPort?.postMessage(runBatch(range)))
}
