/** Invalid refunds and forged webhooks: neither ledger changes. */
import { assert, layer } from "@effect/vitest"
import { SandboxLedger } from "@souk/actors/payment/SandboxLedger"
import { SandboxWebhookTarget } from "@souk/actors/payment/SandboxWebhookSender"
import { Effect, Redacted } from "effect"
import { Stripe } from "stripe"
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
import * as TestHttpApp from "../support/TestHttpApp.ts"

const webhooks = "/v1/webhooks/stripe"

/** Runs `effect`, and asserts that journal and provider ledger have no new entry. */
const nothingMoved = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const book = yield* SandboxLedger
    const before = (yield* book.list(0, 10_000)).data.length
    const result = yield* assertNothingWritten(effect)
    assert.strictEqual((yield* book.list(0, 10_000)).data.length, before, "the provider was asked")
    return result
  })

const refund = (id: string, key: string, body: object) =>
  post(`/v1/payments/${id}/refunds`, { reason: "late", ...body }, { "idempotency-key": key })

const paid = (key: string, wish = {}) =>
  Effect.gen(function* () {
    yield* sell("LAMP", 10)
    const { body } = yield* place(key, orderOf(wish))
    return String(body.id)
  })

layer(TestHttpApp.layer, { excludeTestServices: true })("an invalid refund", (it) => {
  it.effect.each([
    ["above what was captured", { amount: eur(1_001) }, 422, "refund_exceeds_captured"],
    ["of zero", { amount: eur(0) }, 422, "refund_of_nothing"],
    ["of less than zero", { amount: eur(-1) }, 400, "invalid_request"],
    ["of half a cent", { amount: eur(0.5) }, 400, "invalid_request"],
    ["of more than can be counted", { amount: eur(1e15) }, 400, "invalid_request"],
    ["of an amount as text", { amount: { amountMinor: "5", currency: "EUR" } }, 400, ""],
    [
      "in another currency",
      { amount: { amountMinor: 5, currency: "USD" } },
      422,
      "refund_currency_mismatch"
    ],
    ["in an unknown currency", { amount: { amountMinor: 5, currency: "eur" } }, 400, ""],
    ["for no reason", { reason: "" }, 400, "invalid_request"],
    ["for a reason of a book's length", { reason: "x".repeat(501) }, 400, "invalid_request"]
  ] as const)("is refused: %s", ([what, body, status, code]) =>
    Effect.gen(function* () {
      const id = yield* paid(`bad/${what}`)
      const refused = yield* nothingMoved(refund(id, `bad/${what}`, body))
      assertProblem(refused, status, code === "" ? "invalid_request" : code)
      assert.deepInclude((yield* get(`/v1/payments/${id}`)).body, { refunds: [], refunded: eur(0) })
    })
  )

  it.effect("is refused: above the amount that is left", () =>
    Effect.gen(function* () {
      const id = yield* paid("left")
      yield* refund(id, "left/1", { amount: eur(700) })
      const refused = yield* nothingMoved(refund(id, "left/2", { amount: eur(301) }))
      assertProblem(refused, 422, "refund_exceeds_captured")
      assert.deepInclude(refused.body, { refundable: eur(300) })
    })
  )

  it.effect("is refused: of an order that is not paid", () =>
    Effect.gen(function* () {
      const declined = yield* paid("declined", { token: "pm_card_chargeDeclinedExpiredCard" })
      const voided = yield* paid("voided", { country: "AQ" })
      for (const [id, status] of [
        [declined, "declined"],
        [voided, "voided"]
      ] as const) {
        const refused = yield* nothingMoved(refund(id, `unpaid/${status}`, { amount: eur(1) }))
        assertProblem(refused, 409, "payment_not_captured")
        assert.strictEqual(refused.body.paymentStatus, status)
      }
      // This one goes on by itself meanwhile, so only the refund is looked for.
      const waiting = yield* paid("waiting", { token: "pm_souk_silence" })
      const refused = yield* refund(waiting, "unpaid/waiting", { amount: eur(1) })
      assertProblem(refused, 409, "payment_not_captured")
      assert.deepStrictEqual((yield* get(`/v1/payments/${waiting}`)).body.refunds, [])
    })
  )

  it.effect("is refused: of an order that was cancelled and refunded", () =>
    Effect.gen(function* () {
      const id = yield* paid("cancelled")
      const cancelled = yield* post(`/v1/orders/${id}/cancellation`, {}, { prefer: "wait=10" })
      assert.strictEqual(cancelled.body.status, "cancelled", cancelled.text)
      for (const body of [{ amount: eur(1) }, {}]) {
        const key = `cancelled/${JSON.stringify(body)}`
        const refused = yield* nothingMoved(refund(id, key, body))
        assertProblem(refused, 422, "refund_exceeds_captured")
        assert.deepInclude(refused.body, { refundable: eur(0) })
      }
    })
  )

  it.effect("is refused: of an unknown order, or without credentials", () =>
    Effect.gen(function* () {
      const id = yield* paid("unauthorized")
      for (const unknown of ["ord_00000000000000000000", "nope", `${id}0`, id.toUpperCase()]) {
        const refused = yield* nothingMoved(refund(unknown, "unknown", { amount: eur(1) }))
        assertProblem(refused, 404, "payment_not_found")
      }
      const body = { amount: eur(1), reason: "late" }
      const anonymous = { body, headers: { "idempotency-key": "k" }, isAnonymous: true }
      const refused = yield* nothingMoved(send("POST", `/v1/payments/${id}/refunds`, anonymous))
      assertProblem(refused, 401, "unauthorized")
    })
  )
})

