/** Runs contenders in turn, round after round, each in a fresh process on a database of its own. */
import { fork } from "node:child_process"
import { once } from "node:events"
import type { Job, Report } from "./Child.ts"
import type { ContenderName } from "./Contenders.ts"
import type { PostgresServer } from "./Postgres.ts"
import type { Workload } from "./Work.ts"

/** One trial: these contenders with this work and number of callers. */
export interface Trial {
  readonly workload: Workload
  readonly callers: number
  readonly contenders: ReadonlyArray<ContenderName>
}

export interface Plan {
  readonly trials: ReadonlyArray<Trial>
  /** Who is not measured, and why. */
  readonly skipped: ReadonlyArray<string>
  readonly rounds: number
  readonly warmUpSeconds: number
  readonly windowSeconds: number
  /** How many come to the flash sale. */
  readonly buyers: number
}

export interface Run {
  readonly contender: ContenderName
  readonly workload: Workload
  readonly callers: number
  readonly round: number
  readonly report: Report
}

/** Beyond its warm-up and window a run has this long to start, drain, audit and stop. */
const graceSeconds = 180

/** The time limit of a flash sale. */
const flashSeconds = 300

/** Runs the whole plan; the contender that goes first changes from round to round. */
export const runAll = async (
  plan: Plan,
  server: PostgresServer,
  onRun: (run: Run) => void
): Promise<ReadonlyArray<Run>> => {
  const runs: Array<Run> = []
  for (let round = 0; round < plan.rounds; round++) {
    for (const { callers, contenders, workload } of plan.trials) {
      const turn = round % contenders.length
      for (const contender of [...contenders.slice(turn), ...contenders.slice(0, turn)]) {
        const asked = { contender, workload, callers, round }
        const run = { ...asked, report: await runOnce(plan, server, asked) }
        runs.push(run)
        onRun(run)
      }
    }
  }
  return runs
}

const runOnce = async (
  plan: Plan,
  server: PostgresServer,
  { callers, contender, round, workload }: Omit<Run, "report">
): Promise<Report> => {
  const database = `bench_${contender.toLowerCase()}_${workload}_${callers}_${round}`
  const databaseUrl = await server.createDatabase(database)
  const { buyers, warmUpSeconds, windowSeconds } = plan
  const rest = { callers, warmUpSeconds, seed: round + 1, postgresPid: server.pid }
  const load =
    workload === "flash" ? { workload, buyers, ...rest } : { workload, windowSeconds, ...rest }
  const limitSeconds =
    graceSeconds + warmUpSeconds + (workload === "flash" ? flashSeconds : windowSeconds)
  const report = await inChild({ contender, databaseUrl, load }, limitSeconds)
  await server.dropDatabase(database)
  return report
}

const inChild = async (job: Job, limitSeconds: number): Promise<Report> => {
  const child = fork(
    new URL(import.meta.url.endsWith(".ts") ? "./Child.ts" : "./Child.js", import.meta.url),
    {
      timeout: limitSeconds * 1_000,
      // As `npm start` sets it: a young generation that fits the work between two collections.
      execArgv: ["--max-semi-space-size=64"],
      // Whatever a contender prints must not end up among the findings.
      stdio: ["ignore", process.stderr, "inherit", "ipc"]
    }
  )
  let report: Report | undefined
  child.once("message", (message: Report) => {
    report = message
    child.disconnect()
  })
  child.send(job)
  const [code, signal] = await once(child, "exit")
  return report ?? { _tag: "Failed", reason: `the process ended early (${signal ?? code})` }
}
