/** What the runs say together: the middle of each figure, Souk's ratios, and both as a table. */
import { type ContenderName, contenderNames } from "./Contenders.ts"
import type { Run } from "./Harness.ts"
import type { Measurement } from "./Measure.ts"
import { type Workload, workloads } from "./Work.ts"

export type Figures = Omit<Measurement, "problems">

export interface Row extends Figures {
  readonly contender: ContenderName
  readonly workload: Workload
}

export interface Findings {
  readonly rows: ReadonlyArray<Row>
  readonly ratios: Readonly<Record<string, number | null>>
  /** Runs during which other processes took so much CPU that their figures say little. */
  readonly noisy: ReadonlyArray<string>
  /** What the audits found, and runs that failed; the benchmark fails unless this is empty. */
  readonly problems: ReadonlyArray<string>
}

/** Beyond this the machine was not ours alone. */
const quietCoresMax = 0.2

export const findingsOf = (runs: ReadonlyArray<Run>): Findings => ({
  rows: workloads.flatMap((workload) =>
    contenderNames.flatMap((contender) => {
      const figures = mediansOf(runs, contender, workload)
      return figures === null ? [] : [{ contender, workload, ...figures }]
    })
  ),
  ratios: ratiosOf(runs),
  noisy: runs.flatMap((run) =>
    run.report._tag === "Measured" && run.report.measurement.otherCores > quietCoresMax
      ? [`${nameOf(run)}: others used ${run.report.measurement.otherCores.toFixed(2)} cores`]
      : []
  ),
  problems: runs.flatMap((run) => problemsOf(run).map((problem) => `${nameOf(run)}: ${problem}`))
})

const nameOf = ({ contender, round, workload }: Run): string =>
  `${contender}, ${workload}, round ${round + 1}`

const problemsOf = ({ report }: Run): ReadonlyArray<string> =>
  report._tag === "Measured" ? report.measurement.problems : [report.reason]

/** The middle of each figure over all rounds, or null where the contender was not measured. */
const mediansOf = (
  runs: ReadonlyArray<Run>,
  contender: ContenderName,
  workload: Workload
): Figures | null => {
  const measured = measurementsOf(runs, contender, workload).map(([, measurement]) => measurement)
  if (measured.length === 0) return null
  const middle = (of: (measurement: Measurement) => number) => median(measured.map(of))
  return {
    confirmedPerSecond: middle((one) => one.confirmedPerSecond),
    p50Millis: middle((one) => one.p50Millis),
    p99Millis: middle((one) => one.p99Millis),
    nodeCores: middle((one) => one.nodeCores),
    postgresCores: middle((one) => one.postgresCores),
    otherCores: middle((one) => one.otherCores),
    peakMemoryMb: middle((one) => one.peakMemoryMb)
  }
}

/**
 * Orders per second of Souk over those of each other contender, compared round by round, because a
 * round's runs share the noise of their minutes, and the middle of those.
 */
const ratiosOf = (runs: ReadonlyArray<Run>): Readonly<Record<string, number | null>> => {
  const ratios: Record<string, number | null> = {}
  for (const other of contenderNames.filter((name) => name !== "souk")) {
    const named = `${other.slice(0, 1).toUpperCase()}${other.slice(1)}`
    for (const workload of workloads) {
      ratios[`${workload}Vs${named}`] = ratioOf(runs, other, workload)
    }
  }
  for (const workload of workloads) {
    const souk = mediansOf(runs, "souk", workload)
    ratios[`${workload}P99VsP50`] = souk === null ? null : souk.p99Millis / souk.p50Millis
  }
  return ratios
}

const ratioOf = (
  runs: ReadonlyArray<Run>,
  other: ContenderName,
  workload: Workload
): number | null => {
  const theirs = new Map(measurementsOf(runs, other, workload))
  const ratios = measurementsOf(runs, "souk", workload).flatMap(([round, souk]) => {
    const rate = theirs.get(round)?.confirmedPerSecond
    return rate === undefined ? [] : [souk.confirmedPerSecond / rate]
  })
  return ratios.length === 0 ? null : median(ratios)
}

const measurementsOf = (
  runs: ReadonlyArray<Run>,
  contender: ContenderName,
  workload: Workload
): ReadonlyArray<readonly [number, Measurement]> =>
  runs.flatMap(({ report, round, ...run }) =>
    run.contender === contender && run.workload === workload && report._tag === "Measured"
      ? [[round, report.measurement] as const]
      : []
  )

const median = (values: ReadonlyArray<number>): number => {
  const sorted = Float64Array.from(values).toSorted()
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

/** The price of an order in CPU, which a noisy machine changes less than it changes the rate. */
const cpuMillisPerOrder = ({ confirmedPerSecond, nodeCores, postgresCores }: Row): number =>
  ((nodeCores + postgresCores) * 1_000) / confirmedPerSecond

const columns: ReadonlyArray<readonly [title: string, of: (row: Row) => string]> = [
  ["workload", (row) => row.workload],
  ["contender", (row) => row.contender],
  ["orders/s", (row) => row.confirmedPerSecond.toFixed(0)],
  ["p50 ms", (row) => row.p50Millis.toFixed(0)],
  ["p99 ms", (row) => row.p99Millis.toFixed(0)],
  ["node cores", (row) => row.nodeCores.toFixed(2)],
  ["pg cores", (row) => row.postgresCores.toFixed(2)],
  ["others", (row) => row.otherCores.toFixed(2)],
  ["CPU ms/order", (row) => cpuMillisPerOrder(row).toFixed(2)],
  ["peak MB", (row) => row.peakMemoryMb.toFixed(0)]
]

export const tableOf = (findings: Findings): string => {
  const cells = [
    columns.map(([title]) => title),
    ...findings.rows.map((row) => columns.map(([, of]) => of(row)))
  ]
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  const lines = cells.map((row) =>
    row
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
  )
  const ratios = Object.entries(findings.ratios).map(
    ([name, ratio]) => `${name.padEnd(20)} ${ratio === null ? "not run" : ratio.toFixed(2)}`
  )
  const verdict =
    findings.problems.length === 0
      ? ["audit: no unit oversold, one charge an order, stock adds up, every step recorded"]
      : ["AUDIT FAILED", ...findings.problems]
  const noise =
    findings.noisy.length === 0
      ? []
      : ["NOISY: measure again on a quiet machine", ...findings.noisy]
  return [...lines, "", ...ratios, "", ...noise, ...verdict].join("\n")
}
