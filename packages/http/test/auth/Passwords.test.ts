/** Hashing is expensive; many logins use a bounded part of the machine. */
import { assert, describe, it, layer } from "@effect/vitest"
import * as Passwords from "@souk/http/auth/Passwords"
import { Effect, Exit, Fiber, Redacted } from "effect"
import { newCustomer, password, place, sell, send } from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const someone = Redacted.make("correct horse battery")

/** Fewer than the backlog of a listener, so that the kernel refuses no connection. */
const connections = 250

const mebibyte = 2 ** 20

/** The peak memory while `effect` runs, above the memory before. */
const peakOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = process.memoryUsage.rss()
    let peak = before
    const look = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss())
    }, 5)
    const result = yield* Effect.ensuring(
      effect,
      Effect.sync(() => clearInterval(look))
    )
    return { result, peakBytes: peak - before }
  })

describe("passwords", () => {
  it.live("are verified by their hash only", () =>
    Effect.gen(function* () {
      const { hash, verify } = yield* Passwords.Passwords
      const phc = yield* hash(someone)
      assert.deepStrictEqual(yield* verify(someone, phc), { isRight: true, isWeak: false })
      assert.isFalse((yield* verify(Redacted.make("another"), phc)).isRight)
      assert.isFalse((yield* verify(someone, undefined)).isRight)
      assert.notStrictEqual(Redacted.value(yield* hash(someone)), Redacted.value(phc))
    }).pipe(Effect.provide(Passwords.layer))
  )

  it.each([
    ["$argon2id$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA", false],
    ["$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", true],
    ["$argon2i$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA", true],
    ["$2b$10$abcdefghijklmnopqrstuv", true]
  ])("hashed with other parameters are weak (%s)", (hash, expected) => {
    assert.strictEqual(Passwords.isWeak(hash), expected)
  })

  it.live("are hashed one after another, and none is lost", () =>
    Effect.gen(function* () {
      const { hash, verify } = yield* Passwords.Passwords
      const all = Effect.all(
        Array.from({ length: 24 }, () => hash(someone)),
        { concurrency: "unbounded" }
      )
      const { peakBytes, result } = yield* peakOf(all)
      assert.strictEqual(new Set(result.map(Redacted.value)).size, 24)
      const last = result.at(-1)
      assert.isTrue((yield* verify(someone, last)).isRight)
      // One hash of 46 MiB, and some slack; 24 at once would be 1.1 GiB.
      assert.isBelow(peakBytes, 300 * mebibyte)
    }).pipe(Effect.provide(Passwords.layer))
  )

  it.live("are handled two at a time; a client that disconnects frees its place", () =>
    Effect.gen(function* () {
      const { inTurn } = yield* Passwords.Passwords
      let inside = 0
      const staying = inTurn(
        Effect.zipRight(
          Effect.sync(() => inside++),
          Effect.never
        )
      )
      const fibers = yield* Effect.all(Array.from({ length: 5 }, () => Effect.fork(staying)))
      yield* Effect.yieldNow()
      assert.strictEqual(inside, 2)
      yield* Fiber.interruptAll(fibers)
      yield* inTurn(Effect.void)
    }).pipe(Effect.provide(Passwords.layer))
  )

  it.live("with a malformed hash fail their own request only", () =>
    Effect.gen(function* () {
      const { hash, verify } = yield* Passwords.Passwords
      const garbled = verify(someone, Redacted.make("$argon2id$v=19$m=1$nonsense"))
      const phc = yield* hash(someone)
      const [bad, good] = yield* Effect.all([Effect.exit(garbled), verify(someone, phc)], {
        concurrency: 2
      })
      assert.isTrue(Exit.isFailure(bad))
      assert.isTrue(good.isRight)
    }).pipe(Effect.provide(Passwords.layer))
  )
})

layer(TestHttpApp.layer, { excludeTestServices: true })("a flood of logins", (it) => {
  const flooding = Effect.gen(function* () {
    yield* sell("LAMP")
    const { user } = yield* newCustomer()
    const login = (n: number) =>
      send("POST", "/v1/auth/login", {
        isAnonymous: true,
        body: { email: n % 40 === 0 ? `unknown-${n}@example.com` : user.email, password },
        headers: { "x-forwarded-for": `10.${n >> 8}.${n & 255}.1` }
      })
    const numbers = Array.from({ length: 300 }, (_, n) => n)
    const flood = Effect.forEach(numbers, login, { concurrency: connections })
    const orders = Effect.forEach([1, 2, 3, 4, 5], (n) => place(`flood ${n}`))
    const both = Effect.all([flood, orders], { concurrency: 2 })
    const { peakBytes, result } = yield* peakOf(both)
    const [answers, placed] = result
    for (const { headers, status, text } of answers) {
      assert.include([200, 401, 429, 503], status, text)
      if (status === 429 || status === 503) assert.isNotNull(headers.get("retry-after"))
    }
    const hashed = answers.filter(({ status }) => status === 200 || status === 401)
    assert.isAbove(hashed.length, 0)
    for (const { status, text } of placed) assert.strictEqual(status, 201, text)
    assert.isBelow(peakBytes, 700 * mebibyte)
  })

  const title = "is answered in full, within bounds, and orders go through meanwhile"
  it.effect(title, () => flooding, 60_000)
})
