/** API keys and roles: granted by admins, never beyond their own scopes, and audited. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import {
  assertNothingWritten,
  assertProblem,
  get,
  newCustomer,
  newPerson,
  orderOf,
  post,
  put,
  sell,
  send
} from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const create = (scopes: ReadonlyArray<string>, token: string = TestHttpApp.adminKey) =>
  send("POST", "/v1/api-keys", { token, body: { name: "the till", scopes } })

const told = (type: string, subject: string) =>
  Effect.map(get("/v1/security-events?limit=1000"), ({ body }) =>
    body.data.filter(
      (event: { type: string; subject: string }) => event.type === type && event.subject === subject
    )
  )

layer(TestHttpApp.layer, { excludeTestServices: true })("an API key", (it) => {
  it.effect("is returned once, works within its scopes, and is the actor of its events", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const made = yield* create(["orders:read", "orders:write", "orders:all"])
      assert.strictEqual(made.status, 201, made.text)
      const { hint, id, key: token } = made.body
      assert.match(token, /^sk_[A-Za-z0-9_-]{43}$/)
      assert.strictEqual(hint, token.slice(-4))
      const headers = { "idempotency-key": "the till's first" }
      const placed = yield* send("POST", "/v1/orders", { token, headers, body: orderOf() })
      assert.strictEqual(placed.status, 201, placed.text)
      const timeline = yield* get(`/v1/orders/${placed.body.id}/timeline`)
      assert.strictEqual(timeline.body.data[0].actor, `key:${id}`)
      assertProblem(yield* get("/v1/inventory/LAMP", { token }), 403, "forbidden")
      const listed = yield* get("/v1/api-keys")
      assert.notInclude(listed.text, token)
      const entry = listed.body.data.find((key: { id: string }) => key.id === id)
      assert.match(entry.lastUsedAt, /Z$/)
      const [event] = yield* told("ApiKeyCreated", id)
      assert.strictEqual(event.who, "admin")
    })
  )

  it.effect("cannot be granted scopes beyond its creator or its kind", () =>
    Effect.gen(function* () {
      for (const scope of ["users:write", "keys:write"]) {
        const refused = yield* create(["orders:read", scope])
        assertProblem(refused, 403, "scopes_not_grantable")
        assert.deepStrictEqual(refused.body.scopes, [scope])
      }
      const { accessToken } = yield* newPerson("seller")
      assertProblem(yield* create(["orders:read"], accessToken), 403, "forbidden")
      assertProblem(yield* create(["everything"]), 400, "invalid_request")
      assertProblem(yield* create([]), 400, "invalid_request")
    })
  )

  it.effect("loses scopes with its owner", () =>
    Effect.gen(function* () {
      const { accessToken, user } = yield* newPerson("admin")
      const { key: token } = (yield* create(["journal:read", "orders:read"], accessToken)).body
      assert.strictEqual((yield* get("/v1/journal", { token })).status, 200)
      assert.strictEqual((yield* get("/v1/orders", { token })).status, 200)
      const lowered = yield* put(`/v1/users/${user.id}/role`, { role: "customer" })
      assert.strictEqual(lowered.status, 200, lowered.text)
      assertProblem(yield* get("/v1/journal", { token }), 403, "forbidden")
      const own = yield* get("/v1/orders", { token })
      assert.deepStrictEqual(own.body.data, [])
    })
  )

  it.effect("is rotated with an overlap, or without, and revoked at once", () =>
    Effect.gen(function* () {
      const { id, key: first } = (yield* create(["journal:read"])).body
      const status = (token: string) =>
        Effect.map(get("/v1/journal?limit=1", { token }), ({ status }) => status)
      const rotation = `/v1/api-keys/${id}/rotation`
      const rotated = yield* post(rotation, {})
      assert.strictEqual(rotated.status, 201, rotated.text)
      const { key: second } = rotated.body
      assert.deepStrictEqual([yield* status(first), yield* status(second)], [200, 200])
      const { key: third } = (yield* post(rotation, { overlapSeconds: 0 })).body
      assert.deepStrictEqual(
        [yield* status(first), yield* status(second), yield* status(third)],
        [401, 401, 200]
      )
      const revoked = yield* send("DELETE", `/v1/api-keys/${id}`)
      assert.strictEqual(revoked.status, 200, revoked.text)
      assert.strictEqual(yield* status(third), 401)
      assertProblem(yield* post(rotation, {}), 404, "api_key_not_found")
      const absent = yield* send("DELETE", "/v1/api-keys/key_00000000000000000000")
      assertProblem(absent, 404, "api_key_not_found")
      assertProblem(yield* post(rotation, { overlapSeconds: 604_801 }), 400, "invalid_request")
    })
  )

  it.effect("that does not exist is refused", () =>
    Effect.gen(function* () {
      for (const token of ["sk_", `sk_${"A".repeat(43)}`, "sk_' OR 1=1 --"]) {
        assert.strictEqual((yield* get("/v1/journal", { token })).status, 401)
      }
    })
  )
})

layer(TestHttpApp.layer, { excludeTestServices: true })("a role", (it) => {
  it.effect("is set by admins, applies at the next login, and is in the security log", () =>
    Effect.gen(function* () {
      const admin = yield* newPerson("admin")
      const { accessToken, refreshToken, user } = yield* newCustomer()
      const role = `/v1/users/${user.id}/role`
      const given = yield* send("PUT", role, { token: admin.accessToken, body: { role: "seller" } })
      assert.strictEqual(given.status, 200, given.text)
      assert.deepStrictEqual(given.body, { ...user, role: "seller" })
      assertProblem(yield* get("/v1/inventory/LAMP", { token: accessToken }), 403, "forbidden")
      const { body } = yield* send("POST", "/v1/auth/refresh", {
        isAnonymous: true,
        body: { refreshToken }
      })
      const { status } = yield* get("/v1/inventory/LAMP", { token: body.accessToken })
      assert.strictEqual(status, 404)
      const [event] = yield* told("RoleSet", user.id)
      assert.strictEqual(event.who, `admin:${admin.user.id}`)
      assert.deepStrictEqual(event.detail, { from: "customer", to: "seller" })
      const { body: users } = yield* get("/v1/users?limit=1")
      assert.strictEqual(users.data[0].id, user.id)
      assert.isTrue(users.hasMore)
    })
  )

  it.effect("is not set for an unknown user, to an unknown role, or by a customer", () =>
    Effect.gen(function* () {
      const unknown = "/v1/users/usr_00000000000000000000/role"
      assertProblem(yield* put(unknown, { role: "admin" }), 404, "user_not_found")
      assertProblem(
        yield* put("/v1/users/malformed/role", { role: "admin" }),
        404,
        "user_not_found"
      )
      const { accessToken: token, user } = yield* newCustomer()
      const path = `/v1/users/${user.id}/role`
      assertProblem(yield* put(path, { role: "root" }), 400, "invalid_request")
      const body = { role: "admin" }
      const own = yield* assertNothingWritten(send("PUT", path, { token, body }))
      assertProblem(own, 403, "forbidden")
      assert.deepStrictEqual(yield* told("RoleSet", user.id), [])
    })
  )
})
