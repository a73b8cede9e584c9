/** Whether this process is one of several runners, and how the others reach it. */
import { Config, type ConfigError, Effect, Option, Redacted, Schema } from "effect"

/** What a runner was told does not make a cluster. */
export class RunnerMisconfigured extends Schema.TaggedError<RunnerMisconfigured>()(
  "RunnerMisconfigured",
  { setting: Schema.String, reason: Schema.String, repair: Schema.String }
) {
  override get message() {
    return `${this.setting} ${this.reason}: ${this.repair}`
  }
}

/** A host name or IP address, and a TCP port. */
export interface Address {
  readonly host: string
  readonly port: number
}

export interface RunnerConfig {
  /** By this the other runners know and reach this one. It should outlive a restart. */
  readonly address: Address
  /** Where it listens for them. */
  readonly listen: Address
}

const settings = Config.all({
  cluster: Config.string("CLUSTER").pipe(Config.withDefault("off")),
  address: Config.option(Config.string("RUNNER_ADDRESS")),
  listen: Config.option(Config.string("RUNNER_LISTEN")),
  databaseUrl: Config.option(Config.redacted("DATABASE_URL")),
  adminKey: Config.option(Config.redacted("ADMIN_KEY"))
}).pipe(Config.nested("SOUK"))

/** Hosts that mean "here" or "everywhere", and so nothing to another machine. */
const nowhere = new Set(["0.0.0.0", "::", "*"])

const isGiven = (value: Option.Option<Redacted.Redacted>): boolean =>
  Option.exists(value, (secret) => Redacted.value(secret) !== "")

/** Nothing without `SOUK_CLUSTER=on`. */
export const config: Effect.Effect<
  Option.Option<RunnerConfig>,
  ConfigError.ConfigError | RunnerMisconfigured
> = Effect.gen(function* () {
  const { address, adminKey, cluster, databaseUrl, listen } = yield* settings
  if (cluster === "off" || cluster === "") return Option.none()
  if (cluster !== "on") {
    return yield* new RunnerMisconfigured({
      setting: "SOUK_CLUSTER",
      reason: `is ${JSON.stringify(cluster)}`,
      repair: "write on, or off"
    })
  }
  if (!isGiven(databaseUrl)) {
    return yield* new RunnerMisconfigured({
      setting: "SOUK_DATABASE_URL",
      reason: "is not set, and SOUK_CLUSTER is on",
      repair:
        "name the Postgres that all runners share; the one that Souk brings along serves one " +
        "process only"
    })
  }
  if (!isGiven(adminKey)) {
    return yield* new RunnerMisconfigured({
      setting: "SOUK_ADMIN_KEY",
      reason: "is not set, and SOUK_CLUSTER is on",
      repair: "give all runners the same key, or each of them would make one of its own"
    })
  }
  if (Option.isNone(address) || address.value === "") {
    return yield* new RunnerMisconfigured({
      setting: "SOUK_RUNNER_ADDRESS",
      reason: "is not set, and SOUK_CLUSTER is on",
      repair: "say under which host:port the other runners reach this one, such as 10.0.0.5:34431"
    })
  }
  const own = yield* parse("SOUK_RUNNER_ADDRESS", address.value)
  if (nowhere.has(own.host)) {
    return yield* new RunnerMisconfigured({
      setting: "SOUK_RUNNER_ADDRESS",
      reason: `is ${own.host}, which means every address and so none to the other runners`,
      repair: "name this one's own, and put what to listen on into SOUK_RUNNER_LISTEN"
    })
  }
  const given = Option.filter(listen, (text) => text !== "")
  return Option.some({
    address: own,
    listen: Option.isSome(given) ? yield* parse("SOUK_RUNNER_LISTEN", given.value) : own
  })
})

/** `host:port`; an IPv6 address stands in brackets. */
const parse = (setting: string, text: string): Effect.Effect<Address, RunnerMisconfigured> => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._*-]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host === undefined || port < 1 || port > 65_535
    ? Effect.fail(
        new RunnerMisconfigured({
          setting,
          reason: `is ${JSON.stringify(text)}`,
          repair: "write host:port, such as 10.0.0.5:34431 or [fd00::5]:34431"
        })
      )
    : Effect.succeed({ host, port })
}
