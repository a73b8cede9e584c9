/** What is promised about accounts, wherever they are kept. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import { Accounts, EmailTaken } from "../../src/auth/Accounts.ts"
import { UnknownCursor } from "../../src/projection/ReadModel.ts"
import { log, type Place, register, secret, told, userId } from "./People.ts"

export const accountsContract = <R>({ layer, name }: Place<R>) =>
  describe(`accounts (${name})`, () => {
    it.effect("are found by their address, which no second one can have", () =>
      Effect.gen(function* () {
        const accounts = yield* Accounts
        const made = yield* register(1)
        assert.deepInclude(made, { id: userId(1), email: "user-1@example.com", role: "customer" })
        assert.match(made.createdAt, /^\d{4}-.*\.\d{3}Z$/)
        assert.instanceOf(yield* Effect.flip(register(2, made.email)), EmailTaken)
        const known = Option.getOrThrow(yield* accounts.findByEmail(made.email, "home"))
        assert.deepStrictEqual(known.account, made)
        assert.strictEqual(Redacted.value(known.passwordHash), "hash 1")
        assert.isFalse(known.isFamiliar)
        assert.deepStrictEqual(yield* accounts.find(userId(1)), Option.some(made))
        assert.isTrue(Option.isNone(yield* accounts.find(userId(2))))
        assert.isTrue(Option.isNone(yield* accounts.findByEmail("who@example.com", "home")))
      }).pipe(Effect.provide(layer))
    )

    it.effect("registered at once under one address, are one account", () =>
      Effect.gen(function* () {
        const all = Array.from({ length: 8 }, (_, n) => Effect.either(register(n, "a@example.com")))
        const outcomes = yield* Effect.all(all, { concurrency: "unbounded" })
        assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Right").length, 1)
        assert.strictEqual((yield* told).length, 1)
      }).pipe(Effect.provide(layer))
    )

    it.effect("are listed newest first, page by page", () =>
      Effect.gen(function* () {
        const accounts = yield* Accounts
        for (const n of [1, 2, 3]) yield* register(n)
        const first = yield* accounts.list({ limit: 2 })
        assert.deepStrictEqual(
          first.data.map(({ id }) => id),
          [userId(3), userId(2)]
        )
        assert.isTrue(first.hasMore)
        const next = yield* accounts.list({ limit: 2, startingAfter: userId(2) })
        assert.deepStrictEqual(
          next.data.map(({ id }) => id),
          [userId(1)]
        )
        assert.isFalse(next.hasMore)
        const nearest = yield* accounts.list({ limit: 1, endingBefore: userId(1) })
        assert.deepStrictEqual(
          nearest.data.map(({ id }) => id),
          [userId(2)]
        )
        assert.isTrue(nearest.hasMore)
        const back = yield* accounts.list({ limit: 2, endingBefore: userId(1) })
        assert.deepStrictEqual(back, { data: first.data, hasMore: false })
        const nothing = yield* accounts.list({ limit: 2, endingBefore: userId(3) })
        assert.deepStrictEqual(nothing, { data: [], hasMore: false })
        for (const cursor of [{ startingAfter: userId(9) }, { endingBefore: userId(9) }]) {
          const lost = yield* Effect.flip(accounts.list({ limit: 2, ...cursor }))
          assert.instanceOf(lost, UnknownCursor)
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("change their role for auditors to see, and once", () =>
      Effect.gen(function* () {
        const accounts = yield* Accounts
        yield* register(1)
        assert.isTrue(Option.isNone(yield* accounts.setRole(userId(2), "admin", "admin")))
        yield* accounts.setRole(userId(1), "seller", "admin")
        const again = yield* accounts.setRole(userId(1), "seller", "admin")
        assert.strictEqual(Option.getOrThrow(again).role, "seller")
        const events = (yield* log).filter(({ type }) => type === "RoleSet")
        assert.strictEqual(events.length, 1)
        assert.deepInclude(events[0], { subject: userId(1), who: "admin" })
        assert.deepStrictEqual(events[0]?.detail, { from: "customer", to: "seller" })
      }).pipe(Effect.provide(layer))
    )

    it.effect("keep a password that was changed while it was being hashed again", () =>
      Effect.gen(function* () {
        const accounts = yield* Accounts
        const { email } = yield* register(1)
        yield* accounts.rehash(userId(1), secret("another"), secret("lost"))
        yield* accounts.rehash(userId(1), secret("hash 1"), secret("better"))
        const known = Option.getOrThrow(yield* accounts.findByEmail(email, "home"))
        assert.strictEqual(Redacted.value(known.passwordHash), "better")
      }).pipe(Effect.provide(layer))
    )
  })
