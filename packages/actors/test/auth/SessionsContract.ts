/** What is promised about logins, wherever they are kept. */
import { assert, describe, it } from "@effect/vitest"
import { graceMs, idleMsMax } from "@souk/domain/auth/SessionState"
import { Effect, Option } from "effect"
import { Accounts } from "../../src/auth/Accounts.ts"
import { Sessions, sessionsMax } from "../../src/auth/Sessions.ts"
import { type Place, register, told, userId } from "./People.ts"

const open = (id: string, tokenHash: string, n = 1) =>
  Effect.flatMap(Sessions, (sessions) =>
    sessions.open({ id, accountId: userId(n), tokenHash, client: "home" })
  )

const rotate = (id: string, hash: string, nextHash: string, client = "home") =>
  Effect.flatMap(Sessions, (sessions) =>
    sessions.rotate({ id, presented: { hash, client }, nextHash, salt: `salt of ${nextHash}` })
  )

export const sessionsContract = <R>({ layer, name, pass }: Place<R>) =>
  describe(`logins (${name})`, () => {
    it.effect("make their client familiar to the account", () =>
      Effect.gen(function* () {
        const accounts = yield* Accounts
        const { email } = yield* register(1)
        yield* open("s", "t0")
        const isFamiliar = (client: string) =>
          Effect.map(accounts.findByEmail(email, client), (known) =>
            Option.exists(known, ({ isFamiliar }) => isFamiliar)
          )
        assert.deepStrictEqual(
          [yield* isFamiliar("home"), yield* isFamiliar("away")],
          [true, false]
        )
      }).pipe(Effect.provide(layer))
    )

    it.effect("rotate; the token before gets the same successor for a while", () =>
      Effect.gen(function* () {
        const account = yield* register(1)
        yield* open("s", "t0")
        assert.deepStrictEqual(yield* rotate("s", "t0", "t1"), { _tag: "Rotated", account })
        yield* pass(graceMs - 5_000)
        const again = yield* rotate("s", "t0", "t1b")
        assert.deepStrictEqual(again, { _tag: "Again", account, salt: "salt of t1" })
        assert.strictEqual((yield* rotate("s", "t1", "t2"))._tag, "Rotated")
      }).pipe(Effect.provide(layer))
    )

    it.effect("give one successor, however many present one token at once", () =>
      Effect.gen(function* () {
        yield* register(1)
        yield* open("s", "t0")
        const all = Array.from({ length: 12 }, (_, n) => rotate("s", "t0", `t1-${n}`))
        const outcomes = yield* Effect.all(all, { concurrency: "unbounded" })
        assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Rotated").length, 1)
        const salts = outcomes.flatMap((one) => (one._tag === "Again" ? [one.salt] : []))
        assert.strictEqual(salts.length, 11)
        assert.strictEqual(new Set(salts).size, 1)
      }).pipe(Effect.provide(layer))
    )

    it.effect("end when a token is used twice, for every holder, for auditors to see", () =>
      Effect.gen(function* () {
        yield* register(1)
        yield* open("s", "t0")
        yield* rotate("s", "t0", "t1")
        yield* pass(graceMs + 1_000)
        assert.strictEqual((yield* rotate("s", "t0", "x"))._tag, "Reused")
        assert.strictEqual((yield* rotate("s", "t0", "x"))._tag, "Over")
        assert.strictEqual((yield* rotate("s", "t1", "t2"))._tag, "Over")
        assert.deepStrictEqual((yield* told).slice(1), [`RefreshTokenReused ${userId(1)}`])
      }).pipe(Effect.provide(layer))
    )

    it.effect("end when the token before comes from elsewhere, however soon", () =>
      Effect.gen(function* () {
        yield* register(1)
        yield* open("s", "t0")
        yield* rotate("s", "t0", "t1")
        assert.strictEqual((yield* rotate("s", "t0", "x", "away"))._tag, "Reused")
      }).pipe(Effect.provide(layer))
    )

    it.effect("end by logging out, and by not being used", () =>
      Effect.gen(function* () {
        const sessions = yield* Sessions
        yield* register(1)
        yield* open("s", "t0")
        yield* open("u", "u0")
        yield* sessions.close("s")
        yield* sessions.close("none")
        assert.strictEqual((yield* rotate("s", "t0", "t1"))._tag, "Over")
        yield* pass(idleMsMax + 1_000)
        assert.strictEqual((yield* rotate("u", "u0", "u1"))._tag, "Over")
        assert.strictEqual((yield* rotate("none", "u0", "u1"))._tag, "Over")
      }).pipe(Effect.provide(layer))
    )

    it.effect("are so many for one account, and then the one unused for longest goes", () =>
      Effect.gen(function* () {
        yield* register(1)
        yield* register(2)
        yield* open("other", "o0", 2)
        yield* open("first", "f0")
        yield* pass(1_000)
        for (let n = 0; n < sessionsMax; n++) yield* open(`s${n}`, "t0")
        assert.strictEqual((yield* rotate("first", "f0", "f1"))._tag, "Over")
        assert.strictEqual((yield* rotate("s0", "t0", "t1"))._tag, "Rotated")
        assert.strictEqual((yield* rotate("other", "o0", "o1"))._tag, "Rotated")
      }).pipe(Effect.provide(layer))
    )
  })
