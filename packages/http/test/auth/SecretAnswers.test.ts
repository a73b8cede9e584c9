/** Responses with a secret: a repeat under the same Idempotency-Key gets the same secret. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { assertProblem, get, newPerson, orderOf, post, sell, send } from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const under = (key: string) => ({ "idempotency-key": key })

const create = (key: string, scopes: ReadonlyArray<string>, token: string = TestHttpApp.adminKey) =>
  send("POST", "/v1/api-keys", { token, headers: under(key), body: { name: "till", scopes } })

const rotate = (id: string, key: string, body: object = {}) =>
  send("POST", `/v1/api-keys/${id}/rotation`, { headers: under(key), body })

const status = (token: string) =>
  Effect.map(get("/v1/journal?limit=1", { token }), ({ status }) => status)

layer(TestHttpApp.layer, { excludeTestServices: true })("a secret, requested again", (it) => {
  it.effect("of a new key is the same for concurrent requests", () =>
    Effect.gen(function* () {
      const asks = Array.from({ length: 8 }, () => create("a till", ["journal:read"]))
      const answers = yield* Effect.all(asks, { concurrency: "unbounded" })
      const [first] = answers
      assert.strictEqual(first?.status, 201, first?.text)
      for (const answer of answers) assert.strictEqual(answer.text, first?.text)
      assert.strictEqual(yield* status(first?.body.key), 200)
      const { body } = yield* get("/v1/api-keys?limit=100")
      const ids = body.data.filter(({ id }: { id: string }) => id === first?.body.id)
      assert.strictEqual(ids.length, 1)
      assertProblem(yield* create("a till", ["orders:read"]), 422, "idempotency_key_reused")
      const { accessToken } = yield* newPerson("admin")
      const theirs = yield* create("a till", ["journal:read"], accessToken)
      assert.notStrictEqual(theirs.body.id, first?.body.id)
      assert.notStrictEqual(theirs.body.key, first?.body.key)
    })
  )

  it.effect("of a rotation is the same, and the current key stays valid", () =>
    Effect.gen(function* () {
      const { id, key: inUse } = (yield* create("rotated", ["journal:read"])).body
      const rotated = yield* rotate(id, "one")
      assert.strictEqual(rotated.status, 201, rotated.text)
      const repeated = yield* rotate(id, "one")
      assert.strictEqual(repeated.text, rotated.text)
      assert.deepStrictEqual([yield* status(inUse), yield* status(rotated.body.key)], [200, 200])
      assertProblem(yield* rotate(id, "one", { overlapSeconds: 0 }), 422, "idempotency_key_reused")
      const later = yield* rotate(id, "two")
      assert.notStrictEqual(later.body.key, rotated.body.key)
      assert.strictEqual((yield* rotate(id, "one")).text, rotated.text)
      assert.deepStrictEqual(
        [yield* status(rotated.body.key), yield* status(later.body.key)],
        [200, 200]
      )
      const other = (yield* create("another", ["journal:read"])).body
      const elsewhere = yield* rotate(other.id, "one")
      assert.notStrictEqual(elsewhere.body.key, rotated.body.key)
    })
  )

  it.effect("of an unknown key is refused again", () =>
    Effect.gen(function* () {
      const absent = "key_00000000000000000000"
      for (let time = 0; time < 2; time++) {
        assertProblem(yield* rotate(absent, "absent"), 404, "api_key_not_found")
      }
    })
  )

  it.effect("differs without an Idempotency-Key, and under another one", () =>
    Effect.gen(function* () {
      const { id } = (yield* create("fresh", ["journal:read"])).body
      const path = `/v1/api-keys/${id}/rotation`
      const keys = [yield* post(path, {}), yield* post(path, {}), yield* rotate(id, "three")]
      assert.strictEqual(new Set(keys.map(({ body }) => body.key)).size, 3)
    })
  )

  it.effect("of a stream is the same ticket", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const headers = under("an order")
      const { body: order } = yield* send("POST", "/v1/orders", { headers, body: orderOf() })
      const path = `/v1/orders/${order.id}/stream-tickets`
      const ask = (key: string) => send("POST", path, { headers: under(key), body: {} })
      const first = yield* ask("a ticket")
      assert.strictEqual(first.status, 201, first.text)
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 1_100)))
      assert.strictEqual((yield* ask("a ticket")).text, first.text)
      assert.notStrictEqual((yield* ask("another ticket")).text, first.text)
    })
  )
})
