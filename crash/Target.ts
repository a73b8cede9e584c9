/** What is struck: a shop or several runners, known by their addresses and their processes only. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Client } from "../test/support/Client.ts"
import { eventually } from "../test/support/Eventually.ts"
import { running, sizeOf } from "../test/support/Processes.ts"
import type { DatabaseKill } from "../test/support/Shop.ts"
import type { ShopProcess } from "../test/support/ShopProcess.ts"
import type { PausedRunner } from "./PausedRunner.ts"

/**
 * `process`: one process of Souk. `all`: every one of them, and where the shop brings its database
 * along, that as well. `start`: one that is only just coming up. `postgres`: the database alone.
 * `pause`: one process is frozen for a while.
 */
export const faultKinds = ["process", "all", "start", "postgres", "pause"] as const
export type FaultKind = (typeof faultKinds)[number]

export interface FaultPlan {
  readonly kind: FaultKind
  /** Right after an order was sent, so as to hit the moments around its commit; or at any time. */
  readonly isAimed: boolean
  readonly delayMs: number
  /** Which runner is hit, from 0 to less than 1. */
  readonly victim: number
  readonly database: DatabaseKill
  /** How long a process is frozen, or how far it gets that is killed as it starts. */
  readonly holdMs: number
}

export interface Aimed {
  /** How many requests wait for an answer of whom this will hit. */
  readonly inFlight: () => number
  /** The shards that whoever is hit has at this moment. */
  readonly shards: ReadonlySet<number>
  /** Whoever is to sleep, and the others; nothing where nobody could take its place. */
  readonly sleeper?: PausedRunner
  /**
   * Strikes, and has everything run again; somebody who sleeps is woken when `until` is over, or
   * after the time that was planned. Gives what was done, in words.
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
  /** Starts again whatever ended by itself, and says what that was. */
  readonly mend: () => Promise<ReadonlyArray<string>>
  readonly gauge: () => Promise<Gauges>
  /** What its processes said, the killed ones first. */
  readonly output: () => string
  readonly close: () => Promise<void>
}

const restartMsMax = 60_000
export const outputMax = 6_000
const kibPerMib = 1_024

export const nobody: ReadonlySet<number> = new Set()

/** Kills, and keeps the last words. */
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
/** Of handles and connections some come and go. */
export const growthSlack = 8

/** What a target has more of than can come and go. */
export const grown = (before: Gauges, after: Gauges): ReadonlyArray<string> =>
  (["handles", "connections"] as const).filter(
    (name) => after[name] > before[name] * growthMax + growthSlack
  )

/** Longer than the shop keeps the connections that the crowd of a rush has left idle. */
const idleMsMax = 20_000
const gaugePauseMs = 500

/** Gauges again, once idle connections have been closed: what is still there has leaked. */
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
