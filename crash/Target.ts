/** The target of faults: a shop or several runners, known by addresses and processes only. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Client } from "../test/support/Client.ts"
import { eventually } from "../test/support/Eventually.ts"
import { running, sizeOf } from "../test/support/Processes.ts"
import type { DatabaseKill } from "../test/support/Shop.ts"
import type { ShopProcess } from "../test/support/ShopProcess.ts"
import type { PausedRunner } from "./PausedRunner.ts"

/**
 * `process`: one process of Souk. `all`: every process, including an embedded
 * Postgres. `start`: one that is starting. `postgres`: the database alone.
 * `pause`: one process is frozen for a while.
 */
export const faultKinds = ["process", "all", "start", "postgres", "pause"] as const
export type FaultKind = (typeof faultKinds)[number]

export interface FaultPlan {
  readonly kind: FaultKind
  /** Right after an order was sent, to hit the moments around its commit; or at any time. */
  readonly isAimed: boolean
  readonly delayMs: number
  /** Which runner is hit, from 0 to less than 1. */
  readonly victim: number
  readonly database: DatabaseKill
  /** How long a process is frozen, or how long a starting one runs until it is killed. */
  readonly holdMs: number
}

export interface Aimed {
  /** How many requests are in flight at the processes that this will hit. */
  readonly inFlight: () => number
  /** The shards of the process to hit at this moment. */
  readonly shards: ReadonlySet<number>
  /** The runner to pause, and the others; undefined where no other could take over. */
  readonly sleeper?: PausedRunner
  /**
   * Injects the fault, and makes all processes run again; a paused one is resumed when `until`
   * resolves, or after the planned time. Returns what was done, as text.
   */
  readonly hit: (until?: () => Promise<void>) => Promise<string>
}

/** What of the machine a target takes. */
export interface Gauges {
  readonly residentMiB: number
  readonly handles: number
  readonly connections: number
}

export interface Target {
  readonly client: Client
  readonly adminKey: string
  readonly urls: ReadonlyArray<string>
  readonly aim: (plan: FaultPlan, inFlight: () => number) => Promise<Aimed>
  /** Restarts processes that ended by themselves, and returns their names. */
  readonly mend: () => Promise<ReadonlyArray<string>>
  readonly gauge: () => Promise<Gauges>
  /** The output of its processes, killed ones first. */
  readonly output: () => string
  readonly close: () => Promise<void>
}

const restartMsMax = 60_000
export const outputMax = 6_000
const kibPerMib = 1_024

export const noShards: ReadonlySet<number> = new Set()

/** Kills a process, and keeps its last output. */
export const killer = () => {
  const words: Array<string> = []
  return {
    words,
    killed: async (process: ShopProcess): Promise<void> => {
      process.signal("SIGKILL")
      const { signal } = await process.exited
      await process.silent
      words.push(`=== ${process.pid}, killed`, process.output)
      if (signal !== "SIGKILL") throw new Error(`it ended by ${signal}, not by SIGKILL`)
    }
  }
}

export const outputOf = ({ output, pid }: ShopProcess) => [`=== ${pid}`, output]

/** Another server process has taken the place of `before`. */
export const replaced = (before: number | undefined, pid: () => number | undefined) =>
  eventually("Postgres has started again", restartMsMax, () => {
    try {
      const now = pid()
      return now !== undefined && now !== before ? true : undefined
    } catch {
      return undefined
    }
  })

export const freeze = async (
  process: ShopProcess,
  until: () => Promise<unknown>
): Promise<void> => {
  process.signal("SIGSTOP")
  try {
    await until()
  } finally {
    process.signal("SIGCONT")
  }
}

export const gauge = async (
  processes: ReadonlyArray<ShopProcess>,
  postmaster: number | undefined
): Promise<Gauges> => {
  const all = await running()
  const own = processes.map(({ pid }) => sizeOf(pid))
  const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((one, other) => one + other, 0)
  return {
    residentMiB: Math.round(sum(own.map(({ residentKib }) => residentKib)) / kibPerMib),
    handles: sum(own.map(({ handles }) => handles)),
    connections: all.filter(
      ({ command, parent }) => parent === postmaster && / 127\.0\.0\.1\(\d+\)/.test(command)
    ).length
  }
}

const growthMax = 1.1
/** The normal variation of handles and connections. */
export const growthSlack = 8

/** The measures that have grown by more than the normal variation. */
export const grown = (before: Gauges, after: Gauges): ReadonlyArray<string> =>
  (["handles", "connections"] as const).filter(
    (name) => after[name] > before[name] * growthMax + growthSlack
  )

/** Longer than the shop keeps idle connections of the load clients. */
const idleMsMax = 20_000
const gaugePauseMs = 500

/** Measures again after idle connections have been closed: what remains has leaked. */
export const gaugeAfter = async (target: Target, before: Gauges): Promise<Gauges> => {
  const endMs = performance.now() + idleMsMax
  for (;;) {
    const after = await target.gauge()
    if (grown(before, after).length === 0 || performance.now() > endMs) return after
    await sleep(gaugePauseMs)
  }
}

export type Environment = Readonly<Record<string, string>>

export const postgresWords: Readonly<Record<DatabaseKill, string>> = {
  stop: "immediate shutdown of Postgres",
  postmaster: "kill -9 of Postgres' first process",
  server: "kill -9 of all processes of Postgres",
  backend: "kill -9 of a process of Postgres that serves a connection"
}
