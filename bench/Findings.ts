/** What the runs say together: the middle of each figure, and how contenders compare. */
import type { ContenderName } from "./Contenders.ts"
import type { Run } from "./Harness.ts"
import type { Measurement } from "./Measure.ts"
import type { Workload } from "./Work.ts"

export type Figures = Omit<Measurement, "problems">

export interface Row extends Figures {
  readonly contender: ContenderName
  readonly workload: Workload
  readonly callers: number
}

export type Ratios = Readonly<Record<string, number | null>>

export interface Findings {
  readonly rows: ReadonlyArray<Row>
  readonly ratios: Ratios
  /** Runs during which other processes took so much CPU that their figures say little. */
  readonly noisy: ReadonlyArray<string>
  /** What the audits found, and runs that failed; the benchmark fails unless this is empty. */
  readonly problems: ReadonlyArray<string>
}

/** Beyond this the machine was not ours alone. */
const quietCoresMax = 0.2

/** What was measured for this many callers is what the ratios compare. */
export const callersCompared = 64

export const findingsOf = (runs: ReadonlyArray<Run>): Findings => ({
  rows: rowsOf(runs),
  ratios: ratiosOf(runs),
  noisy: runs.flatMap((run) =>
    run.report._tag === "Measured" && run.report.measurement.otherCores > quietCoresMax
      ? [`${nameOf(run)}: others used ${run.report.measurement.otherCores.toFixed(2)} cores`]
      : []
  ),
  problems: runs.flatMap((run) => problemsOf(run).map((problem) => `${nameOf(run)}: ${problem}`))
})

const nameOf = ({ callers, contender, round, workload }: Run): string =>
  `${contender}, ${workload}, ${callers} callers, round ${round + 1}`

const problemsOf = ({ report }: Run): ReadonlyArray<string> =>
  report._tag === "Measured" ? report.measurement.problems : [report.reason]

/** A row for each trial and contender, in the order in which they were measured first. */
const rowsOf = (runs: ReadonlyArray<Run>): ReadonlyArray<Row> => {
  const kinds = new Map<string, ReadonlyArray<Run>>()
  for (const run of runs) {
    const kind = `${run.workload} ${run.callers} ${run.contender}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), run])
  }
  return [...kinds.values()].flatMap((runs) => {
    const [first] = runs
    const figures = mediansOf(runs)
    if (first === undefined || figures === null) return []
    const { callers, contender, workload } = first
    return [{ workload, callers, contender, ...figures }]
  })
}

/** The middle of each figure over all rounds, or null where nothing was measured. */
const mediansOf = (runs: ReadonlyArray<Run>): Figures | null => {
  const measured = runs.flatMap(({ report }) =>
    report._tag === "Measured" ? [report.measurement] : []
  )
  const [first] = measured
  if (first === undefined) return null
  const middle = (of: (measurement: Measurement) => number) => median(measured.map(of))
  return {
    ordersPerSecond: middle((one) => one.ordersPerSecond),
    p50Millis: middle((one) => one.p50Millis),
    p99Millis: middle((one) => one.p99Millis),
    nodeCores: middle((one) => one.nodeCores),
    postgresCores: middle((one) => one.postgresCores),
    callerCores: middle((one) => one.callerCores),
    otherCores: middle((one) => one.otherCores),
    peakMemoryMb: middle((one) => one.peakMemoryMb),
    lastAnswerSeconds:
      first.lastAnswerSeconds === null ? null : middle((one) => one.lastAnswerSeconds ?? 0)
  }
}

type Comparison = readonly [of: ContenderName, over: ContenderName, workload: Workload]

/** Orders per second of the one over those of the other. */
const comparisons: Readonly<Record<string, Comparison>> = {
  spreadVsStaged: ["souk", "staged", "spread"],
  hotVsStaged: ["souk", "staged", "hot"],
  flashSaleVsStaged: ["souk", "staged", "flash"],
  spreadVsStagedTuned: ["souk", "stagedTuned", "spread"],
  hotVsStagedTuned: ["souk", "stagedTuned", "hot"],
  flashSaleVsStagedTuned: ["souk", "stagedTuned", "flash"],
  spreadVsSingleTx: ["souk", "singleTx", "spread"],
  hotVsSingleTx: ["souk", "singleTx", "hot"],
  flashSaleVsSingleTx: ["souk", "singleTx", "flash"],
  spreadVsDbos: ["souk", "dbos", "spread"],
  hotVsDbos: ["souk", "dbos", "hot"],
  flashSaleVsDbos: ["souk", "dbos", "flash"],
  spreadVsRestate: ["souk", "restate", "spread"],
  hotVsRestate: ["souk", "restate", "hot"],
  flashSaleVsRestate: ["souk", "restate", "flash"],
  httpVsInProcess: ["soukHttp", "souk", "spread"],
  twoRunnersVsOne: ["soukRunners", "soukHttp", "spread"]
}

const ratiosOf = (runs: ReadonlyArray<Run>): Ratios => {
  const ratios: Record<string, number | null> = {}
  for (const [name, comparison] of Object.entries(comparisons)) {
    ratios[name] = ratioOf(runs, comparison)
  }
  for (const workload of ["spread", "hot"] as const) {
    const souk = mediansOf(runs.filter((run) => isCompared(run, "souk", workload)))
    ratios[`${workload}P99VsP50`] = souk === null ? null : souk.p99Millis / souk.p50Millis
  }
  return ratios
}

/** The flash sale has callers of its own number. */
const isCompared = (run: Run, contender: ContenderName, workload: Workload): boolean =>
  run.contender === contender &&
  run.workload === workload &&
  (workload === "flash" || run.callers === callersCompared)

/**
 * Compared round by round, because a round's runs share the noise of their minutes, and the middle
 * of those.
 */
const ratioOf = (runs: ReadonlyArray<Run>, [of, over, workload]: Comparison): number | null => {
  const ratesOf = (contender: ContenderName) =>
    new Map(
      runs.flatMap((run) =>
        isCompared(run, contender, workload) && run.report._tag === "Measured"
          ? [[run.round, run.report.measurement.ordersPerSecond] as const]
          : []
      )
    )
  const theirs = ratesOf(over)
  const ratios = [...ratesOf(of)].flatMap(([round, rate]) => {
    const other = theirs.get(round)
    return other === undefined ? [] : [rate / other]
  })
  return ratios.length === 0 ? null : median(ratios)
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = Float64Array.from(values).toSorted()
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}
