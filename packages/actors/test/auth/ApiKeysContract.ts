/** What is promised about keys of programs, wherever they are kept. */
import { assert, describe, it } from "@effect/vitest"
import type { UserId } from "@souk/domain/kernel/Ids"
import { Effect, Option } from "effect"
import { Accounts } from "../../src/auth/Accounts.ts"
import { ApiKeys } from "../../src/auth/ApiKeys.ts"
import { keyId, type Place, register, told, userId } from "./People.ts"

export const apiKeysContract = <R>({ layer, name, pass }: Place<R>) =>
  describe(`keys of programs (${name})`, () => {
    const create = (n: number, ownerId?: UserId) =>
      Effect.flatMap(ApiKeys, (keys) =>
        keys.create(
          {
            id: keyId(n),
            name: "shop floor",
            scopes: ["stock:read", "orders:all"],
            ownerId,
            hash: `hash ${n}`,
            hint: "wxyz"
          },
          "admin"
        )
      )

    it.effect("stand for what they were given, and for what their owner is now", () =>
      Effect.gen(function* () {
        const [keys, accounts] = [yield* ApiKeys, yield* Accounts]
        yield* register(1)
        yield* accounts.setRole(userId(1), "admin", "admin")
        yield* create(1, userId(1))
        yield* create(2)
        const shown = Option.getOrThrow(yield* keys.find("hash 1"))
        assert.deepStrictEqual(shown.scopes, ["stock:read", "orders:all"])
        assert.deepInclude(shown, { id: keyId(1), ownerId: userId(1), ownerRole: "admin" })
        assert.isUndefined(Option.getOrThrow(yield* keys.find("hash 2")).ownerId)
        yield* accounts.setRole(userId(1), "customer", "admin")
        assert.strictEqual(Option.getOrThrow(yield* keys.find("hash 1")).ownerRole, "customer")
        assert.isTrue(Option.isNone(yield* keys.find("hash 3")))
      }).pipe(Effect.provide(layer))
    )

    it.effect("remember when they were last used, and are listed without their secrets", () =>
      Effect.gen(function* () {
        const keys = yield* ApiKeys
        yield* create(1)
        yield* create(2)
        yield* keys.find("hash 2")
        const { data, hasMore } = yield* keys.list({ limit: 1 })
        assert.isTrue(hasMore)
        assert.strictEqual(data[0]?.id, keyId(2))
        assert.isDefined(data[0]?.lastUsedAt)
        assert.notInclude(JSON.stringify(data), "hash")
        const rest = yield* keys.list({ limit: 1, startingAfter: keyId(2) })
        assert.isUndefined(rest.data[0]?.lastUsedAt)
      }).pipe(Effect.provide(layer))
    )

    it.effect("rotate: the one before is good for a while longer, and no longer", () =>
      Effect.gen(function* () {
        const keys = yield* ApiKeys
        yield* create(1)
        const next = { hash: "hash 1b", hint: "abcd", overlapMs: 60_000 }
        const rotated = Option.getOrThrow(yield* keys.rotate(keyId(1), next, "admin"))
        assert.strictEqual(rotated.hint, "abcd")
        const isGood = (hash: string) => Effect.map(keys.find(hash), Option.isSome)
        assert.deepStrictEqual([yield* isGood("hash 1"), yield* isGood("hash 1b")], [true, true])
        yield* pass(61_000)
        assert.deepStrictEqual([yield* isGood("hash 1"), yield* isGood("hash 1b")], [false, true])
        assert.isTrue(Option.isNone(yield* keys.rotate(keyId(9), next, "admin")))
      }).pipe(Effect.provide(layer))
    )

    it.effect("are revoked at once, with the one before, and every change is told", () =>
      Effect.gen(function* () {
        const keys = yield* ApiKeys
        yield* create(1)
        const next = { hash: "hash 1b", hint: "abcd", overlapMs: 60_000 }
        yield* keys.rotate(keyId(1), next, "admin")
        const revoked = Option.getOrThrow(yield* keys.revoke(keyId(1), "admin"))
        assert.isDefined(revoked.revokedAt)
        assert.deepStrictEqual(yield* keys.revoke(keyId(1), "admin"), Option.some(revoked))
        for (const hash of ["hash 1", "hash 1b"]) {
          assert.isTrue(Option.isNone(yield* keys.find(hash)))
        }
        assert.isTrue(Option.isNone(yield* keys.rotate(keyId(1), next, "admin")))
        const events = ["ApiKeyCreated", "ApiKeyRotated", "ApiKeyRevoked"]
        assert.deepStrictEqual(
          yield* told,
          events.map((type) => `${type} ${keyId(1)}`)
        )
      }).pipe(Effect.provide(layer))
    )
  })
