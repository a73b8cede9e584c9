/** Callers with the same credential share its lookup, and none of them can break it. */
import type { Account } from "@souk/actors/auth/Accounts"
import { ApiKeys, type ShownKey } from "@souk/actors/auth/ApiKeys"
import { CredentialChanges } from "@souk/actors/auth/CredentialChanges"
import { VerificationKeys } from "@souk/actors/auth/VerificationKeys"
import { ApiKeyId, UserId } from "@souk/domain/kernel/Ids"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import * as AccessTokens from "@souk/http/auth/AccessTokens"
import * as ShownKeys from "@souk/http/auth/ShownKeys"
import * as SigningKey from "@souk/http/auth/SigningKey"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Option, Redacted } from "effect"

const key: ShownKey = {
  id: ApiKeyId.make("key_000000000000000000000001"),
  ownerRole: "admin",
  scopes: ["orders:read"]
}

const unused = () => Effect.dieMessage("not asked here")

/** A slow store in which one key is valid until it is revoked. */
const makeBook = Effect.gen(function* () {
  const gate = yield* Effect.makeLatch(false)
  const book = { isGood: true, lookups: 0, gate }
  const keys = ApiKeys.of({
    create: unused,
    list: unused,
    rotate: unused,
    revoke: unused,
    find: () =>
      Effect.suspend(() => {
        book.lookups++
        const read = book.isGood ? Option.some(key) : Option.none()
        return Effect.as(gate.await, read)
      })
  })
  let changedElsewhere: Effect.Effect<void> = Effect.void
  const follow = (changed: Effect.Effect<void>) =>
    Effect.sync(() => {
      changedElsewhere = changed
    })
  const layer = ShownKeys.layer.pipe(
    Layer.provide(Layer.succeed(ApiKeys, keys)),
    Layer.provide(Layer.succeed(CredentialChanges, { follow }))
  )
  const shown = Context.get(yield* Layer.build(layer), ShownKeys.ShownKeys)
  /** Asks, and goes on when the book has been asked so often in all. */
  const asking = (lookups: number) =>
    Effect.tap(Effect.fork(shown.find("sk_one")), () =>
      Effect.repeat(Effect.yieldNow(), { until: () => book.lookups === lookups })
    )
  return { asking, book, shown, elsewhere: Effect.suspend(() => changedElsewhere) }
})

describe("a key that is being looked up", () => {
  it.scoped("is found for other callers when the first one disconnects", () =>
    Effect.gen(function* () {
      const { asking, book, shown } = yield* makeBook
      const first = yield* asking(1)
      const second = yield* Effect.fork(shown.find("sk_one"))
      yield* Effect.yieldNow()
      const hangingUp = yield* Effect.fork(Fiber.interrupt(first))
      yield* Effect.yieldNow()
      yield* book.gate.open
      yield* Fiber.join(hangingUp)
      assert.deepStrictEqual(Option.getOrNull(yield* Fiber.join(second)), key)
      assert.strictEqual(book.lookups, 1)
      yield* shown.find("sk_one")
      assert.strictEqual(book.lookups, 1)
    })
  )

  it.scoped("does not delay the first caller when it disconnects", () =>
    Effect.gen(function* () {
      const { asking } = yield* makeBook
      const first = yield* asking(1)
      yield* Fiber.interrupt(first)
    })
  )

  it.scoped("is refused after its revocation, even if a lookup read it before", () =>
    Effect.gen(function* () {
      const { asking, book, shown } = yield* makeBook
      const before = yield* asking(1)
      yield* shown.changing(Effect.sync(() => (book.isGood = false)))
      yield* book.gate.open
      yield* Fiber.join(before)
      assert.isTrue(Option.isNone(yield* shown.find("sk_one")))
    })
  )

  it.scoped("is refused after its revocation by another process", () =>
    Effect.gen(function* () {
      const { book, elsewhere, shown } = yield* makeBook
      yield* book.gate.open
      assert.isTrue(Option.isSome(yield* shown.find("sk_one")))
      book.isGood = false
      assert.isTrue(Option.isSome(yield* shown.find("sk_one")))
      yield* elsewhere
      assert.isTrue(Option.isNone(yield* shown.find("sk_one")))
    })
  )

  it.scoped("is refused after its revocation, even if the revoking client disconnects", () =>
    Effect.gen(function* () {
      const { book, shown } = yield* makeBook
      yield* book.gate.open
      yield* shown.find("sk_one")
      const committed = yield* Effect.makeLatch(false)
      const revoke = Effect.andThen(committed.await, () => {
        book.isGood = false
      })
      const revoker = yield* Effect.fork(shown.changing(revoke))
      yield* Effect.yieldNow()
      yield* Fiber.interruptFork(revoker)
      yield* committed.open
      yield* Fiber.await(revoker)
      assert.isTrue(Option.isNone(yield* shown.find("sk_one")))
    })
  )
})

const ada: Account = {
  id: UserId.make("usr_00000000000000000001"),
  email: "ada@example.com",
  name: "Ada",
  role: "admin",
  createdAt: Timestamp.make("2026-01-01T00:00:00.000Z")
}

describe("a token signed by another process", () => {
  it.scopedLive("is valid for other callers when the first one disconnects", () =>
    Effect.gen(function* () {
      const generated = Effect.map(Layer.build(Layer.orDie(SigningKey.layerGenerated)), (context) =>
        Context.get(context, SigningKey.SigningKey)
      )
      const other = yield* generated
      const gate = yield* Effect.makeLatch(false)
      const keys = VerificationKeys.of({
        publish: () => Effect.void,
        all: Effect.as(gate.await, [other.publicKey])
      })
      const tokensOf = (own: SigningKey.SigningKey["Type"]) =>
        Effect.map(
          Layer.build(
            AccessTokens.layer.pipe(
              Layer.provide(Layer.succeed(SigningKey.SigningKey, own)),
              Layer.provide(Layer.succeed(VerificationKeys, keys)),
              Layer.orDie
            )
          ),
          (context) => Context.get(context, AccessTokens.AccessTokens)
        )
      const token = Redacted.value(yield* (yield* tokensOf(other)).issue(ada))
      const tokens = yield* tokensOf(yield* generated)
      const first = yield* Effect.fork(tokens.verify(token))
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(tokens.verify(token))
      yield* Effect.yieldNow()
      const hangingUp = yield* Effect.fork(Fiber.interrupt(first))
      yield* Effect.sleep("10 millis")
      yield* gate.open
      yield* Fiber.join(hangingUp)
      assert.strictEqual((yield* Fiber.join(second)).sub, ada.id)
    })
  )
})
