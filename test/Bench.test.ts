/** The benchmark's audit and arithmetic: a fast wrong response must not count. */
import { describe, expect, it } from "vitest"
import { chartOf } from "../bench/Chart.ts"
import { findingsOf } from "../bench/Findings.ts"
import type { Run } from "../bench/Harness.ts"
import { problemsIn } from "../bench/Verdict.ts"
import {
  type Audit,
  type AuditedOrder,
  flashOrderAt,
  flashShelves,
  type Outcome
} from "../bench/Work.ts"

const ordered = (n: number, status: Outcome): AuditedOrder => ({
  id: flashOrderAt(n).id,
  status,
  steps:
    status === "cancelled"
      ? ["placed", "cancelled"]
      : ["placed", "reserved", "authorised", "booked", "captured", "committed", "confirmed"]
})

/** Two buyers for one unit, and those that got it. */
const saleOf = (outcomes: ReadonlyArray<Outcome>, onHand: number) => {
  const answers = outcomes.map((outcome, n) => ({ order: flashOrderAt(n), outcome }))
  const sold = answers.filter(({ outcome }) => outcome === "confirmed")
  const audit: Audit = {
    orders: outcomes.map((outcome, n) => ordered(n, outcome)),
    stock: [{ sku: "SKU-FLASH", onHand, reserved: 0 }],
    ledger: {
      captures: new Map(sold.map(({ order }) => [order.id, [order.total]])),
      shipments: new Map(sold.map(({ order }) => [order.id, 1]))
    }
  }
  return { answers, audit }
}

const problems = (outcomes: ReadonlyArray<Outcome>, onHand: number) => {
  const { answers, audit } = saleOf(outcomes, onHand)
  return problemsIn(answers, audit, flashShelves(1))
}

describe("the audit", () => {
  it("finds nothing where each unit was sold once", () => {
    expect(problems(["confirmed", "cancelled"], 0)).toEqual([])
  })

  it("finds a unit that was sold twice, and one without a buyer", () => {
    expect(problems(["confirmed", "confirmed"], -1)).toContain("SKU-FLASH: 2 units sold, 1 due")
    expect(problems(["cancelled", "cancelled"], 1)).toContain("SKU-FLASH: 0 units sold, 1 due")
  })

  it("finds stock that does not add up, and double charges", () => {
    expect(problems(["confirmed", "cancelled"], 1)).toEqual(["SKU-FLASH: 1 on hand, 0 due"])
    const { answers, audit } = saleOf(["confirmed", "cancelled"], 0)
    const { id, total } = flashOrderAt(0)
    const ledger = { ...audit.ledger, captures: new Map([[id, [total, total]]]) }
    expect(problemsIn(answers, { ...audit, ledger }, flashShelves(1))).toEqual([
      `order ${id}: charged 2 times`
    ])
  })
})

const runOf = (
  contender: Run["contender"],
  round: number,
  ordersPerSecond: number,
  workload: Run["workload"] = "spread"
): Run => ({
  contender,
  workload,
  callers: workload === "flash" ? 256 : 64,
  round,
  report: {
    _tag: "Measured",
    measurement: {
      ordersPerSecond,
      p50Millis: 10,
      p99Millis: 40,
      nodeCores: 1,
      postgresCores: 0.5,
      callerCores: 0,
      otherCores: 0,
      peakMemoryMb: 100,
      lastAnswerSeconds: workload === "flash" ? 1_000 / ordersPerSecond : null,
      problems: []
    }
  }
})

describe("the findings", () => {
  const runs = [
    runOf("souk", 0, 100),
    runOf("staged", 0, 50),
    runOf("souk", 1, 300),
    runOf("staged", 1, 100),
    runOf("souk", 2, 10),
    runOf("staged", 2, 10),
    runOf("souk", 0, 500, "flash"),
    runOf("staged", 0, 100, "flash")
  ]
  const findings = findingsOf(runs)

  it("compare round by round, and take the median", () => {
    expect(findings.ratios).toMatchObject({ spreadVsStaged: 2, flashSaleVsStaged: 5 })
    expect(findings.ratios).toMatchObject({ spreadP99VsP50: 4, hotVsStaged: null })
  })

  it("fail when a run failed", () => {
    const report = { _tag: "Failed", reason: "it fell over" } as const
    const { problems } = findingsOf([...runs, { ...runOf("souk", 0, 1), report }])
    expect(problems).toEqual(["souk, spread, 64 callers, round 1: it fell over"])
  })

  it("are drawn with a bar for each contender of a workload", () => {
    const chart = chartOf(findings)
    expect(chart.match(/<rect /g)).toHaveLength(4)
    expect(chart).toContain(">500<")
  })
})
