/** What a runner must be told, and what it says when it was not. */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Option } from "effect"
import { config } from "../../src/cluster/RunnerConfig.ts"

const complete = {
  SOUK_CLUSTER: "on",
  SOUK_RUNNER_ADDRESS: "runner-1.internal:34431",
  SOUK_DATABASE_URL: "postgres://souk@db/souk",
  SOUK_ADMIN_KEY: "sk_0123456789abcdef"
}

const read = (environment: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(
    config,
    ConfigProvider.fromMap(new Map(Object.entries(environment)), { pathDelim: "_" })
  )

const refusal = (change: Readonly<Record<string, string>>) =>
  Effect.map(Effect.flip(read({ ...complete, ...change })), (error) =>
    "message" in error ? error.message : String(error)
  )

describe("the configuration of a runner", () => {
  it.effect("is none without SOUK_CLUSTER=on", () =>
    Effect.gen(function* () {
      assert.isTrue(Option.isNone(yield* read({})))
      assert.isTrue(Option.isNone(yield* read({ ...complete, SOUK_CLUSTER: "off" })))
    })
  )

  it.effect("listens where it is reached, unless told otherwise", () =>
    Effect.gen(function* () {
      const address = { host: "runner-1.internal", port: 34_431 }
      const plain = yield* read({ ...complete, SOUK_RUNNER_LISTEN: "" })
      assert.deepStrictEqual(Option.getOrThrow(plain), { address, listen: address })
      const other = yield* read({ ...complete, SOUK_RUNNER_LISTEN: "0.0.0.0:9000" })
      const listen = { host: "0.0.0.0", port: 9_000 }
      assert.deepStrictEqual(Option.getOrThrow(other), { address, listen })
      const six = yield* read({ ...complete, SOUK_RUNNER_ADDRESS: "[fd00::5]:80" })
      assert.deepStrictEqual(Option.getOrThrow(six).address, { host: "fd00::5", port: 80 })
    })
  )

  it.effect("names what is missing, and what to do about it", () =>
    Effect.gen(function* () {
      assert.match(yield* refusal({ SOUK_DATABASE_URL: "" }), /SOUK_DATABASE_URL is not set.*share/)
      assert.match(yield* refusal({ SOUK_ADMIN_KEY: "" }), /SOUK_ADMIN_KEY is not set.*same key/)
      assert.match(yield* refusal({ SOUK_RUNNER_ADDRESS: "" }), /SOUK_RUNNER_ADDRESS is not set/)
      assert.match(yield* refusal({ SOUK_CLUSTER: "yes" }), /CLUSTER/)
    })
  )

  for (const bad of [
    "localhost",
    "host:0",
    "host:65536",
    "host:port",
    ":80",
    "a b:80",
    "fd00::5"
  ]) {
    it.effect(`refuses the address ${JSON.stringify(bad)}`, () =>
      Effect.map(refusal({ SOUK_RUNNER_ADDRESS: bad }), (text) =>
        assert.match(text, /SOUK_RUNNER_ADDRESS is ".*allowed: host:port/)
      )
    )
  }

  it.effect("refuses to be reached everywhere and so nowhere", () =>
    Effect.map(refusal({ SOUK_RUNNER_ADDRESS: "0.0.0.0:34431" }), (text) =>
      assert.match(text, /SOUK_RUNNER_ADDRESS is "0.0.0.0:34431".*SOUK_RUNNER_LISTEN/)
    )
  )
})
