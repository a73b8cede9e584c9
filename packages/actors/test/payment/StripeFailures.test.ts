/** What the Stripe driver makes of everything that is not an answer. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { inspect } from "node:util"
import type { Stripe } from "stripe"
import { PaymentGateway } from "../../src/payment/PaymentGateway.ts"
import {
  authorization,
  authorized,
  capture,
  captured,
  impatient,
  inStripe,
  orderId,
  refund,
  StandIn,
  voiding
} from "../support/StripeShop.ts"
import { type Fault, secretKey } from "../support/StripeStandIn.ts"

const refuse = (status: number, type: Stripe.RawErrorType, code = "", headers = {}): Fault => ({
  _tag: "Refuse",
  status,
  error: { type, code, message: `about ${secretKey}` },
  headers
})

const garble = (body: string): Fault => ({ _tag: "Garble", isDone: true, body })

const alter = (fields: object): Fault => ({ _tag: "Alter", fields })

const hang: Fault = { _tag: "Hang", isDone: false }

// The package itself makes a request once more whose connection was closed.
const reset: ReadonlyArray<Fault> = [
  { _tag: "Reset", isDone: true },
  { _tag: "Reset", isDone: true }
]

type Case = readonly [what: string, faults: ReadonlyArray<Fault>]

const nothingHappened: ReadonlyArray<Case> = [
  ["too many requests", [refuse(429, "invalid_request_error", "rate_limit")]],
  ["an object that is locked", [refuse(429, "invalid_request_error", "lock_timeout")]],
  ["the same key, under way", [refuse(409, "idempotency_error", "idempotency_key_in_use")]],
  ["a wrong secret key", [refuse(401, "invalid_request_error")]],
  ["a key that may not", [refuse(403, "invalid_request_error")]],
  ["trouble to be retried", [refuse(503, "api_error", "", { "stripe-should-retry": "true" })]]
]

const nobodyKnows: ReadonlyArray<Case> = [
  ["an internal error", [refuse(500, "api_error", "", { "stripe-should-retry": "false" })]],
  ["a gateway that gave up", [refuse(504, "api_error")]],
  ["our key with another body", [refuse(400, "idempotency_error")]],
  ["silence, and nothing was done", [hang]],
  ["silence, and it was done", [{ _tag: "Hang", isDone: true }]],
  ["half an answer", [{ _tag: "Stall", isDone: true }]],
  ["a connection that breaks", reset],
  ["no JSON", [garble("<html>")]],
  ["nothing", [garble("")]],
  ["null", [garble("null")]],
  ["an empty object", [garble("{}")]],
  ["another object", [alter({ object: "charge" })]],
  ["an amount that is no number", [alter({ amount: "1250" })]],
  ["a payment that is under way", [alter({ status: "processing" })]],
  ["a word that is new to us", [alter({ status: "requires_patience" })]]
]

const isNotOurs: ReadonlyArray<Case> = [
  ["less money", [alter({ amount_capturable: 1_249 })]],
  ["more money", [alter({ amount_capturable: 1_251 })]],
  ["another currency", [alter({ currency: "usd" })]],
  ["another order", [alter({ metadata: { order_id: "ord_00000000000000000002" } })]],
  ["no order", [alter({ metadata: {} })]],
  ["less money, and a customer to be asked", [alter({ amount: 1, status: "requires_action" })]]
]

const authorizing = (tag: string, faults: ReadonlyArray<Fault>) =>
  inStripe(
    Effect.gen(function* () {
      const stripe = yield* PaymentGateway
      const { book, fail } = yield* StandIn
      fail(`${orderId}/authorize`, ...faults)
      const error = yield* Effect.flip(stripe.authorize(authorization()))
      assert.strictEqual(error._tag, tag)
      assert.notInclude(inspect(error, { depth: 10 }), secretKey)
      assert.isAtMost(book.entries.length, 1)
    }),
    faults.some(({ _tag }) => _tag === "Hang" || _tag === "Stall") ? impatient : {}
  )

describe.concurrent("nothing happened, and the same may be asked again, after", () => {
  it.live.each(nothingHappened)("%s", ([, faults]) => authorizing("GatewayUnavailable", faults))

  it.live("no connection at all", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const error = yield* Effect.flip(stripe.authorize(authorization()))
        assert.strictEqual(error._tag, "GatewayUnavailable")
        assert.include(error.message, "ECONNREFUSED")
      }),
      { SOUK_STRIPE_API_BASE: "http://127.0.0.1:1" }
    )
  )

  it.live("one request more than may be under way", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { fail, requests } = yield* StandIn
        fail("pm_card_visa", hang, hang)
        const answers = yield* Effect.forEach(
          [1, 2, 3],
          (n) => Effect.flip(stripe.authorize({ ...authorization(), key: `key-${n}` })),
          { concurrency: 3 }
        )
        assert.deepStrictEqual(answers.map(({ _tag }) => _tag).toSorted(), [
          "GatewayUnavailable",
          "OutcomeUnknown",
          "OutcomeUnknown"
        ])
        assert.strictEqual(requests.length, 2)
      }),
      { ...impatient, SOUK_STRIPE_REQUESTS_MAX: "2" }
    )
  )
})

describe.concurrent("the outcome is unknown after", () => {
  it.live.each(nobodyKnows)("%s", ([, faults]) => authorizing("OutcomeUnknown", faults))
})

describe("a key that is used for something else", () => {
  it.live("changes nothing, and answers nothing", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        yield* authorized()
        const other = authorization({ amountMinor: 1 })
        const error = yield* Effect.flip(stripe.authorize(other))
        assert.strictEqual(error._tag, "OutcomeUnknown")
        assert.include(error.message, "idempotency_error")
        assert.strictEqual(book.entries.length, 1)
      })
    )
  )
})

describe.concurrent("it is no success, and a person must look, when the answer has", () => {
  it.live.each(isNotOurs)("%s", ([, faults]) => authorizing("ProviderDisagrees", faults))

  it.live("taken another amount than was asked for", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { fail } = yield* StandIn
        const reference = yield* authorized()
        fail(`${orderId}/capture`, alter({ amount_received: 1_000 }))
        const error = yield* Effect.flip(stripe.capture(capture({ reference })))
        assert.strictEqual(error._tag, "ProviderDisagrees")
      })
    )
  )

  it.live("given back another amount, or in another currency", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { fail } = yield* StandIn
        const reference = yield* captured()
        fail(refund().key, alter({ amount: 2 }), alter({ currency: "jpy" }))
        const asked = refund({ reference, amountMinor: 1 })
        for (const error of [
          yield* Effect.flip(stripe.refund(asked)),
          yield* Effect.flip(stripe.refund(asked))
        ]) {
          assert.strictEqual(error._tag, "ProviderDisagrees")
        }
      })
    )
  )
})

describe("what Stripe finds fault with", () => {
  it.live("is declined by its code when nothing else is known of it", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const outcome = yield* stripe.authorize(authorization({ amountMinor: 0 }))
        assert.deepStrictEqual(outcome, { _tag: "Declined", code: "amount_too_small" })
      })
    )
  )

  it.live("leaves money that is held for another attempt to let go of it", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { fail } = yield* StandIn
        const reference = yield* authorized()
        fail(`${orderId}/void`, refuse(400, "invalid_request_error", "parameter_unknown"))
        const error = yield* Effect.flip(stripe.void(voiding({ reference })))
        assert.strictEqual(error._tag, "GatewayUnavailable")
        assert.strictEqual((yield* stripe.void(voiding({ reference })))._tag, "Succeeded")
      })
    )
  )

  it.live("is a refund that the bank declines", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { fail } = yield* StandIn
        const reference = yield* captured()
        fail(refund().key, refuse(402, "card_error", "insufficient_funds"))
        assert.deepStrictEqual(yield* stripe.refund(refund({ reference })), {
          _tag: "Declined",
          code: "insufficient_funds"
        })
      })
    )
  )

  it.live("is never the end of a payment when the secret key is another account's", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const strange = { reference: "pi_ofanotheraccount" }
        const answers = [
          yield* Effect.flip(stripe.capture(capture(strange))),
          yield* Effect.flip(stripe.void(voiding(strange))),
          yield* Effect.flip(stripe.refund(refund(strange))),
          yield* Effect.flip(stripe.lookup({ ...capture(strange), kind: "capture" }))
        ]
        for (const { _tag } of answers) assert.strictEqual(_tag, "GatewayUnavailable")
      })
    )
  )
})

describe("the secret key", () => {
  it.live("is in no log line, whatever Stripe repeats of it", () => {
    const lines: Array<string> = []
    const listener = Logger.make((line) => lines.push(inspect(line, { depth: 10 })))
    return inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { fail } = yield* StandIn
        fail(
          `${orderId}/authorize`,
          refuse(400, "invalid_request_error", "parameter_unknown"),
          refuse(401, "invalid_request_error")
        )
        yield* stripe.authorize(authorization())
        const error = yield* Effect.flip(stripe.authorize(authorization()))
        yield* Effect.logError("failed", error)
        assert.strictEqual(lines.length, 2)
        for (const line of lines) assert.notInclude(line, secretKey)
      }).pipe(Effect.provide(Logger.add(listener)))
    )
  })

  const refused: ReadonlyArray<
    readonly [what: string, settings: Readonly<Record<string, string>>]
  > = [
    ["is no publishable key", { SOUK_STRIPE_SECRET_KEY: "pk_test_standinstandin" }],
    ["is not empty", { SOUK_STRIPE_SECRET_KEY: "" }],
    ["goes nowhere but to Stripe when it is live", { SOUK_STRIPE_SECRET_KEY: "sk_live_12345678" }]
  ]

  it.live.each(refused)("%s", ([, settings]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(inStripe(Effect.void, settings))
      assert.notInclude(inspect(error, { depth: 10 }), "12345678")
      assert.notInclude(inspect(error, { depth: 10 }), "standinstandin")
    })
  )
})
