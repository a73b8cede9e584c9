/** Runs contenders in turn, round after round, each in a fresh process on a database of its own. */
import { fork } from "node:child_process"
import { once } from "node:events"
import type { Job, Report } from "./Child.ts"
import type { ContenderName } from "./Contenders.ts"
import type { PostgresServer } from "./Postgres.ts"
import type { Workload } from "./Work.ts"

export interface Plan {
  readonly contenders: ReadonlyArray<ContenderName>
  readonly workloads: ReadonlyArray<Workload>
  readonly rounds: number
  readonly callers: number
  readonly warmUpSeconds: number
  readonly windowSeconds: number
}

export interface Run {
  readonly contender: ContenderName
  readonly workload: Workload
  readonly round: number
  readonly report: Report
}

/** Beyond its warm-up and window a run has this long to start, drain, audit and stop. */
const graceSeconds = 120

/** Runs the whole plan; the contender that goes first changes from round to round. */
export const runAll = async (
  plan: Plan,
  server: PostgresServer,
  onRun: (run: Run) => void
): Promise<ReadonlyArray<Run>> => {
  const runs: Array<Run> = []
  for (let round = 0; round < plan.rounds; round++) {
    const turn = round % plan.contenders.length
    const order = [...plan.contenders.slice(turn), ...plan.contenders.slice(0, turn)]
    for (const workload of plan.workloads) {
      for (const contender of order) {
        const report = await runOnce(plan, server, { contender, workload, round })
        const run = { contender, workload, round, report }
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
  { contender, workload, round }: Omit<Run, "report">
): Promise<Report> => {
  const database = `bench_${contender.toLowerCase()}_${workload}_${round}`
  const databaseUrl = await server.createDatabase(database)
  const { callers, warmUpSeconds, windowSeconds } = plan
  const load = {
    workload,
    callers,
    warmUpSeconds,
    windowSeconds,
    seed: round + 1,
    postgresPid: server.pid
  }
  const limitSeconds = warmUpSeconds + windowSeconds + graceSeconds
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
