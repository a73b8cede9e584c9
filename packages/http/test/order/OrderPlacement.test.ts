/** Placement of orders: all outcomes, and repeats under the same key. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import {
  assertNothingWritten,
  assertProblem,
  eur,
  get,
  orderOf,
  place,
  post,
  put,
  sell
} from "../support/Requests.ts"

const location = (answer: { readonly headers: Headers }) => answer.headers.get("location") ?? ""

layer(TestHttpApp.layer, { excludeTestServices: true })("placing an order", (it) => {
  it.effect("confirms it, with its location", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const placed = yield* place("first", orderOf({ lines: [{ sku: "LAMP", quantity: 2 }] }))
      assert.strictEqual(placed.status, 201, placed.text)
      const { body } = placed
      assert.strictEqual(body.status, "confirmed")
      assert.match(body.id, /^ord_[0-9a-f]{32}$/)
      assert.strictEqual(location(placed), `/v1/orders/${body.id}`)
      assert.strictEqual(placed.headers.get("idempotent-replayed"), null)
      assert.deepStrictEqual(body.total, eur(2_000))
      const line = { sku: "LAMP", name: "The LAMP", quantity: 2, unitPrice: eur(1_000) }
      assert.deepStrictEqual(body.lines, [{ ...line, total: eur(2_000) }])
      assert.isString(body.confirmationNumber)
      assert.isString(body.trackingNumber)
      assert.isUndefined(body.paymentMethod, "the card token stays inside")
      assert.deepStrictEqual((yield* get(location(placed))).body, body)
    })
  )

  it.effect("keeps its metadata", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const metadata = { campaign: "spring", "naïve 🪔": "\u202Eright to left" }
      const placed = yield* place("metadata", { ...orderOf(), metadata })
      assert.deepStrictEqual(placed.body.metadata, metadata)
      assert.deepStrictEqual((yield* get(location(placed))).body.metadata, metadata)
    })
  )

  it.effect("adds lines of one SKU up", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const one = { sku: "LAMP", quantity: 1 }
      const { body } = yield* place("twice the same", orderOf({ lines: [one, one] }))
      assert.strictEqual(body.lines.length, 1)
      assert.strictEqual(body.lines[0].quantity, 2)
    })
  )

  it.effect("ends cancelled, and still placed, when the card is declined", () =>
    Effect.gen(function* () {
      yield* sell("RUG", 5)
      const wish = { lines: [{ sku: "RUG", quantity: 5 }], token: "pm_card_chargeDeclined" }
      const placed = yield* place("declined", orderOf(wish))
      assert.strictEqual(placed.status, 201)
      assert.strictEqual(placed.body.status, "cancelled")
      assert.strictEqual(placed.body.cancellation.reason, "payment_declined")
      assert.strictEqual(placed.body.cancellation.declineCode, "generic_decline")
      assert.strictEqual((yield* get("/v1/inventory/RUG")).body.available, 5)
    })
  )

  it.effect("ends cancelled when something is out of stock", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      yield* sell("RARE", 1)
      const lines = [
        { sku: "LAMP", quantity: 1 },
        { sku: "RARE", quantity: 2 }
      ]
      const { body, status } = yield* place("out of stock", orderOf({ lines }))
      assert.strictEqual(status, 201)
      assert.strictEqual(body.status, "cancelled")
      assert.strictEqual(body.cancellation.reason, "out_of_stock")
      assert.deepStrictEqual(body.cancellation.skus, ["RARE"])
      assert.strictEqual((yield* get("/v1/inventory/LAMP")).body.reserved, 0)
    })
  )

  it.effect("ends cancelled when the carrier refuses, and voids the payment", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const placed = yield* place("nowhere", orderOf({ country: "AQ" }))
      assert.strictEqual(placed.body.status, "cancelled", placed.text)
      assert.strictEqual(placed.body.cancellation.reason, "shipping_unavailable")
      const payment = yield* get(`/v1/payments/${placed.body.id}`)
      assert.strictEqual(payment.body.status, "voided")
      assert.deepStrictEqual(payment.body.captured, eur(0))
    })
  )

  it.effect("answers a repeat with the original response", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const first = yield* place("repeat")
      const again = yield* assertNothingWritten(place("repeat"))
      assert.strictEqual(again.status, 201)
      assert.strictEqual(again.text, first.text)
      assert.strictEqual(again.headers.get("idempotent-replayed"), "true")
      assert.strictEqual(location(again), location(first))
    })
  )

  it.effect("answers a repeat with the original response after later events", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const first = yield* place("shipped since")
      assert.strictEqual((yield* post(`${location(first)}/shipment`, {})).body.status, "shipped")
      yield* put("/v1/products/LAMP", { name: "Another name", price: eur(9_999) })
      assert.strictEqual((yield* place("shipped since")).text, first.text)

      const second = yield* place("cancelled since")
      const cancelled = yield* post(`${location(second)}/cancellation`, {})
      assert.strictEqual(cancelled.body.status, "cancelled", cancelled.text)
      const again = yield* place("cancelled since")
      assert.strictEqual(again.status, 201)
      assert.strictEqual(again.text, second.text)
    })
  )

  it.effect("answers a repeat of a cancelled order with its end", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const body = orderOf({ token: "pm_card_chargeDeclinedInsufficientFunds" })
      const first = yield* place("declined twice", body)
      const again = yield* place("declined twice", body)
      assert.strictEqual(again.text, first.text)
    })
  )

  it.effect("treats quoted and bare keys alike, and ignores the order of members", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const first = yield* place("quoted")
      const turned = Object.fromEntries(Object.entries(orderOf()).toReversed())
      const again = yield* place('"quoted"', turned)
      assert.strictEqual(again.text, first.text)
    })
  )

  it.effect("refuses another body under a used key", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      yield* place("reused")
      const other = orderOf({ customerId: "customer-2" })
      const refused = yield* assertNothingWritten(place("reused", other))
      assertProblem(refused, 422, "idempotency_key_reused")
      assert.strictEqual(refused.body.errors[0].header, "Idempotency-Key")
    })
  )

  it.effect("places one order for concurrent requests with the same key", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const before = (yield* get("/v1/inventory/LAMP")).body.onHand
      const twenty = Array.from({ length: 20 }, () => place("at once"))
      const answers = yield* Effect.all(twenty, { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))], [201])
      assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
      assert.strictEqual((yield* get("/v1/inventory/LAMP")).body.onHand, before - 1)
    })
  )

  it.effect("sells the last unit once", () =>
    Effect.gen(function* () {
      yield* sell("LAST", 1)
      const body = orderOf({ lines: [{ sku: "LAST", quantity: 1 }] })
      const racers = Array.from({ length: 10 }, (_, n) => place(`racer ${n}`, body))
      const answers = yield* Effect.all(racers, { concurrency: "unbounded" })
      const confirmed = answers.filter((answer) => answer.body.status === "confirmed")
      assert.strictEqual(confirmed.length, 1)
      const { body: stock } = yield* get("/v1/inventory/LAST")
      assert.deepInclude(stock, { onHand: 0, reserved: 0, available: 0 })
    })
  )

  it.effect("waits no longer than preferred, and lets a repeat wait", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const body = orderOf({ token: "pm_souk_slow" })
      const pending = yield* place("slow", body, { prefer: "wait=0" })
      assert.strictEqual(pending.status, 202)
      assert.strictEqual(pending.body.status, "pending")
      assert.strictEqual(pending.headers.get("preference-applied"), "wait=0")
      assert.strictEqual(location(pending), `/v1/orders/${pending.body.id}`)
      const settled = yield* place("slow", body, { prefer: "respond-async, wait=99" })
      assert.strictEqual(settled.status, 201)
      assert.strictEqual(settled.body.status, "confirmed")
      assert.strictEqual(settled.headers.get("idempotent-replayed"), "true")
      assert.strictEqual(settled.headers.get("preference-applied"), "wait=30")
    })
  )

  it.effect("ignores a malformed preference", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const placed = yield* place("odd preference", orderOf(), { prefer: "wait=soon" })
      assert.strictEqual(placed.status, 201)
      assert.strictEqual(placed.headers.get("preference-applied"), null)
    })
  )

  it.effect("reports lines that are not in the catalogue", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const lines = ["LAMP", "NOPE", "NEVER"].map((sku) => ({ sku, quantity: 1 }))
      const refused = yield* assertNothingWritten(place("unknown", orderOf({ lines })))
      assertProblem(refused, 422, "unknown_sku")
      assert.deepStrictEqual(refused.body.skus, ["NOPE", "NEVER"])
      const pointers = refused.body.errors.map(({ pointer }: { pointer: string }) => pointer)
      assert.deepStrictEqual(pointers, ["#/lines/1/sku", "#/lines/2/sku"])
    })
  )

  it.effect("refuses several currencies, and sums beyond the limit", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      yield* sell("YEN", 1, { amountMinor: 500, currency: "JPY" })
      yield* sell("JEWEL", 1, eur(1_000_000_000_000))
      const mixed = ["LAMP", "YEN"].map((sku) => ({ sku, quantity: 1 }))
      const currencies = yield* assertNothingWritten(place("mixed", orderOf({ lines: mixed })))
      assertProblem(currencies, 422, "mixed_currencies")
      assert.strictEqual(currencies.body.errors[0].pointer, "#/lines")

      const dear = orderOf({ lines: [{ sku: "JEWEL", quantity: 2 }] })
      const large = yield* assertNothingWritten(place("dear", dear))
      assertProblem(large, 422, "order_too_large")
      assert.strictEqual(large.body.what, "total")
      assert.strictEqual(large.body.errors[0].pointer, "#/lines")

      const many = { sku: "LAMP", quantity: 600_000 }
      const summed = yield* assertNothingWritten(place("many", orderOf({ lines: [many, many] })))
      assertProblem(summed, 422, "order_too_large")
      assert.strictEqual(summed.body.what, "quantity")
    })
  )

  it.effect("can be repeated under the same key after a refusal", () =>
    Effect.gen(function* () {
      const body = orderOf({ lines: [{ sku: "LATER", quantity: 1 }] })
      assertProblem(yield* place("later", body), 422, "unknown_sku")
      yield* sell("LATER")
      assert.strictEqual((yield* place("later", body)).status, 201)
    })
  )
})
