/** What is promised about what processes share, wherever it is kept. */
import { assert, describe, it } from "@effect/vitest"
import * as Throttling from "@souk/domain/auth/Throttling"
import { Effect } from "effect"
import { LoginThrottle } from "../../src/auth/LoginThrottle.ts"
import { type VerificationKey, VerificationKeys } from "../../src/auth/VerificationKeys.ts"
import type { Place } from "./People.ts"

export const sharedContract = <R>({ layer, name, pass }: Place<R>) =>
  describe(`what processes share (${name})`, () => {
    it.effect("failures are counted at once, wait ever longer, and are forgiven", () =>
      Effect.gen(function* () {
        const throttle = yield* LoginThrottle
        const attempt = throttle.attempt("a", Throttling.account)
        const all = Array.from({ length: 20 }, () => attempt)
        const waits = yield* Effect.all(all, { concurrency: "unbounded" })
        const { failuresFree } = Throttling.account
        assert.strictEqual(waits.filter((wait) => wait === 0).length, failuresFree + 1)
        for (const waitMs of [1_000, 2_000, 4_000]) {
          const left = yield* attempt
          assert.isAbove(left, waitMs - 1_000)
          assert.isAtMost(left, waitMs)
          yield* pass(waitMs)
          assert.strictEqual(yield* attempt, 0)
        }
        assert.strictEqual(yield* throttle.attempt("b", Throttling.account), 0)
        yield* throttle.forgive("a", "all")
        assert.strictEqual(yield* attempt, 0)
        yield* throttle.forgive("nobody", "one")
      }).pipe(Effect.provide(layer))
    )

    it.effect("good attempts do not add up, and old ones are forgotten", () =>
      Effect.gen(function* () {
        const throttle = yield* LoginThrottle
        const policy = { ...Throttling.account, failuresFree: 1 }
        for (let n = 0; n < 5; n++) {
          assert.strictEqual(yield* throttle.attempt("a", policy), 0)
          yield* throttle.forgive("a", "one")
        }
        yield* throttle.attempt("a", policy)
        yield* throttle.attempt("a", policy)
        assert.isAbove(yield* throttle.attempt("a", policy), 0)
        yield* pass(policy.memoryMs + 1_000)
        assert.strictEqual(yield* throttle.attempt("a", policy), 0)
        assert.strictEqual(yield* throttle.attempt("a", { ...policy, failuresFree: 2 }), 0)
      }).pipe(Effect.provide(layer))
    )

    it.effect("public keys are known until their process is gone for long", () =>
      Effect.gen(function* () {
        const keys = yield* VerificationKeys
        const key = (kid: string): VerificationKey => ({
          kid,
          kty: "OKP",
          crv: "Ed25519",
          x: "x",
          alg: "EdDSA",
          use: "sig"
        })
        yield* keys.publish(key("old"), 1_000)
        yield* keys.publish(key("new"), 60_000)
        assert.sameDeepMembers([...(yield* keys.all)], [key("old"), key("new")])
        yield* pass(2_000)
        yield* keys.publish(key("new"), 60_000)
        assert.deepStrictEqual(yield* keys.all, [key("new")])
      }).pipe(Effect.provide(layer))
    )
  })
