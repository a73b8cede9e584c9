/** The list of payments, and their reconciliation with the provider. */
import { assert, layer } from "@effect/vitest"
import { SandboxLedger } from "@souk/actors/payment/SandboxLedger"
import { OrderId } from "@souk/domain/kernel/Ids"
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
  sell,
  send
} from "../support/Requests.ts"

const page = "/v1/payments/reconciliation"

layer(TestHttpApp.layer, { excludeTestServices: true })("reconciliation", (it) => {
  const paid = (key: string, wish = {}) =>
    Effect.gen(function* () {
      yield* sell("LAMP", 10)
      const { body } = yield* place(key, orderOf(wish))
      return OrderId.make(body.id)
    })
  const refund = (id: string, key: string, body: object) =>
    post(`/v1/payments/${id}/refunds`, { reason: "late", ...body }, { "idempotency-key": key })

  it.effect("lists payments newest first, by status, page by page", () =>
    Effect.gen(function* () {
      const first = yield* paid("first")
      const declined = yield* paid("declined", { token: "pm_card_chargeDeclined" })
      const last = yield* paid("last")
      yield* refund(last, "part", { amount: eur(400) })
      const all = yield* get("/v1/payments?limit=2")
      assert.strictEqual(all.status, 200, all.text)
      assert.deepInclude(all.body, { object: "list", hasMore: true, url: "/v1/payments" })
      assert.deepInclude(all.body.data[0], {
        orderId: last,
        status: "partially_refunded",
        captured: eur(1_000),
        refunded: eur(400),
        open: []
      })
      assert.strictEqual(all.body.data[1].orderId, declined)
      const rest = yield* get(`/v1/payments?startingAfter=${declined}`)
      assert.deepStrictEqual(
        rest.body.data.map(({ orderId }: { orderId: string }) => orderId),
        [first]
      )
      const some = yield* get("/v1/payments?status=declined")
      assert.deepStrictEqual(
        some.body.data.map(({ orderId }: { orderId: string }) => orderId),
        [declined]
      )
      const nowhere = yield* get("/v1/payments?startingAfter=ord_00000000000000000000")
      assertProblem(nowhere, 400, "invalid_request")
      assertProblem(yield* get("/v1/payments?status=lost"), 400, "invalid_request")
      assertProblem(yield* get("/v1/payments?limit=101"), 400, "invalid_request")
    })
  )

  it.effect("has no differences if both ledgers agree, and revenue is what was kept", () =>
    Effect.gen(function* () {
      const id = yield* paid("agreed")
      yield* refund(id, "agreed", { amount: eur(250) })
      const one = yield* assertNothingWritten(post(`/v1/payments/${id}/reconciliation`, {}))
      assert.strictEqual(one.status, 200, one.text)
      assert.deepStrictEqual(one.body, {
        orderId: id,
        status: "partially_refunded",
        checked: 3,
        isOpen: false,
        differences: []
      })
      const all = yield* post(`${page}?scope=all&limit=32`, undefined)
      assert.strictEqual(all.status, 200, all.text)
      for (const { differences } of all.body.data) assert.deepStrictEqual(differences, [])
      const { captured, refunded, revenue } = all.body.totals[0]
      assert.strictEqual(captured.amountMinor - refunded.amountMinor, revenue.amountMinor)
      const ledger = (yield* get("/v1/sandbox/ledger?limit=1000")).body.data
      const sumOf = (kind: string) =>
        ledger
          .filter((row: { kind: string; status: string }) => {
            return row.kind === kind && row.status === "succeeded"
          })
          .reduce((sum: number, row: { amount: { amountMinor: number } }) => {
            return sum + row.amount.amountMinor
          }, 0)
      assert.strictEqual(revenue.amountMinor, sumOf("capture") - sumOf("refund"))
      const end = yield* post(`${page}?scope=all&after=${all.body.next}`, undefined)
      assert.deepStrictEqual([end.body.data, end.body.next], [[], null])
    })
  )

  it.effect("reports what only the provider has", () =>
    Effect.gen(function* () {
      const id = yield* paid("voided", { country: "AQ" })
      yield* (yield* SandboxLedger).write({
        orderId: id,
        kind: "capture",
        status: "succeeded",
        amount: { amountMinor: 1_000, currency: "EUR" },
        idempotencyKey: `${id}/capture`,
        isFinal: true,
        code: undefined
      })
      const { body } = yield* assertNothingWritten(post(`/v1/payments/${id}/reconciliation`, {}))
      assert.strictEqual(body.differences.length, 1)
      assert.deepInclude(body.differences[0], {
        key: `${id}/capture`,
        problem: "missing_here",
        ours: "absent",
        theirs: "succeeded",
        amount: eur(1_000)
      })
    })
  )

  it.effect("compares overdue payments by default, or all payments", () =>
    Effect.gen(function* () {
      yield* paid("not overdue")
      const { body } = yield* post(page, undefined)
      assert.deepStrictEqual([body.data, body.next], [[], null])
      assert.isAbove(body.totals.length, 0)
    })
  )

  it.effect("requires a scope and an existing payment", () =>
    Effect.gen(function* () {
      const unknown = "/v1/payments/ord_00000000000000000000/reconciliation"
      assertProblem(yield* post(unknown, {}), 404, "payment_not_found")
      for (const path of [unknown, page]) {
        assertProblem(yield* send("POST", path, { isAnonymous: true }), 401, "unauthorized")
      }
      assertProblem(yield* send("GET", "/v1/payments", { isAnonymous: true }), 401, "unauthorized")
      assertProblem(yield* post(`${page}?limit=33`, undefined), 400, "invalid_request")
      assertProblem(yield* post(`${page}?scope=some`, undefined), 400, "invalid_request")
    })
  )
})
