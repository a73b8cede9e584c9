/** Runs many seeds in sequence, and sums up their results. */
import { type Mutant, mutants, sound } from "./Mutants.ts"
import { type Plan, planOf, type Tier } from "./Plan.ts"
import { type Result, run } from "./Run.ts"

export interface Failure {
  readonly seed: number
  readonly invariant: string
  readonly message: string
}

export interface Range {
  readonly tier: Tier
  readonly from: number
  readonly count: number
  /** The name of a seeded bug. */
  readonly mutant: string | undefined
}

export interface Summary {
  readonly seeds: number
  readonly steps: number
  readonly commits: number
  readonly counts: Readonly<Record<string, number>>
  readonly failures: ReadonlyArray<Failure>
}

/** A batch ends early after this many failures. */
const failuresMax = 10

/** Every n-th seed is run twice, and both runs must be equal. */
const twiceEvery = 50

export const mutantOf = (name: string | undefined): Mutant => {
  if (name === undefined) return sound
  const mutant = mutants[name]
  if (mutant !== undefined) return mutant
  throw new Error(`no such bug: ${name}; there are: ${Object.keys(mutants).join(", ")}`)
}

/** Runs a seed, and some a second time: a difference shows that the seed does not decide alone. */
const runOnce = (plan: Plan, mutant: Mutant): Result => {
  const result = run(plan, mutant)
  if (plan.seed % twiceEvery !== 0 || run(plan, mutant).trace === result.trace) return result
  const message = "two runs of this seed differ: something is not drawn from it"
  return { ...result, broken: { invariant: "replay", message } }
}

export const runBatch = ({ count, from, mutant, tier }: Range): Summary => {
  const failures: Array<Failure> = []
  const results: Array<Result> = []
  for (let seed = from; seed < from + count && failures.length < failuresMax; seed++) {
    const result = runOnce(planOf(tier, seed), mutantOf(mutant))
    results.push({ ...result, lines: [] })
    if (result.broken !== undefined) failures.push({ seed, ...result.broken })
  }
  const sum = (of: (result: Result) => number) =>
    results.reduce((total, result) => total + of(result), 0)
  return {
    seeds: results.length,
    steps: sum(({ steps }) => steps),
    commits: sum(({ commits }) => commits),
    counts: add(results.map(({ counts }) => counts)),
    failures
  }
}

export const add = (
  all: ReadonlyArray<Readonly<Record<string, number>>>
): Readonly<Record<string, number>> => {
  const sum: Record<string, number> = {}
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count
  }
  return sum
}

export const together = (summaries: ReadonlyArray<Summary>): Summary => ({
  seeds: summaries.reduce((sum, { seeds }) => sum + seeds, 0),
  steps: summaries.reduce((sum, { steps }) => sum + steps, 0),
  commits: summaries.reduce((sum, { commits }) => sum + commits, 0),
  counts: add(summaries.map(({ counts }) => counts)),
  failures: summaries.flatMap(({ failures }) => failures)
})
