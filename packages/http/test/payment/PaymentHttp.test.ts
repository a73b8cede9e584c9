/** Payments and refunds, compared with the provider's ledger. */
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
  sell
} from "../support/Requests.ts"

const unknown = "/v1/payments/ord_00000000000000000000"

layer(TestHttpApp.layer, { excludeTestServices: true })("a payment", (it) => {
  const paid = (key: string, wish = {}) =>
    Effect.gen(function* () {
      yield* sell("LAMP", 10)
      const { body } = yield* place(key, orderOf(wish))
      return `/v1/payments/${body.id}`
    })
  const refund = (url: string, key: string, body: object) =>
    post(`${url}/refunds`, { reason: "goodwill", ...body }, { "idempotency-key": key })

  it.effect("shows what was authorised, captured and refunded", () =>
    Effect.gen(function* () {
      const url = yield* paid("told")
      const { body, status } = yield* get(url)
      assert.strictEqual(status, 200)
      assert.deepInclude(body, {
        status: "captured",
        authorized: eur(1_000),
        captured: eur(1_000),
        refunded: eur(0),
        refundable: eur(1_000),
        refunds: []
      })
      const [authorized, captured] = body.attempts
      const { orderId } = body
      const line = { status: "succeeded", amount: eur(1_000), actor: `order-${orderId}` }
      assert.deepInclude(authorized, {
        ...line,
        kind: "authorize",
        reason: "order_placed",
        idempotencyKey: `${orderId}/authorize`
      })
      assert.deepInclude(captured, {
        ...line,
        kind: "capture",
        reason: "parcel_booked",
        idempotencyKey: `${orderId}/capture`
      })
      assert.match(authorized.reference, /^sb_/)
      assert.deepStrictEqual(body.mismatches, [])
    })
  )

  it.effect("is not found for an unknown order", () =>
    Effect.gen(function* () {
      for (const url of [unknown, "/v1/payments/nope"]) {
        assertProblem(yield* get(url), 404, "payment_not_found")
        const refused = yield* assertNothingWritten(refund(url, "none", {}))
        assertProblem(refused, 404, "payment_not_found")
      }
    })
  )

  it.effect("is refunded in parts, each once, up to its amount", () =>
    Effect.gen(function* () {
      const url = yield* paid("parts")
      const first = yield* refund(url, "part-1", { amount: eur(400) })
      assert.strictEqual(first.status, 201, first.text)
      assert.match(first.body.id, /^re_[0-9a-f]{24}$/)
      assert.deepInclude(first.body, { status: "succeeded", amount: eur(400), reason: "goodwill" })
      const again = yield* assertNothingWritten(refund(url, "part-1", { amount: eur(400) }))
      assert.strictEqual(again.status, 201)
      assert.strictEqual(again.text, first.text)
      assert.strictEqual(again.headers.get("idempotent-replayed"), "true")
      const rest = yield* refund(url, "part-2", {})
      assert.deepStrictEqual(rest.body.amount, eur(600))
      const { body } = yield* get(url)
      assert.deepInclude(body, { status: "refunded", refunded: eur(1_000), refundable: eur(0) })
      const more = yield* assertNothingWritten(refund(url, "part-3", { amount: eur(1) }))
      assertProblem(more, 422, "refund_exceeds_captured")
      assert.deepInclude(more.body, { asked: eur(1), refundable: eur(0) })
      assert.strictEqual(more.body.errors[0].pointer, "#/amount")
    })
  )

  it.effect("is refunded again under another key when the provider refused", () =>
    Effect.gen(function* () {
      const url = yield* paid("refused", { token: "pm_card_refundFail" })
      const first = yield* refund(url, "refused-1", { amount: eur(400) })
      assert.strictEqual(first.status, 201, first.text)
      const failed = { status: "failed", code: "expired_or_canceled_card", actor: "admin" }
      assert.deepInclude(first.body, { ...failed, amount: eur(400), reason: "goodwill" })
      assert.match(first.body.idempotencyKey, new RegExp(`/refund/${first.body.id}$`))
      const again = yield* assertNothingWritten(refund(url, "refused-1", { amount: eur(400) }))
      assert.strictEqual(again.text, first.text)
      const second = yield* refund(url, "refused-2", {})
      assert.deepInclude(second.body, { ...failed, amount: eur(1_000) })
      const { body } = yield* get(url)
      assert.deepInclude(body, { status: "captured", refundable: eur(1_000) })
      assert.lengthOf(body.refunds, 2)
    })
  )

  it.effect("accepts one body for a key", () =>
    Effect.gen(function* () {
      const url = yield* paid("one body")
      yield* refund(url, "used", { amount: eur(100) })
      for (const other of [{ amount: eur(200) }, {}, { amount: eur(100), reason: "another" }]) {
        const refused = yield* assertNothingWritten(refund(url, "used", other))
        assertProblem(refused, 422, "idempotency_key_reused")
      }
    })
  )

  it.effect("refunds exactly its amount for concurrent requests", () =>
    Effect.gen(function* () {
      const url = yield* paid("race")
      const racers = Array.from({ length: 8 }, (_, n) =>
        refund(url, `racer-${n}`, { amount: eur(300) })
      )
      const answers = yield* Effect.all(racers, { concurrency: "unbounded" })
      const statuses = answers.map(({ status }) => status).toSorted()
      assert.deepStrictEqual(statuses, [201, 201, 201, 422, 422, 422, 422, 422])
      assert.deepStrictEqual((yield* get(url)).body.refunded, eur(900))
    })
  )

  it.effect("refuses refunds of zero, of another currency, and of what was not captured", () =>
    Effect.gen(function* () {
      const url = yield* paid("refusals")
      const nothing = yield* refund(url, "nothing", { amount: eur(0) })
      assertProblem(nothing, 422, "refund_of_nothing")
      assert.strictEqual(nothing.body.errors[0].pointer, "#/amount/amountMinor")
      const dollars = { amountMinor: 1, currency: "USD" }
      const foreign = yield* refund(url, "foreign", { amount: dollars })
      assertProblem(foreign, 422, "refund_currency_mismatch")
      assert.strictEqual(foreign.body.errors[0].pointer, "#/amount/currency")
      const declined = yield* paid("declined", { token: "pm_card_chargeDeclined" })
      const never = yield* assertNothingWritten(refund(declined, "never", {}))
      assertProblem(never, 409, "payment_not_captured")
      assert.strictEqual(never.body.paymentStatus, "declined")
    })
  )

  it.effect("is not refunded without a key, a reason, or a well-formed amount", () =>
    Effect.gen(function* () {
      const url = yield* paid("malformed")
      const missing = yield* assertNothingWritten(post(`${url}/refunds`, { reason: "x" }))
      assertProblem(missing, 400, "invalid_request")
      assert.strictEqual(missing.body.errors[0].header, "Idempotency-Key")
      const wrong = [
        [{ reason: undefined }, "#/reason"],
        [{ amount: { amountMinor: -1, currency: "EUR" } }, "#/amount/amountMinor"],
        [{ amount: 5 }, "#/amount"],
        [{ order: 1 }, "#/order"]
      ] as const
      for (const [body, pointer] of wrong) {
        const refused = yield* assertNothingWritten(refund(url, "malformed", body))
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].pointer, pointer, refused.text)
      }
    })
  )

  it.effect("agrees with the provider's ledger", () =>
    Effect.gen(function* () {
      const first = yield* get("/v1/sandbox/ledger?limit=1000")
      const after = first.body.next ?? 0
      const url = yield* paid("booked")
      yield* refund(url, "booked", { amount: eur(250) })
      const ledger = yield* get(`/v1/sandbox/ledger?after=${after}`)
      assert.strictEqual(ledger.status, 200)
      const rows = ledger.body.data
      const kinds = rows.map(({ kind }: { kind: string }) => kind)
      assert.deepStrictEqual(kinds, ["authorize", "capture", "refund"])
      for (const row of rows) {
        assert.strictEqual(row.status, "succeeded")
        assert.strictEqual(url, `/v1/payments/${row.orderId}`)
        assert.isString(row.idempotencyKey)
      }
      assert.strictEqual(ledger.body.next, rows.at(-1).id)
      const end = yield* get(`/v1/sandbox/ledger?after=${ledger.body.next}`)
      assert.deepStrictEqual(end.body, { data: [], next: null })
    })
  )
})
