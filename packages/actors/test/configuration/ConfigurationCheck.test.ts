/** What an environment must be: all its errors at once, by name, and no secret in them. */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Logger, Option, Redacted } from "effect"
import * as RunnerConfig from "../../src/cluster/RunnerConfig.ts"
import { Configuration, renamed, variables } from "../../src/configuration/Configuration.ts"
import { check } from "../../src/configuration/ConfigurationCheck.ts"
import * as StripeConfig from "../../src/payment/StripeConfig.ts"

type Environment = Readonly<Record<string, string>>

const inEnvironment = (environment: Environment) =>
  Effect.withConfigProvider(
    ConfigProvider.fromMap(new Map(Object.entries(environment)), { pathDelim: "_" })
  )

const checked = (environment: Environment) =>
  check(environment, [RunnerConfig.config]).pipe(inEnvironment(environment))

const problems = (environment: Environment) =>
  Effect.map(Effect.flip(checked(environment)), ({ problems }) => problems)

/** What is warned about meanwhile. */
const warnings = (environment: Environment) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const listener = Logger.make(({ message }) => lines.push(String(message)))
    yield* Effect.provide(checked(environment), Logger.replace(Logger.defaultLogger, listener))
    return lines
  })

describe("the configuration", () => {
  it.effect("may be empty, or set to nothing", () =>
    Effect.gen(function* () {
      yield* checked({})
      const nothing = Object.fromEntries(variables.map(({ variable: { name } }) => [name, ""]))
      yield* checked({ ...nothing, SOUK_DRAIN_SECONDS: "" })
      const { databaseUrl, port } = yield* Effect.all({
        port: Configuration.port,
        databaseUrl: Configuration.databaseUrl
      }).pipe(inEnvironment(nothing))
      assert.deepStrictEqual([port, Option.isNone(databaseUrl)], [3_000, true])
    })
  )

  it.effect("is refused with all that is wrong, each by its name and what is allowed", () =>
    Effect.gen(function* () {
      const found = yield* problems({
        SOUK_PORT: "65536",
        SOUK_TRUSTED_PROXIES: "two",
        SOUK_PAYMENT_GATEWAY: "paypal",
        SOUK_CORS_ORIGINS: "https://shop.example/",
        SOUK_CLUSTER: "yes"
      })
      assert.deepStrictEqual(found, [
        'SOUK_PORT is "65536"; allowed: a whole number from 0 to 65535',
        'SOUK_PAYMENT_GATEWAY is "paypal"; allowed: sandbox or stripe',
        'SOUK_CORS_ORIGINS is "https://shop.example/"; allowed: ' +
          "origins with commas between them, such as https://shop.example,http://localhost:5173",
        'SOUK_TRUSTED_PROXIES is "two"; allowed: a whole number from 0 to 10',
        'SOUK_CLUSTER is "yes"; allowed: off or on'
      ])
    })
  )

  it.effect("never shows a secret, whatever is wrong with it", () =>
    Effect.gen(function* () {
      const secrets = variables.filter(({ variable }) => variable.isSecret)
      assert.isAbove(secrets.length, 4)
      for (const { variable } of secrets) {
        if (variable.name === "SOUK_AUTH_KEY") continue // Any text will do here.
        const [problem] = yield* problems({ [variable.name]: "hunter2" })
        assert.strictEqual(
          problem,
          `${variable.name} is set to a secret that is not shown here; allowed: ${variable.allowed}`
        )
      }
      const url = yield* problems({ SOUK_DATABASE_URL: "postgres://souk:hunter2@:no-port/" })
      assert.deepStrictEqual([url.length, url.join().includes("hunter2")], [1, false])
      const key = yield* Configuration.adminKey.pipe(
        inEnvironment({ SOUK_ADMIN_KEY: "sk_0123456789abcdef" })
      )
      assert.notInclude(String(Option.getOrThrow(key)), "0123")
      assert.strictEqual(Redacted.value(Option.getOrThrow(key)), "sk_0123456789abcdef")
    })
  )

  it.effect("names what a runner lacks, all of it", () =>
    Effect.gen(function* () {
      const found = yield* problems({ SOUK_CLUSTER: "on" })
      const names = found.map((problem) => problem.split(" ", 1)[0])
      assert.deepStrictEqual(names, ["SOUK_RUNNER_ADDRESS", "SOUK_DATABASE_URL", "SOUK_ADMIN_KEY"])
      for (const problem of found) assert.include(problem, "is not set, and SOUK_CLUSTER is on")
    })
  )

  it.effect("names what Stripe lacks, and keeps a live key at home", () =>
    Effect.gen(function* () {
      const rules = [StripeConfig.config, StripeConfig.webhookConfig]
      const stripe = { SOUK_PAYMENT_GATEWAY: "stripe" }
      const lacking = yield* Effect.flip(check(stripe, rules).pipe(inEnvironment(stripe)))
      assert.match(lacking.message, /SOUK_STRIPE_SECRET_KEY is not set.*\n.*WEBHOOK_SECRET is not/)
      const live = {
        ...stripe,
        SOUK_STRIPE_SECRET_KEY: "sk_live_0123456789",
        SOUK_STRIPE_WEBHOOK_SECRET: "whsec_0123456789abcdef",
        SOUK_STRIPE_API_BASE: "http://127.0.0.1:1"
      }
      const away = yield* Effect.flip(check(live, rules).pipe(inEnvironment(live)))
      assert.match(away.message, /SOUK_STRIPE_API_BASE is "http:\/\/127.*api\.stripe\.com alone/)
    })
  )

  it.effect("names each old name with the new one", () =>
    Effect.gen(function* () {
      for (const [old, now] of Object.entries(renamed)) {
        const found = yield* problems({ [old]: "5", SOUK_PORT: "x" })
        assert.strictEqual(found[0], `${old} is now called ${now}: rename it`)
        assert.strictEqual(found.length, 2)
        assert.isTrue(variables.some(({ variable }) => variable.name === now))
        assert.isFalse(variables.some(({ variable }) => variable.name === old))
      }
    })
  )

  it.effect("warns once of an unknown variable, and names the nearest", () =>
    Effect.gen(function* () {
      const others = { SOUK_TEST_SEED: "1", PORT: "1", SOUKS: "1", SOUK_PORT: "0" }
      assert.deepStrictEqual(yield* warnings(others), [])
      assert.deepStrictEqual(
        yield* warnings({ ...others, SOUK_PROT: "1", SOUK_ADMINKEY: "k", SOUK_ZZZ: "1" }),
        [
          "SOUK_PROT is set and is no variable of Souk: did you mean SOUK_PORT?",
          "SOUK_ADMINKEY is set and is no variable of Souk: did you mean SOUK_ADMIN_KEY?",
          "SOUK_ZZZ is set and is no variable of Souk"
        ]
      )
    })
  )

  it("declares each variable once", () => {
    const names = variables.map(({ variable }) => variable.name)
    assert.strictEqual(new Set(names).size, names.length)
  })
})
