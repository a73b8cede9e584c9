/** Rate limits of requests. */
import { assert, layer } from "@effect/vitest"
import { QuotaPolicies } from "@souk/http/quota/RateLimiter"
import { Effect, Layer } from "effect"
import {
  type Answer,
  assertNothingWritten,
  assertProblem,
  get,
  newCustomer,
  orderOf,
  sell,
  send
} from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

/** A window that outlasts every test. */
const windowSeconds = 1_000_000_000

const limits = (limits: { default: number; checkout: number; auth: number }) =>
  TestHttpApp.layer.pipe(Layer.provide(Layer.succeed(QuotaPolicies, { windowSeconds, ...limits })))

const told = ({ headers }: Answer) =>
  [headers.get("ratelimit-policy"), headers.get("ratelimit")?.replace(/t=\d+$/, "t=…")] as const

const assertExceeded = (answer: Answer, policy: string) => {
  assertProblem(answer, 429, "quota_exceeded")
  assert.deepStrictEqual(answer.body.violatedPolicies, [policy])
  const reset = /;t=(\d+)$/.exec(answer.headers.get("ratelimit") ?? "")?.[1]
  assert.strictEqual(answer.headers.get("retry-after"), reset)
  assert.strictEqual(answer.body.retryAfterSeconds, Number(reset))
}

const isAnonymous = true

layer(limits({ default: 3, checkout: 1, auth: 2 }), { excludeTestServices: true })(
  "an address",
  (it) => {
    it.effect("has one limit for all public paths", () =>
      Effect.gen(function* () {
        const paths = ["/v1/products", "/nowhere", "/openapi.json"]
        for (const [index, path] of paths.entries()) {
          const answer = yield* get(path, { isAnonymous })
          assert.notStrictEqual(answer.status, 429)
          const left = `"default";r=${2 - index};t=…`
          assert.deepStrictEqual(told(answer), [`"default";q=3;w=${windowSeconds}`, left])
        }
        for (const path of paths) assertExceeded(yield* get(path, { isAnonymous }), "default")
        const headers = { authorization: "Bearer guess" }
        assertExceeded(yield* get("/v1/orders", { isAnonymous, headers }), "default")
      })
    )

    it.effect("has a stricter limit for logins", () =>
      Effect.gen(function* () {
        yield* newCustomer()
        const { accessToken: token } = yield* newCustomer()
        const body = { email: "a@example.com", password: "wrong and long" }
        const refused = yield* send("POST", "/v1/auth/login", { isAnonymous, body })
        assertExceeded(refused, "auth")
        const answer = yield* get("/v1/orders", { token })
        assert.strictEqual(answer.status, 200, "a customer is not their address")
      })
    )

    it.effect("is not limited for probes and with the admin key", () =>
      Effect.gen(function* () {
        for (let n = 0; n < 5; n++) {
          for (const path of ["/healthz", "/readyz"]) {
            assert.strictEqual((yield* get(path, { isAnonymous })).status, 200)
          }
          const answer = yield* get("/v1/orders")
          assert.strictEqual(answer.status, 200)
          assert.deepStrictEqual(told(answer), [null, undefined])
        }
      })
    )
  }
)

layer(limits({ default: 4, checkout: 2, auth: 0 }), { excludeTestServices: true })(
  "a customer",
  (it) => {
    it.effect("has a limit of placements, and may still read orders", () =>
      Effect.gen(function* () {
        yield* sell("LAMP")
        const [one, other] = [yield* newCustomer(), yield* newCustomer()]
        const { customerId: _, ...body } = orderOf()
        const place = (token: string, key: string) =>
          send("POST", "/v1/orders", { token, body, headers: { "idempotency-key": key } })
        for (const key of ["a", "b"]) {
          assert.strictEqual((yield* place(one.accessToken, key)).status, 201)
        }
        const refused = yield* assertNothingWritten(place(one.accessToken, "c"))
        assertExceeded(refused, "checkout")
        assert.strictEqual((yield* place(other.accessToken, "a")).status, 201)
        const seen = yield* get("/v1/orders", { token: one.accessToken })
        assert.deepStrictEqual(told(seen)[1], '"default";r=3;t=…')
      })
    )
  }
)
