/** Hashing is dear on purpose; a flood of it costs a bounded part of the machine. */
import { assert, describe, it, layer } from "@effect/vitest"
import * as Passwords from "@souk/http/auth/Passwords"
import { Unavailable } from "@souk/http/Problem"
import { Effect, Either, Fiber, Redacted } from "effect"
import { newCustomer, password, place, sell, send } from "../support/Requests.ts"
import * as TestDoor from "../support/TestDoor.ts"

const someone = Redacted.make("correct horse battery")

/** Fewer than the kernel keeps waiting for a listener, so that it turns nobody away by itself. */
const connections = 250

const mebibyte = 2 ** 20

/** The most memory that is in use while `effect` runs, beyond what was before. */
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
  it.live("are verified by their hash, and by nothing else", () =>
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

  it.live("come in at a bounded number; the others are sent away at once, and none is lost", () =>
    Effect.gen(function* () {
      const { admit, hash } = yield* Passwords.Passwords
      const all = Array.from({ length: 1_000 }, () => Effect.either(admit(hash(someone))))
      const flood = Effect.all(all, { concurrency: "unbounded" })
      const { peakBytes, result } = yield* peakOf(flood)
      const refused = result.filter(Either.isLeft)
      assert.strictEqual(refused.length, 1_000 - 32)
      for (const { left } of refused) assert.instanceOf(left, Unavailable)
      // Two hashes of 46 MiB at once, and some slack; 32 at once would be 1.4 GiB.
      assert.isBelow(peakBytes, 500 * mebibyte)
      yield* admit(hash(someone))
    }).pipe(Effect.provide(Passwords.layer))
  )

  it.live("give their place back when whoever asked has gone away", () =>
    Effect.gen(function* () {
      const { admit, hash } = yield* Passwords.Passwords
      const all = Array.from({ length: 32 }, () => Effect.fork(admit(hash(someone))))
      const fibers = yield* Effect.all(all)
      yield* Effect.yieldNow()
      assert.instanceOf(yield* Effect.flip(admit(Effect.void)), Unavailable)
      yield* Fiber.interruptAll(fibers)
      yield* admit(Effect.void)
    }).pipe(Effect.provide(Passwords.layer))
  )
})

layer(TestDoor.layer, { excludeTestServices: true })("a flood of logins", (it) => {
  const flooding = Effect.gen(function* () {
    yield* sell("LAMP")
    const { user } = yield* newCustomer()
    const login = (n: number) =>
      send("POST", "/v1/auth/login", {
        isAnonymous: true,
        body: { email: n % 40 === 0 ? `nobody-${n}@example.com` : user.email, password },
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
