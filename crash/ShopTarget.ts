/** One shop with its embedded Postgres. */
import { setTimeout as sleep } from "node:timers/promises"
import { Shop } from "../test/support/Shop.ts"
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

export const startShop = async (environment: Environment): Promise<Target> => {
  const shop = await Shop.start(environment)
  const { killed, words } = killer()
  const hits: Readonly<Record<FaultKind, (plan: FaultPlan) => Promise<string>>> = {
    process: async () => {
      await killed(shop.process)
      await shop.start()
      return "kill -9 of the shop"
    },
    all: async ({ database }) => {
      await Promise.all([killed(shop.process), shop.killDatabase(database)])
      await shop.start()
      return "kill -9 of the shop and its Postgres"
    },
    start: async ({ holdMs }) => {
      await killed(shop.process)
      shop.spawn()
      await sleep(holdMs)
      await killed(shop.process)
      await shop.start()
      return "kill -9 of the shop, twice, the second time as it starts"
    },
    postgres: async ({ database }) => {
      const before = shop.databasePid()
      await shop.killDatabase(database)
      if (database !== "backend") await replaced(before, () => shop.databasePid())
      await shop.untilReady()
      return postgresWords[database]
    },
    pause: async ({ holdMs }) => {
      await freeze(shop.process, () => sleep(holdMs))
      await shop.untilReady()
      return "SIGSTOP and SIGCONT of the shop"
    }
  }
  return {
    client: shop.client,
    adminKey: shop.adminKey,
    urls: [shop.baseUrl],
    aim: (plan, inFlight) =>
      Promise.resolve({ inFlight, shards: noShards, hit: () => hits[plan.kind](plan) }),
    mend: async () => {
      if (shop.process.exit === undefined) return []
      const words = `the shop ended by itself:\n${shop.process.output.slice(-outputMax)}`
      await shop.start()
      return [words]
    },
    gauge: () => gauge([shop.process], shop.databasePid()),
    output: () => [...words, ...outputOf(shop.process)].join("\n"),
    close: () => shop.close()
  }
}
