/** Whether this process is one of several runners, and how the others reach it. */
import { Config, Effect, Either, Option } from "effect"
import { type Address, Configuration } from "../configuration/Configuration.ts"
import { invalid, needed } from "../configuration/Variable.ts"

export type { Address }

export interface RunnerConfig {
  /** The address by which other runners identify and reach this one; the same after a restart. */
  readonly address: Address
  /** The address to listen at. */
  readonly listen: Address
}

/** Hosts that mean the local machine or all interfaces, and are useless to other machines. */
const nowhere = new Set(["0.0.0.0", "::", "*"])

const because = "SOUK_CLUSTER is on"

const settings = Config.all({
  address: Config.mapOrFail(
    needed(Configuration.runnerAddress, `${because}: the other runners reach this one by it`),
    (address) =>
      nowhere.has(address.host)
        ? Either.left(
            invalid(
              Configuration.runnerAddress.variable,
              `${address.host}:${address.port}`,
              "an address that is this runner's alone; what to listen on is SOUK_RUNNER_LISTEN"
            )
          )
        : Either.right(address)
  ),
  listen: Configuration.runnerListen,
  databaseUrl: needed(Configuration.databaseUrl, `${because}: all runners share one Postgres`),
  adminKey: needed(Configuration.adminKey, `${because}: all runners need the same key`)
})

/** None without `SOUK_CLUSTER=on`. */
export const config = Effect.gen(function* () {
  if ((yield* Configuration.cluster) === "off") return Option.none<RunnerConfig>()
  const { address, listen } = yield* settings
  return Option.some<RunnerConfig>({ address, listen: Option.getOrElse(listen, () => address) })
})
