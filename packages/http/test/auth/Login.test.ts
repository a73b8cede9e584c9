/** Registration, login, refresh and logout. */
import { LoginThrottle } from "@souk/actors/auth/LoginThrottle"
import { digest } from "@souk/actors/cluster/Digest"
import { assert, layer } from "@effect/vitest"
import * as Throttling from "@souk/domain/auth/Throttling"
import { AccountPolicy } from "@souk/http/auth/LogIn"
import { isWeak } from "@souk/http/auth/Passwords"
import { Accounts } from "@souk/actors/auth/Accounts"
import { SecurityLog } from "@souk/actors/auth/SecurityLog"
import { Effect, Layer, Option, Redacted } from "effect"
import * as Argon2 from "@node-rs/argon2"
import { assertProblem, get, newCustomer, newEmail, password, send } from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  send("POST", `/v1/auth/${path}`, { isAnonymous: true, body, headers })

/** A client in another network. */
const from = (address: string) => ({ "x-forwarded-for": address })

layer(TestHttpApp.layer, { excludeTestServices: true })("an account", (it) => {
  it.effect("is created, and its customer is logged in", () =>
    Effect.gen(function* () {
      const email = `  ${newEmail()}`.trim().toUpperCase()
      const answer = yield* post("register", { email, password, name: "Ada" })
      assert.strictEqual(answer.status, 201, answer.text)
      assert.strictEqual(answer.headers.get("cache-control"), "no-store")
      const { accessToken, expiresInSeconds, refreshToken, user } = answer.body
      assert.deepInclude(user, { email: email.toLowerCase(), name: "Ada", role: "customer" })
      assert.match(user.id, /^usr_[a-z0-9]{32}$/)
      assert.match(refreshToken, /^rt_[A-Za-z0-9_-]{65}$/)
      assert.strictEqual(expiresInSeconds, 900)
      assert.notInclude(answer.text, "argon2")
      const orders = yield* get("/v1/orders", { token: accessToken })
      assert.strictEqual(orders.status, 200, orders.text)
    })
  )

  it.effect("is unique by email, in any spelling", () =>
    Effect.gen(function* () {
      const email = newEmail()
      yield* newCustomer(email)
      const again = yield* post("register", { email: email.toUpperCase(), password, name: "Eve" })
      assertProblem(again, 409, "email_taken")
      assert.strictEqual(again.body.errors[0].pointer, "#/email")
    })
  )

  it.effect("refuses unknown and invalid fields", () =>
    Effect.gen(function* () {
      const good = { email: newEmail(), password, name: "Ada" }
      const bad: ReadonlyArray<readonly [object, string]> = [
        [{ ...good, role: "admin" }, "#/role"],
        [{ ...good, id: "usr_1" }, "#/id"],
        [{ ...good, email: "no-address" }, "#/email"],
        [{ ...good, password: "short" }, "#/password"],
        [{ ...good, password: "a".repeat(201) }, "#/password"],
        [{ ...good, name: "" }, "#/name"],
        [{ ...good, name: "a".repeat(101) }, "#/name"]
      ]
      for (const [body, pointer] of bad) {
        const answer = yield* post("register", body)
        assertProblem(answer, 400, "invalid_request")
        assert.strictEqual(answer.body.errors[0].pointer, pointer, answer.text)
        assert.notInclude(answer.text, password)
      }
    })
  )

  it.effect("accepts its password in any Unicode normalization", () =>
    Effect.gen(function* () {
      const email = newEmail()
      const composed = "caf\u00e9 au lait"
      yield* post("register", { email, password: composed, name: "Ada" })
      const answer = yield* post("login", { email, password: "cafe\u0301 au lait" })
      assert.strictEqual(answer.status, 200, answer.text)
      assert.strictEqual(answer.body.user.email, email)
    })
  )

  it.effect("that does not exist is refused like a wrong password", () =>
    Effect.gen(function* () {
      const email = newEmail()
      yield* newCustomer(email)
      const wrong = yield* post("login", { email, password: "wrong password" })
      const unknown = yield* post("login", { email: newEmail(), password: "wrong password" })
      assertProblem(wrong, 401, "wrong_credentials")
      assertProblem(unknown, 401, "wrong_credentials")
      const { requestId: _, ...told } = wrong.body
      const { requestId: __, ...same } = unknown.body
      assert.deepStrictEqual(told, same)
    })
  )

  it.effect("with a weak hash gets a stronger one at the next login", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const email = newEmail()
      const { user } = yield* newCustomer(email)
      const hash = Effect.map(accounts.findByEmail(email, ""), (known) =>
        Redacted.value(Option.getOrThrow(known).passwordHash)
      )
      const first = yield* hash
      assert.match(first, /^\$argon2id\$v=19\$m=47104,t=1,p=1\$/)
      const weak = yield* Effect.promise(() =>
        Argon2.hash(password, { algorithm: 2, memoryCost: 4_096, timeCost: 1, parallelism: 1 })
      )
      assert.isTrue(isWeak(weak))
      yield* accounts.rehash(user.id, Redacted.make(first), Redacted.make(weak))
      assert.strictEqual((yield* post("login", { email, password: "wrong one" })).status, 401)
      assert.strictEqual(yield* hash, weak)
      assert.strictEqual((yield* post("login", { email, password })).status, 200)
      assert.isFalse(isWeak(yield* hash))
    })
  )
})

