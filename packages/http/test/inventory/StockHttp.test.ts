/** Handlers of stock. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import {
  assertNothingWritten,
  assertProblem,
  get,
  orderOf,
  place,
  post,
  put,
  sell
} from "../support/Requests.ts"

layer(TestHttpApp.layer, { excludeTestServices: true })("the inventory", (it) => {
  it.effect("receives, adjusts and shows stock", () =>
    Effect.gen(function* () {
      yield* sell("LAMP", 0)
      const empty = yield* get("/v1/inventory/LAMP")
      assert.deepInclude(empty.body, { onHand: 0, reserved: 0, available: 0, version: 0 })
      const receipt = { quantity: 10, reference: "PO-1", reason: "restock" }
      const received = yield* post("/v1/inventory/LAMP/receipts", receipt)
      assert.strictEqual(received.status, 201)
      assert.strictEqual(received.headers.get("location"), "/v1/inventory/LAMP")
      assert.deepInclude(received.body, { sku: "LAMP", onHand: 10, available: 10, version: 1 })
      const adjustment = { delta: -3, reason: "broken" }
      const adjusted = yield* post("/v1/inventory/LAMP/adjustments", adjustment)
      assert.strictEqual(adjusted.status, 201)
      assert.deepInclude(adjusted.body, { onHand: 7, version: 2 })
      assert.deepStrictEqual((yield* get("/v1/inventory/LAMP")).body, adjusted.body)
    })
  )

  it.effect("lists the changes of stock", () =>
    Effect.gen(function* () {
      yield* sell("STORY", 0)
      const receipt = { quantity: 5, reference: "PO-2", reason: "restock" }
      yield* post("/v1/inventory/STORY/receipts", receipt)
      yield* post("/v1/inventory/STORY/adjustments", { delta: -1, reason: "broken" })
      const lines = [{ sku: "STORY", quantity: 2 }]
      const { body: order } = yield* place("story", orderOf({ lines }))
      const { body } = yield* get("/v1/inventory/STORY/history")
      const rows = body.data.map(({ at, ...row }: { at: string }) => {
        assert.match(at, /^\d{4}-.*Z$/)
        return row
      })
      const actor = `order-${order.id}`
      assert.deepStrictEqual(rows, [
        { version: 1, type: "StockReceived", actor: "admin", ...receipt },
        { version: 2, type: "StockAdjusted", actor: "admin", quantity: -1, reason: "broken" },
        { version: 3, type: "StockReserved", actor, quantity: 2, orderId: order.id },
        { version: 4, type: "StockCommitted", actor, quantity: 2, orderId: order.id }
      ])
      assert.strictEqual(body.next, 4)
      const page = yield* get("/v1/inventory/STORY/history?after=1&limit=2")
      const versions = page.body.data.map(({ version }: { version: number }) => version)
      assert.deepStrictEqual(versions, [2, 3])
      assert.strictEqual(page.body.next, 3)
      const end = yield* get("/v1/inventory/STORY/history?after=4")
      assert.deepStrictEqual(end.body, { data: [], next: null })
    })
  )

  it.effect("answers 404 for products that are not in the catalogue", () =>
    Effect.gen(function* () {
      for (const sku of ["NOPE", "no-sku"]) {
        const url = `/v1/inventory/${sku}`
        assertProblem(yield* get(url), 404, "product_not_found")
        assertProblem(yield* get(`${url}/history`), 404, "product_not_found")
        const writes = [
          post(`${url}/receipts`, { quantity: 1 }),
          post(`${url}/adjustments`, { delta: 1, reason: "found" }),
          put(`${url}/reorder-point`, { reorderPoint: 1, reorderQuantity: 1 })
        ]
        for (const write of writes) {
          assertProblem(yield* assertNothingWritten(write), 404, "product_not_found")
        }
      }
    })
  )

  it.effect("never falls below what is reserved", () =>
    Effect.gen(function* () {
      yield* sell("HELD", 5)
      const body = orderOf({ lines: [{ sku: "HELD", quantity: 3 }], token: "pm_souk_slow" })
      const order = yield* place("holding", body, { prefer: "wait=0" })
      const adjustment = { delta: -3, reason: "lost" }
      const write = post("/v1/inventory/HELD/adjustments", adjustment)
      const refused = yield* write
      assertProblem(refused, 409, "adjustment_below_reserved")
      assert.deepInclude(refused.body, { sku: "HELD", onHand: 5, reserved: 3, delta: -3 })
      assert.strictEqual(refused.body.errors[0].pointer, "#/delta")
      yield* get(`/v1/orders/${order.body.id}`)
    })
  )

  it.effect("has a maximum", () =>
    Effect.gen(function* () {
      yield* sell("FULL", 1)
      const write = post("/v1/inventory/FULL/adjustments", { delta: 1e9, reason: "found" })
      const refused = yield* assertNothingWritten(write)
      assertProblem(refused, 422, "stock_too_large")
      assert.strictEqual(refused.body.max, 1_000_000_000)
    })
  )

  it.effect("reports low stock at the reorder point", () =>
    Effect.gen(function* () {
      yield* sell("ALARM", 10)
      const terms = { reorderPoint: 8, reorderQuantity: 20 }
      const set = yield* put("/v1/inventory/ALARM/reorder-point", terms)
      assert.strictEqual(set.status, 200)
      assert.deepInclude(set.body, terms)
      yield* assertNothingWritten(put("/v1/inventory/ALARM/reorder-point", terms))
      yield* post("/v1/inventory/ALARM/adjustments", { delta: -2, reason: "broken" })
      const { data } = (yield* get("/v1/inventory/ALARM/history")).body
      assert.deepInclude(data.at(-1), { type: "LowStockDetected", quantity: 8 })
    })
  )

  it.effect("counts a repeated receipt once, with the original response", () =>
    Effect.gen(function* () {
      yield* sell("KEYED", 0)
      const key = { "idempotency-key": "delivery-1" }
      const url = "/v1/inventory/KEYED/receipts"
      const first = yield* post(url, { quantity: 4 }, key)
      yield* post("/v1/inventory/KEYED/adjustments", { delta: -1, reason: "broken" })
      const again = yield* assertNothingWritten(post(url, { quantity: 4 }, key))
      assert.strictEqual(again.status, 201)
      assert.strictEqual(again.headers.get("idempotent-replayed"), "true")
      assert.deepStrictEqual(again.body, first.body)
      for (const other of [{ quantity: 5 }, { quantity: 4, reason: "more" }]) {
        const refused = yield* assertNothingWritten(post(url, other, key))
        assertProblem(refused, 422, "idempotency_key_reused")
      }
      const elsewhere = yield* post(
        "/v1/inventory/KEYED/adjustments",
        { delta: 1, reason: "x" },
        key
      )
      assert.strictEqual(elsewhere.body.onHand, 4, "a key belongs to its path")
      yield* post(url, { quantity: 4 })
      assert.strictEqual((yield* get("/v1/inventory/KEYED")).body.onHand, 8)
    })
  )

  it.effect("reports invalid fields of receipts and adjustments", () =>
    Effect.gen(function* () {
      yield* sell("LAMP", 1)
      const wrong = [
        ["receipts", {}, "#/quantity"],
        ["receipts", { quantity: 0 }, "#/quantity"],
        ["receipts", { quantity: -1 }, "#/quantity"],
        ["receipts", { quantity: 1.5 }, "#/quantity"],
        ["receipts", { quantity: "1" }, "#/quantity"],
        ["receipts", { quantity: 1_000_001 }, "#/quantity"],
        ["receipts", { quantity: 1, color: "red" }, "#/color"],
        ["adjustments", { delta: 0, reason: "x" }, "#/delta"],
        ["adjustments", { delta: 2 ** 53, reason: "x" }, "#/delta"],
        ["adjustments", { delta: 1 }, "#/reason"],
        ["adjustments", { delta: 1, reason: "" }, "#/reason"]
      ] as const
      for (const [path, body, pointer] of wrong) {
        const refused = yield* assertNothingWritten(post(`/v1/inventory/LAMP/${path}`, body))
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].pointer, pointer, refused.text)
      }
    })
  )
})
