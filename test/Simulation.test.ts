/** The simulation itself: clean seeds are clean, the same seed is the same, and bugs are caught. */
import { describe, expect, it } from "vitest"
import { mutantOf, runBatch } from "../simulation/Batch.ts"
import { mutants } from "../simulation/Mutants.ts"
import { planOf } from "../simulation/Plan.ts"
import * as Report from "../simulation/Report.ts"
import { run } from "../simulation/Run.ts"
import { shrink } from "../simulation/Shrink.ts"

/** Each bug is caught within so many seeds; the promise is a thousand. */
const seedsMax = 40

describe("the simulation", { timeout: 60_000 }, () => {
  it("finds nothing wrong in a dozen seeds of the domain tier", () => {
    const summary = runBatch({ tier: "domain", from: 0, count: 12, mutant: undefined })
    expect(summary.failures).toEqual([])
    expect(summary.commits).toBeGreaterThan(300)
  })

  it("does the same step by step when a seed is run again, and something else for another", () => {
    const traces = [7, 8].map((seed) => run(planOf("domain", seed), mutantOf(undefined)).trace)
    const again = [7, 8].map((seed) => run(planOf("domain", seed), mutantOf(undefined)).trace)
    expect(again).toEqual(traces)
    expect(traces[0]).not.toBe(traces[1])
  })

  it("runs the real sharding, hosts and sweeper as deterministically, and finds nothing", () => {
    const [once, again] = [1, 1].map((seed) => run(planOf("cluster", seed), mutantOf(undefined)))
    expect(once?.broken).toBeUndefined()
    expect(again?.trace).toBe(once?.trace)
  })

  it("knows at least ten bugs", () => {
    expect(Object.keys(mutants).length).toBeGreaterThanOrEqual(10)
  })

  for (const [name, mutant] of Object.entries(mutants)) {
    it(`catches a shop that ${name}`, () => {
      const seeds = Array.from({ length: seedsMax }, (_, seed) => seed)
      const caught = seeds.find((seed) => run(planOf("domain", seed), mutant).broken !== undefined)
      expect(caught).toBeDefined()
    })
  }

  it("makes a failing plan smaller, and names the command that repeats it", () => {
    const name = "charges under a fresh key"
    const again = (plan: ReturnType<typeof planOf>) => run(plan, mutantOf(name))
    const { failures } = runBatch({ tier: "domain", from: 0, count: 5, mutant: name })
    const [failure] = failures
    expect(failure?.invariant).toBe("I-31")
    const whole = planOf("domain", failure?.seed ?? 0)
    const small = shrink(whole, "I-31", again)
    expect(small.orders).toHaveLength(1)
    expect(small.faults.length).toBeLessThanOrEqual(1)
    expect(again(small).broken?.invariant).toBe("I-31")
    const numbers = `--orders ${small.orders[0]?.n} --faults ${small.faults[0]?.n}`
    expect(Report.command(small, name)).toContain(`--seed ${whole.seed} ${numbers}`)
  })
})
