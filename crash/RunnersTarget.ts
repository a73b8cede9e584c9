/** Several runners on one Postgres of the test, behind a balancer. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Runner, Runners } from "../test/support/Runners.ts"
import type { ShopProcess } from "../test/support/ShopProcess.ts"
import {
  type FaultPlan,
  type FaultKind,
  type Environment,
  freeze,
  gauge,
  killer,
  noShards,
  outputMax,
  outputOf,
  postgresWords,
  replaced,
  type Target
} from "./Target.ts"

type Until = () => Promise<unknown>

type Hit = (runner: Runner, plan: FaultPlan, until: Until) => Promise<string>

type Hits = Readonly<Record<FaultKind, Hit>>

const restarted = async (runner: Runner) => {
  runner.spawn()
  await runner.untilReady()
}

const hitsOn = (
  { postgres, runners }: Runners,
  killed: (process: ShopProcess) => Promise<void>
): Hits => {
  return {
    process: async (runner) => {
      await killed(runner.process)
      await restarted(runner)
      return "kill -9 of one runner"
    },
    all: async () => {
      await Promise.all(runners.map(({ process }) => killed(process)))
      await Promise.all(runners.map(restarted))
      return "kill -9 of all runners"
    },
    start: async (runner, { holdMs }) => {
      await killed(runner.process)
      runner.spawn()
      await sleep(holdMs)
      await killed(runner.process)
      await restarted(runner)
      return "kill -9 of one runner, twice, the second time as it starts"
    },
    postgres: async () => {
      const before = postgres.pid()
      postgres.crash()
      await replaced(before, () => postgres.pid())
      await Promise.all(runners.map((runner) => runner.untilReady()))
      return postgresWords.stop
    },
    pause: async (runner, _blow, until) => {
      await freeze(runner.process, until)
      await runner.untilReady()
      return "SIGSTOP and SIGCONT of one runner"
    }
  }
}

export const startRunners = async (count: number, environment: Environment): Promise<Target> => {
  const cluster = await Runners.start(count, environment)
  const { client, postgres, runners } = cluster
  const { killed, words } = killer()
  const hits = hitsOn(cluster, killed)
  const isAtOne = (kind: FaultKind) => kind !== "all" && kind !== "postgres"
  return {
    client,
    adminKey: cluster.adminKey,
    urls: runners.map(({ url }) => url),
    aim: async (plan, inFlight) => {
      const runner = runners[Math.floor(plan.victim * runners.length)] ?? runners[0]!
      // For the table: which shards had to move. Only pauses are aimed by it.
      const shards = isAtOne(plan.kind) ? await cluster.shardsOf(runner) : noShards
      const others = runners.filter((other) => other !== runner).map(({ client }) => client)
      return {
        inFlight: isAtOne(plan.kind) ? () => client.inFlightAt(runner.client) : inFlight,
        shards,
        sleeper: { client: runner.client, shards, others },
        hit: (until = () => sleep(plan.holdMs)) => hits[plan.kind](runner, plan, until)
      }
    },
    mend: async () => {
      const ended = runners.filter(({ process }) => process.exit !== undefined)
      const words = ended.map(
        ({ process, url }) => `${url} ended by itself:\n${process.output.slice(-outputMax)}`
      )
      await Promise.all(ended.map((runner) => restarted(runner)))
      return words
    },
    gauge: () =>
      gauge(
        runners.map(({ process }) => process),
        postgres.pid()
      ),
    output: () => [...words, ...runners.flatMap(({ process }) => outputOf(process))].join("\n"),
    close: () => cluster.close()
  }
}
