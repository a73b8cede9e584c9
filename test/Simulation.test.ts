/** Tests of the simulation: seeds without bugs pass, runs are repeatable, mutants are caught. */
import { describe, expect, it } from "vitest"
import { mutantOf, runBatch } from "../simulation/Batch.ts"
import { mutants, ofSharedShards } from "../simulation/Mutants.ts"
import { type Plan, planOf } from "../simulation/Plan.ts"
import * as Report from "../simulation/Report.ts"
import { run } from "../simulation/Run.ts"
import { shrink } from "../simulation/Shrink.ts"

/** Each mutant is caught within so many seeds. */
const seedsMax = 40
const seeds = Array.from({ length: seedsMax }, (_, seed) => seed)

/** The workload of a seed. A runner sleeps until others have its shards; its clock is set back. */
const oversleeping = (seed: number): Plan => ({
  ...planOf("cluster", seed),
  faults: [
    { n: 0, kind: "pause and wake", nth: 3_000, ms: 12_000 },
    { n: 1, kind: "clock jump", nth: 4_200, ms: -120_000 }
  ]
})

/** One whose runners share the shards, and one whose process owns all of them. */
const sharedSeed = 4
const splitSeed = 7

describe("the simulation", { timeout: 60_000 }, () => {
  it("finds nothing wrong in a dozen seeds of the domain tier", () => {
    const summary = runBatch({ tier: "domain", from: 0, count: 12, mutant: undefined })
    expect(summary.failures).toEqual([])
    expect(summary.commits).toBeGreaterThan(300)
  })

  it("repeats a seed step by step, and differs for another seed", () => {
    const traces = [7, 8].map((seed) => run(planOf("domain", seed), mutantOf(undefined)).trace)
    const again = [7, 8].map((seed) => run(planOf("domain", seed), mutantOf(undefined)).trace)
    expect(again).toEqual(traces)
    expect(traces[0]).not.toBe(traces[1])
  })

  for (const [whose, plan, overslept] of [
    ["one process", planOf("cluster", splitSeed), undefined],
    ["runners that share shards", oversleeping(sharedSeed), 1]
  ] as const) {
    it(`runs the real sharding of ${whose} as deterministically, and finds nothing`, () => {
      const [once, again] = [plan, plan].map((plan) => run(plan, mutantOf(undefined)))
      expect(once?.broken).toBeUndefined()
      expect(again?.trace).toBe(once?.trace)
      expect(once?.counts["woke up without its shards"]).toBe(overslept)
    })
  }

  it("holds seeds of both kinds against each other", () => {
    const runners = [splitSeed, sharedSeed].map((seed) => planOf("cluster", seed).runners)
    expect(runners).toEqual([1, 2])
  })

  it("knows at least ten bugs", () => {
    expect(Object.keys(mutants).length).toBeGreaterThanOrEqual(10)
  })

  for (const [name, mutant] of Object.entries(mutants)) {
    const isOfOne = ofSharedShards[name] === undefined
    const plans = isOfOne
      ? seeds.map((seed) => planOf("domain", seed))
      : seeds.map(oversleeping).filter(({ runners }) => runners === 2)
    it(`catches a shop that ${name}`, () => {
      const caught = plans.find((plan) => run(plan, mutant).broken !== undefined)
      expect(caught).toBeDefined()
    })
  }

  it("catches runners that share shards and have no fence, while all else is in place", () => {
    const late = [1, 3, 5, 7].map((nth, n) => ({
      n,
      kind: "commit comes late" as const,
      nth,
      ms: 500
    }))
    const plans = seeds
      .map((seed) => ({ ...planOf("cluster", seed), faults: late }))
      .filter(({ runners }) => runners === 2)
    const mutant = mutantOf("has no fence")
    expect(plans.find((plan) => run(plan, mutant).broken !== undefined)).toBeDefined()
  })

  it("shrinks a failing plan, and prints the command that repeats it", () => {
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
