/** Injects faults by a plan from a seed, and records how long each has an effect. */
import { setTimeout as sleep } from "node:timers/promises"
import { eventually } from "../test/support/Eventually.ts"
import type { Load } from "../test/support/Load.ts"
import type { Random } from "../test/support/Random.ts"
import type { Options } from "./Options.ts"
import * as PausedRunner from "./PausedRunner.ts"
import type { Aimed, FaultPlan, FaultKind, Target } from "./Target.ts"

/** An injected fault. The times are those of `performance.now()`. */
export interface FaultRecord extends FaultPlan {
  /** What was done, as text. */
  readonly done: string
  /** Further notes for the log. */
  readonly detail?: string | undefined
  readonly inFlight: number
  readonly atMs: number
  /** The first successful response to a request sent after it. */
  readonly servedAtMs: number
  /** Every process is ready again. */
  readonly restoredAtMs: number
  readonly shards: ReadonlySet<number>
}

/** How long an aimed fault waits after an order was sent, and any other after the last fault. */
const aimedMsMax = 50
const otherMsMax = 600

/** How long a starting process runs until it is killed, and how long a pause takes. */
const startMsMax = 3_000
const pauseMs = [1_000, 9_000] as const

/** How many successful responses there must be between two faults. */
const answersMin = 24

const recoveryMsMax = 60_000

/** Of the kills, so many hit everything at once, and so many a process that starts. */
const shareOfAll = 0.15
const shareOfStarts = 0.1

const ways = ["stop", "postmaster", "server", "backend"] as const

/** The given number of each kind, in random order. Two of three are aimed. */
export const plan = (
  random: Random,
  { kills, pauses, postgresRestarts }: Options
): ReadonlyArray<FaultPlan> => {
  const all = Math.round(kills * shareOfAll)
  const start = Math.round(kills * shareOfStarts)
  const counts = { process: kills - all - start, all, start, postgres: postgresRestarts, pauses }
  const kinds = [
    ...Array.from({ length: counts.process }, (): FaultKind => "process"),
    ...Array.from({ length: counts.all }, (): FaultKind => "all"),
    ...Array.from({ length: counts.start }, (): FaultKind => "start"),
    ...Array.from({ length: counts.postgres }, (): FaultKind => "postgres"),
    ...Array.from({ length: counts.pauses }, (): FaultKind => "pause")
  ]
  return random.shuffle(kinds).map((kind, index) => {
    const isAimed = index % 3 !== 0
    return {
      kind,
      isAimed,
      delayMs: random.next() * (isAimed ? aimedMsMax : otherMsMax),
      victim: random.next(),
      database: ways[index % ways.length] ?? "stop",
      holdMs: kind === "start" ? random.next() * startMsMax : random.int(...pauseMs)
    }
  })
}

/** Waits for successful responses, injects the fault, and makes all processes run again. */
export const strike = async (target: Target, load: Load, plan: FaultPlan): Promise<FaultRecord> => {
  await answers(load, answersMin)
  const aimed = await target.aim(plan, () => load.log.inFlight)
  const { hit, inFlight: waiting, shards } = aimed
  const rush = await rushOn(load, aimed, plan)
  if (rush !== undefined) rush.begin()
  else if (plan.isAimed) await load.nextPost()
  await sleep(plan.delayMs)
  const inFlight = waiting()
  const atMs = performance.now()
  const served = load.log.firstOkSince(atMs, recoveryMsMax)
  try {
    const said = await hit(rush?.sellOut)
    const restoredAtMs = performance.now()
    const done = rush === undefined ? said : `${said}, while others sell what it had`
    const detail = await rush?.end()
    const servedAtMs = await served
    return { ...plan, done, detail, inFlight, atMs, restoredAtMs, servedAtMs, shards }
  } catch (error) {
    void served.catch(() => undefined)
    throw error
  }
}

/** An aimed pause lasts until others have sold the paused runner's stock. */
const rushOn = async (load: Load, { sleeper }: Aimed, plan: FaultPlan) =>
  plan.kind === "pause" && plan.isAimed && sleeper !== undefined
    ? PausedRunner.prepare(load, sleeper, `RUSH-${Math.floor(plan.victim * 1e9)}`)
    : undefined

/** Waits for the given number of successful responses. */
export const answers = async (load: Load, count: number): Promise<void> => {
  const before = load.log.okCount
  const limitMs = recoveryMsMax + count * 100
  await eventually("shoppers are served", limitMs, () =>
    load.log.okCount - before >= count ? true : undefined
  )
}