layer(TestHttpApp.layer, { excludeTestServices: true })("a login", (it) => {
  it.effect("continues from token to token, also in two tabs at once", () =>
    Effect.gen(function* () {
      const { refreshToken, user } = yield* newCustomer()
      const tabs = yield* Effect.all(
        Array.from({ length: 5 }, () => post("refresh", { refreshToken })),
        { concurrency: "unbounded" }
      )
      for (const { status, text } of tabs) assert.strictEqual(status, 200, text)
      const successors = new Set(tabs.map(({ body }) => body.refreshToken))
      assert.strictEqual(successors.size, 1)
      const next = yield* post("refresh", { refreshToken: [...successors][0] })
      assert.strictEqual(next.status, 200)
      assert.deepStrictEqual(next.body.user, user)
      assert.strictEqual(next.headers.get("cache-control"), "no-store")
    })
  )

  it.effect("ends when an old token is used again", () =>
    Effect.gen(function* () {
      const { refreshToken, user } = yield* newCustomer()
      const one = (yield* post("refresh", { refreshToken })).body.refreshToken
      const two = (yield* post("refresh", { refreshToken: one })).body.refreshToken
      assertProblem(yield* post("refresh", { refreshToken }), 401, "login_over")
      assertProblem(yield* post("refresh", { refreshToken: two }), 401, "login_over")
      const events = yield* (yield* SecurityLog).list(0, 1_000)
      const told = events.find(({ type }) => type === "RefreshTokenReused")
      assert.strictEqual(told?.subject, user.id)
    })
  )

  it.effect("ends when a token that was just used comes from another network", () =>
    Effect.gen(function* () {
      const { refreshToken } = yield* newCustomer()
      const { body } = yield* post("refresh", { refreshToken })
      const thief = yield* post("refresh", { refreshToken }, from("203.0.113.9"))
      assertProblem(thief, 401, "login_over")
      assert.strictEqual((yield* post("refresh", body)).status, 400)
      const owner = yield* post("refresh", { refreshToken: body.refreshToken })
      assertProblem(owner, 401, "login_over")
    })
  )

  it.effect("ends by logout; a repeat has no effect", () =>
    Effect.gen(function* () {
      const { refreshToken } = yield* newCustomer()
      for (let n = 0; n < 2; n++) {
        const answer = yield* post("logout", { refreshToken })
        assert.strictEqual(answer.status, 204, answer.text)
      }
      assertProblem(yield* post("refresh", { refreshToken }), 401, "login_over")
      assert.strictEqual((yield* post("logout", { refreshToken: "nonsense" })).status, 204)
      assertProblem(yield* post("refresh", { refreshToken: "nonsense" }), 401, "login_over")
    })
  )
})

/** A wait that outlasts the test. */
const patient = Layer.succeed(AccountPolicy, {
  ...Throttling.account,
  delayMs: 60_000,
  delayMsMax: 60_000
})

const guarded = TestHttpApp.layer.pipe(Layer.provide(patient))

layer(guarded, { excludeTestServices: true })("guessing", (it) => {
  it.effect("at one account is throttled; its owner in a familiar network is not", () =>
    Effect.gen(function* () {
      const email = newEmail()
      yield* newCustomer(email)
      const guess = (n: number) =>
        post("login", { email, password: `a guess, number ${n}` }, from("192.0.2.7"))
      const numbers = Array.from({ length: 12 }, (_, n) => n)
      const answers = yield* Effect.forEach(numbers, guess, { concurrency: "unbounded" })
      const refused = answers.filter(({ status }) => status === 429)
      assert.strictEqual(refused.length, 6)
      for (const answer of refused) {
        assertProblem(answer, 429, "too_many_requests")
        assert.strictEqual(answer.headers.get("retry-after"), "60")
      }
      const right = yield* post("login", { email, password }, from("198.51.100.1"))
      assertProblem(right, 429, "too_many_requests")
      assert.strictEqual((yield* post("login", { email, password })).status, 200)
    })
  )

  it.effect("is throttled for accounts that do not exist in the same way", () =>
    Effect.gen(function* () {
      const email = newEmail()
      const statuses = yield* Effect.forEach(Array.from({ length: 7 }), () =>
        Effect.map(
          post("login", { email, password: "guess guess" }, from("192.0.2.8")),
          ({ status }) => status
        )
      )
      assert.deepStrictEqual(statuses, [401, 401, 401, 401, 401, 401, 429])
    })
  )

  it.effect("at many accounts from one address is throttled", () =>
    Effect.gen(function* () {
      const throttle = yield* LoginThrottle
      const before = yield* post("login", { email: newEmail(), password }, from("192.0.2.9"))
      assert.strictEqual(before.status, 401)
      const policy = { failuresFree: 0, delayMs: 60_000, delayMsMax: 60_000, memoryMs: 60_000 }
      yield* throttle.attempt(`address:${digest("192.0.2.9").slice(0, 32)}`, policy)
      const { user } = yield* newCustomer()
      const answer = yield* post("login", { email: user.email, password }, from("192.0.2.9"))
      assertProblem(answer, 429, "too_many_requests")
      const elsewhere = yield* post("login", { email: user.email, password }, from("192.0.2.10"))
      assert.strictEqual(elsewhere.status, 200)
    })
  )
})
