/** Webhooks of the provider: accepted only if signed, and only as a hint to look it up. */
import { assert, layer } from "@effect/vitest"
import { SandboxWebhookTarget } from "@souk/actors/payment/SandboxWebhookSender"
import { Effect, Redacted } from "effect"
import { Stripe } from "stripe"
import {
  assertNothingWritten,
  assertProblem,
  get,
  orderOf,
  place,
  post,
  sell
} from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const path = "/v1/webhooks/stripe"

const event = (id: string, orderId: string) => ({
  id,
  object: "event",
  type: "payment_intent.amount_capturable_updated",
  created: 1_700_000_000,
  livemode: false,
  data: {
    object: {
      id: "pi_1",
      object: "payment_intent",
      amount: 1_000,
      currency: "eur",
      amount_capturable: 1_000,
      amount_received: 0,
      status: "requires_capture",
      metadata: { order_id: orderId, souk_key: `${orderId}/authorize` }
    }
  }
})

/** Sends `body` as the provider does; `ageSeconds` and `secret` make it invalid. */
const send = (body: object | string, forged: { ageSeconds?: number; secret?: string } = {}) =>
  Effect.gen(function* () {
    const { secret } = yield* SandboxWebhookTarget
    const payload = typeof body === "string" ? body : JSON.stringify(body)
    const signature = Stripe.webhooks.generateTestHeaderString({
      payload,
      secret: forged.secret ?? Redacted.value(secret),
      timestamp: Math.floor(Date.now() / 1_000) - (forged.ageSeconds ?? 0)
    })
    return yield* post(path, payload, { "stripe-signature": signature })
  })

/** Sets the target of the sandbox's webhooks to this server. */
const aim = Effect.gen(function* () {
  const { url } = yield* TestHttpApp.TestHttpApp
  yield* (yield* SandboxWebhookTarget).aim(url + path)
})

const until = (id: string, status: string) =>
  Effect.repeat(get(`/v1/orders/${id}`), { until: ({ body }) => body.status === status })

