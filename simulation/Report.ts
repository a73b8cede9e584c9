/** What the command prints. */
import type { Failure, Summary } from "./Batch.ts"
import { faultKinds } from "./Faults.ts"
import type { Plan } from "./Plan.ts"
import type { Result } from "./Run.ts"
import * as CoverageAssertions from "./CoverageAssertions.ts"

/** How many of the last steps are shown of a failing run. */
const linesShown = 40

const table = (rows: ReadonlyArray<readonly [string, number]>): string => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, count]) => `  ${name.padEnd(width)}  ${count}`).join("\n")
}

export const summary = ({ commits, counts, seeds, steps }: Summary, seconds: number): string => {
  const faults = faultKinds.map((kind) => [kind, counts[`fault: ${kind}`] ?? 0] as const)
  const sum = faults.reduce((total, [, count]) => total + count, 0)
  const others = Object.entries(counts).filter(([name]) => name.includes(" -> "))
  const ofShared = CoverageAssertions.ofSharedShards.flatMap((name) =>
    counts[name] === undefined ? [] : [`${counts[name]}: ${name}`]
  )
  return [
    `${seeds} seeds, ${steps} steps, ${commits} commits in ${seconds.toFixed(1)} s`,
    `${sum} faults:`,
    table(faults),
    "transitions:",
    table(others.toSorted()),
    ...ofShared,
    `${counts["fenced"] ?? 0} appends turned away by the fence`,
    `${counts["held for the cancelled"] ?? 0} seeds in which a late copy held stock for a ` +
      "cancelled order, until its hold ran out"
  ].join("\n")
}

const numbers = (items: ReadonlyArray<{ readonly n: number }>): string =>
  items.length === 0 ? "none" : items.map(({ n }) => n).join(",")

/** The command that reproduces it. */
export const command = ({ faults, orders, seed, tier }: Plan, mutant: string | undefined): string =>
  [
    `npm run simulate -- --tier ${tier} --seed ${seed}`,
    `--orders ${numbers(orders)} --faults ${numbers(faults)}`,
    ...(mutant === undefined ? [] : [`--mutant "${mutant}"`])
  ].join(" ")

export const failure = (
  { seed }: Failure,
  plan: Plan,
  { broken, lines, trace }: Result,
  mutant: string | undefined
): string => {
  const orders = plan.orders.map((order) => `  ${JSON.stringify(order)}`)
  const faults = plan.faults.map(({ kind, ms, n, nth }) => `  ${n}: ${kind} at ${nth}, ${ms} ms`)
  return [
    `SEED ${seed}: ${broken?.message ?? "nothing is wrong"}`,
    "orders:",
    ...orders,
    "faults:",
    ...faults,
    "the end of the trace:",
    ...lines.slice(-linesShown).map((line) => `  ${line}`),
    `trace ${trace}`,
    `again: ${command(plan, mutant)}`
  ].join("\n")
}
