/** Conditional requests: `If-Match`, `If-None-Match`, `ETag`. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import {
  assertNothingWritten,
  assertProblem,
  get,
  orderOf,
  place,
  post,
  sell,
  send
} from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const adjust = (headers: Record<string, string>) =>
  post("/v1/inventory/LAMP/adjustments", { delta: -1, reason: "counted" }, headers)

layer(TestHttpApp.layer, { excludeTestServices: true })("a condition", (it) => {
  it.effect("accepts one of many concurrent adjustments of the same version", () =>
    Effect.gen(function* () {
      yield* sell("LAMP", 10)
      const seen = (yield* get("/v1/inventory/LAMP")).headers.get("etag") ?? ""
      assert.strictEqual(seen, '"1"')
      const answers = yield* Effect.all(
        Array.from({ length: 8 }, () => adjust({ "if-match": seen })),
        { concurrency: "unbounded" }
      )
      const [done, ...others] = answers.toSorted((one, other) => one.status - other.status)
      assert.strictEqual(done?.status, 201)
      assert.strictEqual(done?.headers.get("etag"), '"2"')
      for (const other of others) {
        assertProblem(other, 412, "precondition_failed")
        assert.strictEqual(other.body.version, 2)
        assert.strictEqual(other.body.errors[0].header, "If-Match")
      }
      assert.strictEqual((yield* get("/v1/inventory/LAMP")).body.onHand, 9)
    })
  )

  it.effect("matches any tag of a list, and `*`", () =>
    Effect.gen(function* () {
      yield* sell("LAMP", 0)
      for (const condition of ["*", undefined]) {
        const { body } = yield* get("/v1/inventory/LAMP")
        const tags = condition ?? `"nonsense", W/"1" ,"${body.version}"`
        assert.strictEqual((yield* adjust({ "if-match": tags })).status, 201)
      }
    })
  )

  it.effect("does not match weak or unknown tags", () =>
    Effect.gen(function* () {
      yield* sell("LAMP", 0)
      const { body } = yield* get("/v1/inventory/LAMP")
      for (const tags of [`W/"${body.version}"`, `"0${body.version}"`, '"nonsense"', '"1e0"']) {
        const answer = yield* assertNothingWritten(adjust({ "if-match": tags }))
        assertProblem(answer, 412, "precondition_failed")
      }
      for (const tags of ["7", '"7', '"7",', "*, *", `"${"7".repeat(1_000)}"`]) {
        const answer = yield* assertNothingWritten(adjust({ "if-match": tags }))
        assertProblem(answer, 400, "invalid_request")
        assert.strictEqual(answer.body.errors[0].header, "If-Match")
      }
    })
  )

  it.effect("is not checked for a repeat, which gets the original response", () =>
    Effect.gen(function* () {
      yield* sell("CHAIR", 5)
      const path = "/v1/inventory/CHAIR/receipts"
      const headers = { "idempotency-key": "restock", "if-match": '"1"' }
      const first = yield* post(path, { quantity: 1 }, headers)
      assert.strictEqual(first.status, 201, first.text)
      yield* post(path, { quantity: 1 })
      const again = yield* post(path, { quantity: 1 }, headers)
      assert.strictEqual(again.text, first.text)
      assert.strictEqual(again.headers.get("etag"), first.headers.get("etag"))
      const low = { reorderPoint: 1, reorderQuantity: 5 }
      const point = "/v1/inventory/CHAIR/reorder-point"
      const late = yield* send("PUT", point, { body: low, headers: { "if-match": '"1"' } })
      assertProblem(late, 412, "precondition_failed")
    })
  )

  it.effect("is checked by every command of an order", () =>
    Effect.gen(function* () {
      yield* sell("TABLE", 5)
      const { body } = yield* place(
        "conditional",
        orderOf({ lines: [{ sku: "TABLE", quantity: 1 }] })
      )
      assert.strictEqual(body.status, "confirmed")
      const url = `/v1/orders/${body.id}`
      const step = (name: string, tag: string) => post(`${url}/${name}`, {}, { "if-match": tag })
      const current = () => Effect.map(get(url), ({ headers }) => headers.get("etag") ?? "")
      let seen = yield* current()
      assert.strictEqual(seen, `"${body.version}"`)
      for (const name of ["shipment", "delivery"]) {
        const early = yield* assertNothingWritten(step(name, '"1"'))
        assertProblem(early, 412, "precondition_failed")
        assert.strictEqual(early.body.version, Number(seen.slice(1, -1)))
        const done = yield* step(name, seen)
        assert.strictEqual(done.status, 200, done.text)
        seen = yield* current()
        assert.strictEqual(done.headers.get("etag"), seen)
      }
      assertProblem(yield* step("cancellation", '"1"'), 412, "precondition_failed")
      assertProblem(yield* step("cancellation", seen), 409, "order_already_shipped")
      const unknown = yield* post("/v1/orders/ord_none/cancellation", {}, { "if-match": "*" })
      assertProblem(unknown, 404, "order_not_found")
    })
  )

  it.effect("answers 304 for a strong or weak tag of the current version", () =>
    Effect.gen(function* () {
      yield* sell("TABLE", 5)
      const { body } = yield* place("known", orderOf({ lines: [{ sku: "TABLE", quantity: 1 }] }))
      const read = (tags: string) =>
        get(`/v1/orders/${body.id}`, { headers: { "if-none-match": tags } })
      for (const tags of [
        `"${body.version}"`,
        `W/"${body.version}"`,
        `"x", "${body.version}"`,
        "*"
      ]) {
        const answer = yield* read(tags)
        assert.strictEqual(answer.status, 304, tags)
        assert.strictEqual(answer.text, "")
      }
      for (const tags of ['"1"', "nonsense", `${body.version}`]) {
        assert.strictEqual((yield* read(tags)).status, 200, tags)
      }
    })
  )
})