layer(TestHttpApp.layer, { excludeTestServices: true })("a webhook", (it) => {
  it.effect("settles an order after authentication by the bank", () =>
    Effect.gen(function* () {
      yield* aim
      yield* sell("LAMP")
      const wish = orderOf({ token: "pm_card_authenticationRequired" })
      const placed = yield* place("customer-needed", wish)
      assert.strictEqual(placed.status, 202, placed.text)
      assert.strictEqual(placed.body.status, "pending")
      // What the customer needs is in answers about their own order and payment, and nowhere else.
      const { id, nextAction } = placed.body
      const address = "https://bank.souk.example/confirm/"
      assert.strictEqual(nextAction.type, "redirect_to_url")
      assert.isTrue(nextAction.redirectUrl.startsWith(address))
      const payment = yield* get(`/v1/payments/${id}`)
      assert.strictEqual(payment.body.status, "requires_action")
      assert.deepStrictEqual(payment.body.nextAction, nextAction)
      const order = yield* get(`/v1/orders/${id}`, {
        headers: { "if-none-match": `"${placed.body.version}"` }
      })
      assert.deepStrictEqual(order.body?.nextAction, nextAction)
      const elsewhere = ["journal?limit=1000", "orders?limit=100", `orders/${id}/timeline`]
      for (const path of elsewhere) {
        const { text } = yield* get(`/v1/${path}`)
        assert.include(text, id, path)
        assert.notInclude(text, address, path)
      }
      const settled = yield* until(placed.body.id, "confirmed")
      assert.isNull(settled.body.nextAction)
      const replay = yield* place("customer-needed", wish)
      assert.strictEqual(replay.status, 201)
      assert.strictEqual(replay.body.status, "confirmed")
    })
  )

  it.effect("that declines cancels the order and closes the payment", () =>
    Effect.gen(function* () {
      yield* aim
      yield* sell("LAMP")
      const token = "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"
      const { body } = yield* place("customer-refused", orderOf({ token }))
      assert.strictEqual(body.status, "pending")
      const { cancellation } = (yield* until(body.id, "cancelled")).body
      assert.deepInclude(cancellation, {
        reason: "payment_declined",
        declineCode: "insufficient_funds"
      })
      const closed = yield* Effect.repeat(get(`/v1/payments/${body.id}`), {
        until: ({ body }) => body.attempts.at(-1)?.status === "succeeded"
      })
      assert.deepInclude(closed.body.attempts.at(-1), { kind: "void", reason: "declined" })
      assert.strictEqual(closed.body.status, "declined")
    })
  )

  it.effect("that is sent three times has one effect", () =>
    Effect.gen(function* () {
      yield* aim
      yield* sell("LAMP")
      const wish = orderOf({ token: "pm_souk_duplicate_webhook" })
      const { body } = yield* place("thrice", wish)
      yield* until(body.id, "confirmed")
      const ledger = yield* get("/v1/sandbox/ledger?limit=100")
      const done = ledger.body.data.filter(
        (row: { orderId: string; status: string }) =>
          row.orderId === body.id && row.status === "succeeded"
      )
      assert.deepStrictEqual(
        done.map(({ kind }: { kind: string }) => kind),
        ["authorize", "capture"]
      )
    })
  )

  it.effect("that is sent a hundred times at once is accepted each time, with one effect", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const wish = orderOf({ token: "pm_souk_silence" })
      const { body } = yield* place("hundredfold", wish)
      const copy = send(event("evt_hundredfold", body.id))
      const copies = Array.from({ length: 100 }, () => copy)
      const answers = yield* Effect.all(copies, { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))], [200])
      yield* until(body.id, "confirmed")
      const { data } = (yield* get("/v1/sandbox/ledger?limit=1000")).body
      const done = data.filter(
        (row: { orderId: string; status: string }) =>
          row.orderId === body.id && row.status === "succeeded"
      )
      assert.deepStrictEqual(
        done.map(({ kind }: { kind: string }) => kind),
        ["authorize", "capture"]
      )
    })
  )

  it.effect("with another amount marks nothing as paid", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { body } = yield* place("other-money", orderOf({ token: "pm_souk_silence" }))
      const genuine = event("evt_other_amount", body.id)
      const { object } = genuine.data
      const less = { ...object, amount: 1, amount_capturable: 1 }
      const dollars = { ...object, currency: "usd", status: "succeeded", amount_received: 1_000 }
      const lies = [
        { ...genuine, data: { object: less } },
        { ...genuine, id: "evt_other_currency", data: { object: dollars } }
      ]
      for (const lie of lies) assert.strictEqual((yield* send(lie)).status, 200)
      yield* until(body.id, "confirmed")
      const payment = yield* get(`/v1/payments/${body.id}`)
      assert.strictEqual(payment.body.captured.amountMinor, body.total.amountMinor)
      assert.deepStrictEqual(payment.body.captured, body.total)
    })
  )

  it.effect("about an unknown order is accepted, stored and without effect", () =>
    assertNothingWritten(
      Effect.gen(function* () {
        const answer = yield* send(event("evt_unknown", "ord_00000000000000000000"))
        assert.strictEqual(answer.status, 200, answer.text)
        assert.deepStrictEqual(answer.body, { received: true })
      })
    )
  )

  it.effect("about an unknown object is accepted and dropped", () =>
    assertNothingWritten(
      Effect.gen(function* () {
        const other = { ...event("evt_other", "none"), type: "customer.created" }
        assert.strictEqual((yield* send(other)).status, 200)
        const foreign = { ...event("evt_acct", "ord_00000000000000000000"), account: "acct_2" }
        assert.strictEqual((yield* send(foreign)).status, 200)
        const live = { ...event("evt_live", "ord_00000000000000000000"), livemode: true }
        assert.strictEqual((yield* send(live)).status, 200)
      })
    )
  )

  it.effect("without a valid and recent signature is refused", () =>
    assertNothingWritten(
      Effect.gen(function* () {
        const body = event("evt_forged", "ord_00000000000000000000")
        assertProblem(yield* post(path, body), 400, "webhook_refused")
        const signed = { "stripe-signature": "t=1,v1=00" }
        assertProblem(yield* post(path, body, signed), 400, "webhook_refused")
        const secret = "whsec_somebody_elses_secret"
        assertProblem(yield* send(body, { secret }), 400, "webhook_refused")
        assertProblem(yield* send(body, { ageSeconds: 301 }), 400, "webhook_refused")
        assertProblem(yield* send("not an event"), 400, "webhook_refused")
      })
    )
  )

  it.effect("of two megabytes is refused before it is read", () =>
    assertNothingWritten(
      Effect.gen(function* () {
        assertProblem(yield* send("x".repeat(2_000_000)), 413, "payload_too_large")
      })
    )
  )
})
