/** The crash test's table: a consistent run passes, and each line finds its faults. */
import { describe, expect, it } from "vitest"
import { parse } from "../crash/Options.ts"
import { plan, type FaultRecord } from "../crash/Nemesis.ts"
import { type Findings, lineOf, missed, tableOf } from "../crash/Table.ts"
import { checks } from "./support/Audit.ts"
import { consistentFixture } from "./support/audit/ConsistentFixture.ts"
import { Random } from "./support/Random.ts"

const scar: FaultRecord = {
  kind: "process",
  isAimed: true,
  delayMs: 1,
  victim: 0,
  database: "stop",
  holdMs: 0,
  done: "kill -9 of the shop",
  inFlight: 3,
  atMs: 1_000,
  servedAtMs: 3_000,
  restoredAtMs: 3_000,
  shards: new Set()
}

const calm = { requests: 1_000, failed: 0, failures: {}, p50Ms: 100, p99Ms: 900 }

const honest = (): Findings => ({
  auditInput: consistentFixture(),
  rewritten: [],
  looks: 2,
  records: [scar],
  measures: {
    before: calm,
    after: calm,
    outside: calm,
    recoveryMs: new Map([["process", [2_000]]]),
    failovers: [{ movedMs: 1_500, othersMs: [300], othersSilentMs: 400 }]
  },
  hostile: { answered: 11, wrong: [], statuses: new Map([[401, 11]]) },
  errors: [],
  interventions: [],
  gauges: {
    before: { residentMiB: 200, handles: 60, connections: 10 },
    after: { residentMiB: 220, handles: 61, connections: 10 }
  },
  runners: 1
})

const measures = (change: Partial<Findings["measures"]>): Partial<Findings> => ({
  measures: { ...honest().measures, ...change }
})

const withoutCaptures = (): Partial<Findings> => {
  const auditInput = consistentFixture()
  const ledger = auditInput.ledger.filter(({ kind }) => kind !== "capture")
  return { auditInput: { ...auditInput, ledger } }
}

const runs: Readonly<Record<string, readonly [string, Partial<Findings>]>> = {
  "captures that the provider knows nothing of": ["A5", withoutCaptures()],
  "a past that was rewritten": ["A8", { rewritten: ["what was read was another"] }],
  "a hostile request that was taken": [
    "A12",
    { hostile: { answered: 1, wrong: ["no credential: answered 201"], statuses: new Map() } }
  ],
  "kills without requests in flight": ["A13", { records: [{ ...scar, inFlight: 0 }] }],
  "kills and no order": ["A13", { auditInput: { ...consistentFixture(), orders: new Map() } }],
  "a slow recovery": ["A14", measures({ recoveryMs: new Map([["process", [5_001]]]) })],
  "a shard that never moved": [
    "A14",
    {
      runners: 3,
      ...measures({ failovers: [{ movedMs: undefined, othersMs: [], othersSilentMs: 1 }] })
    }
  ],
  "others who had to wait": [
    "A14",
    {
      runners: 3,
      ...measures({ failovers: [{ movedMs: 1, othersMs: [], othersSilentMs: 2_001 }] })
    }
  ],
  "requests that failed on a calm day": ["A15", measures({ outside: { ...calm, failed: 2 } })],
  "a shop that was slower afterwards": ["A15", measures({ after: { ...calm, p99Ms: 1_801 } })],
  "connections that pile up": [
    "A16",
    { gauges: { ...honest().gauges, after: { residentMiB: 1, handles: 60, connections: 20 } } }
  ],
  "a process that ended by itself": ["A17", { interventions: ["it ended by itself"] }],
  "an answer of 500": ["A18", { errors: ["order-1: internal error"] }]
}

describe("the table of a crash test", () => {
  it("has a line for every check of the audit", () => {
    expect(Object.keys(lineOf).toSorted()).toEqual(checks.map(({ says }) => says).toSorted())
  })

  it("has eighteen lines, and no finding in a consistent run", () => {
    const names = Array.from({ length: 18 }, (_, index) => `A${index + 1}`)
    for (const runners of [1, 3]) {
      const rows = tableOf({ ...honest(), runners })
      expect(rows.map(({ name }) => name)).toEqual(names)
      expect(missed(rows)).toEqual([])
    }
  })

  for (const [name, [line, change]] of Object.entries(runs)) {
    it(`notices ${name}`, () => {
      const rows = missed(tableOf({ ...honest(), ...change }))
      expect(rows.map(({ name }) => name)).toContain(line)
    })
  }
})

describe("the plan of a crash test", () => {
  const { options } = parse(["--kills", "100", "--pauses", "7", "--postgres-restarts", "9"], 42)

  it("has the requested faults, two of three right after an order was sent", () => {
    const blows = plan(new Random(1), options)
    const count = (isMeant: (blow: (typeof blows)[number]) => boolean) =>
      blows.filter(isMeant).length
    expect(count(({ kind }) => kind !== "postgres" && kind !== "pause")).toBe(100)
    expect(count(({ kind }) => kind === "postgres")).toBe(9)
    expect(count(({ kind }) => kind === "pause")).toBe(7)
    expect(count(({ delayMs, isAimed }) => isAimed && delayMs <= 50)).toBe(77)
  })

  it("follows from its seed", () => {
    expect(plan(new Random(1), options)).toEqual(plan(new Random(1), options))
    expect(plan(new Random(2), options)).not.toEqual(plan(new Random(1), options))
  })

  it("refuses unknown arguments", () => {
    expect(() => parse(["--kills", "some"], 1)).toThrow("--kills takes a whole number")
    expect(() => parse(["--control", "luck"], 1)).toThrow("write-behind")
    expect(() => parse(["--killls", "1"], 1)).toThrow("killls")
  })
})