const event = (id: string, orderId: string, change: object = {}) => ({
  id,
  object: "event",
  type: "payment_intent.succeeded",
  created: 1_700_000_000,
  livemode: false,
  data: {
    object: {
      id: "pi_1",
      object: "payment_intent",
      amount: 1_000,
      currency: "eur",
      amount_capturable: 0,
      amount_received: 1_000,
      status: "succeeded",
      metadata: { order_id: orderId, souk_key: `${orderId}/authorize` }
    }
  },
  ...change
})

/** The signature header for these bytes. */
const signatureOf = (payload: string) =>
  Effect.map(SandboxWebhookTarget, ({ secret }) =>
    Stripe.webhooks.generateTestHeaderString({ payload, secret: Redacted.value(secret) })
  )

const deliver = (payload: string, signature?: string) =>
  post(webhooks, payload, signature === undefined ? {} : { "stripe-signature": signature })

layer(TestHttpApp.layer, { excludeTestServices: true })("a webhook", (it) => {
  it.effect("with a signature of another body, or a malformed one, is refused", () =>
    Effect.gen(function* () {
      const id = yield* paid("signed", { token: "pm_card_chargeDeclined" })
      const body = JSON.stringify(event("evt_signed", id))
      const signature = yield* signatureOf(body)
      const other = JSON.stringify(event("evt_other", id))
      const spaced = JSON.stringify(event("evt_signed", id), undefined, 1)
      for (const [payload, header] of [
        [other, signature],
        [spaced, signature],
        [body, undefined],
        [body, ""],
        [body, "t=,v1="],
        [body, signature.replace(/v1=./, "v1=")],
        [body, signature.replace(/t=\d+/, "t=9999999999999999999")],
        [body, signature.replace("v1=", "v0=")]
      ] as const) {
        assertProblem(yield* nothingMoved(deliver(payload, header)), 400, "webhook_refused")
      }
    })
  )

  it.effect("that is sent again is accepted without further effect", () =>
    Effect.gen(function* () {
      const id = yield* paid("replayed", { token: "pm_card_chargeDeclined" })
      const body = JSON.stringify(event("evt_replayed", id))
      const signature = yield* signatureOf(body)
      for (let times = 0; times < 3; times++) {
        const answer = yield* nothingMoved(deliver(body, signature))
        assert.deepStrictEqual([answer.status, answer.body], [200, { received: true }])
      }
    })
  )

  it.effect("that calls a declined payment paid has no effect", () =>
    Effect.gen(function* () {
      const id = yield* paid("believed", { token: "pm_card_chargeDeclined" })
      const body = JSON.stringify(event("evt_believed", id))
      const answer = yield* deliver(body, yield* signatureOf(body))
      assert.strictEqual(answer.status, 200)
      const one = yield* nothingMoved(post(`/v1/payments/${id}/reconciliation`, undefined))
      assert.deepInclude(one.body, { status: "declined", differences: [] })
      assert.strictEqual((yield* get(`/v1/orders/${id}`)).body.status, "cancelled")
    })
  )

  it.effect("of another account, or about an unknown object, is accepted without effect", () =>
    Effect.gen(function* () {
      const id = yield* paid("account", { token: "pm_card_chargeDeclined" })
      for (const [name, change] of [
        ["evt_account", { account: "acct_other" }],
        ["evt_live", { livemode: true }],
        ["evt_object", { type: "customer.created", data: { object: { object: "customer" } } }],
        ["evt_type", { type: "a.type.of.tomorrow" }]
      ] as const) {
        const body = JSON.stringify(event(name, id, change))
        const answer = yield* nothingMoved(deliver(body, yield* signatureOf(body)))
        assert.deepStrictEqual([name, answer.status], [name, 200])
      }
    })
  )

  it.effect("of two megabytes is refused, signed or not", () =>
    Effect.gen(function* () {
      const large = JSON.stringify(event("evt_large", "none", { padding: "x".repeat(2_000_000) }))
      const signed = yield* nothingMoved(deliver(large, yield* signatureOf(large)))
      assertProblem(signed, 413, "payload_too_large")
      assertProblem(yield* nothingMoved(deliver(large)), 413, "payload_too_large")
    })
  )
})
