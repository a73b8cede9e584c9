/** The findings for people: a table, the ratios, and what was wrong. */
import type { Findings, Row } from "./Findings.ts"

/** The price of an order in CPU, which a noisy machine changes less than it changes the rate. */
const cpuMillisPerOrder = ({ nodeCores, ordersPerSecond, postgresCores }: Row): number =>
  ((nodeCores + postgresCores) * 1_000) / ordersPerSecond

const columns: ReadonlyArray<readonly [title: string, of: (row: Row) => string]> = [
  ["workload", (row) => row.workload],
  ["contender", (row) => row.contender],
  ["callers", (row) => String(row.callers)],
  ["orders/s", (row) => row.ordersPerSecond.toFixed(0)],
  ["p50 ms", (row) => row.p50Millis.toFixed(0)],
  ["p99 ms", (row) => row.p99Millis.toFixed(0)],
  ["last s", (row) => row.lastAnswerSeconds?.toFixed(2) ?? ""],
  ["node cores", (row) => row.nodeCores.toFixed(2)],
  ["pg cores", (row) => row.postgresCores.toFixed(2)],
  ["callers'", (row) => (row.callerCores === 0 ? "" : row.callerCores.toFixed(2))],
  ["others'", (row) => row.otherCores.toFixed(2)],
  ["CPU ms/order", (row) => cpuMillisPerOrder(row).toFixed(2)],
  ["peak MB", (row) => row.peakMemoryMb.toFixed(0)]
]

/** Columns of text, as wide as they must be; the first `left` of them begin at the left. */
export const aligned = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  left: number
): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0))
  )
  return rows.map((row) =>
    row
      .map((cell, at) =>
        at < left ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)
      )
      .join("  ")
  )
}

export const tableOf = (findings: Findings): string => {
  const cells = [
    columns.map(([title]) => title),
    ...findings.rows.map((row) => columns.map(([, of]) => of(row)))
  ]
  const ratios = Object.entries(findings.ratios).map(
    ([name, ratio]) => `${name.padEnd(24)} ${ratio === null ? "not run" : ratio.toFixed(2)}`
  )
  const verdict =
    findings.problems.length === 0
      ? ["audit: no unit oversold, one charge an order, stock adds up, every step recorded"]
      : ["AUDIT FAILED", ...findings.problems]
  const noise =
    findings.noisy.length === 0
      ? []
      : ["NOISY: measure again on a quiet machine", ...findings.noisy]
  return [...aligned(cells, 2), "", ...ratios, "", ...noise, ...verdict].join("\n")
}
