/** What the Stripe driver asks for, and what it makes of the answers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { PaymentGateway } from "../../src/payment/PaymentGateway.ts"
import {
  authorization,
  authorized,
  capture,
  captured,
  inStripe,
  orderId,
  refund,
  StandIn,
  voiding
} from "../support/StripeShop.ts"

describe("a payment by Stripe", () => {
  it.live("is set aside, taken, and given back in parts", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const reference = yield* authorized()
        assert.match(reference, /^pi_/)
        assert.deepStrictEqual(yield* stripe.capture(capture({ reference })), {
          _tag: "Succeeded",
          reference
        })
        const first = yield* stripe.refund(refund({ reference, amountMinor: 250 }, 1))
        const second = yield* stripe.refund(refund({ reference, amountMinor: 1_000 }, 2))
        assert.strictEqual(first._tag, "Succeeded")
        assert.strictEqual(second._tag, "Succeeded")
        assert.deepStrictEqual(
          book.entries.map(({ amount, currency, key, kind }) => [kind, key, amount, currency]),
          [
            ["authorize", `${orderId}/authorize`, 1_250, "eur"],
            ["capture", `${orderId}/capture`, 1_250, "eur"],
            ["refund", `${orderId}/refund/re_0000000000000001`, 250, "eur"],
            ["refund", `${orderId}/refund/re_0000000000000002`, 1_000, "eur"]
          ]
        )
      })
    )
  )

  it.live("is asked for by form, with our names in the metadata and our key", () =>
    inStripe(
      Effect.gen(function* () {
        const { requests } = yield* StandIn
        yield* authorized()
        const [request] = requests
        assert.deepInclude(request, { method: "POST", path: "/v1/payment_intents" })
        assert.strictEqual(request?.key, `${orderId}/authorize`)
        assert.deepStrictEqual(request?.form, {
          amount: "1250",
          currency: "eur",
          payment_method: "pm_card_visa",
          "automatic_payment_methods[enabled]": "true",
          "automatic_payment_methods[allow_redirects]": "never",
          capture_method: "manual",
          confirm: "true",
          off_session: "false",
          "metadata[order_id]": orderId,
          "metadata[souk_key]": `${orderId}/authorize`
        })
        assert.notProperty(request?.headers, "x-stripe-client-telemetry")
      })
    )
  )

  it.live("is let go when it was not taken", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const reference = yield* authorized()
        const outcome = yield* stripe.void(voiding({ reference }))
        assert.deepStrictEqual(outcome, { _tag: "Succeeded", reference })
        assert.strictEqual(book.intents.get(reference)?.status, "canceled")
      })
    )
  )

  it.live("that was let go already is let go", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const reference = yield* authorized()
        yield* stripe.void(voiding({ reference }))
        const again = { ...voiding({ reference }), key: `${orderId}/void-by-hand` }
        assert.deepStrictEqual(yield* stripe.void(again), { _tag: "Succeeded", reference })
      })
    )
  )

  it.live("that was taken already is taken, once", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book, forget } = yield* StandIn
        const reference = yield* captured()
        forget(`${orderId}/capture`)
        const outcome = yield* stripe.capture(capture({ reference }))
        assert.deepStrictEqual(outcome, { _tag: "Succeeded", reference })
        assert.strictEqual(book.entries.filter(({ kind }) => kind === "capture").length, 1)
      })
    )
  )

  it.live("cannot be taken once it was let go, and the ledger learns why", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const reference = yield* authorized()
        yield* stripe.void(voiding({ reference }))
        assert.deepStrictEqual(yield* stripe.capture(capture({ reference })), {
          _tag: "Declined",
          code: "authorization_canceled"
        })
      })
    )
  )

  it.live("that was taken is never told to be let go", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const reference = yield* captured()
        const error = yield* Effect.flip(stripe.void(voiding({ reference })))
        assert.strictEqual(error._tag, "ProviderDisagrees")
      })
    )
  )

  it.live("is not given back twice over", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const reference = yield* captured()
        yield* stripe.refund(refund({ reference }, 1))
        assert.deepStrictEqual(yield* stripe.refund(refund({ reference }, 2)), {
          _tag: "Declined",
          code: "charge_already_refunded"
        })
      })
    )
  )

  it.live("is found by its order when its reference is not known", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const reference = yield* authorized()
        const early = yield* Effect.flip(stripe.capture(capture()))
        assert.strictEqual(early._tag, "GatewayUnavailable")
        book.index()
        assert.deepStrictEqual(yield* stripe.capture(capture()), { _tag: "Succeeded", reference })
      })
    )
  )
})

describe("a card that says no", () => {
  const said: ReadonlyArray<readonly [token: string, code: string]> = [
    ["pm_card_chargeDeclined", "generic_decline"],
    ["pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"],
    ["pm_card_chargeDeclinedExpiredCard", "expired_card"],
    ["pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"],
    ["pm_card_chargeDeclinedProcessingError", "processing_error"],
    // The customer may be the thief.
    ["pm_card_chargeDeclinedLostCard", "generic_decline"],
    ["pm_nobody_issued_this", "invalid_payment_method"]
  ]

  it.live.each(said)("%s: %s, now and when asked again", ([token, code]) =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const outcome = { _tag: "Declined", code } as const
        assert.deepStrictEqual(yield* stripe.authorize(authorization({ token })), outcome)
        assert.deepStrictEqual(yield* stripe.authorize(authorization({ token })), outcome)
        assert.strictEqual(book.entries.length, 0)
      })
    )
  )
})

describe("a bank that asks the customer", () => {
  const token = "pm_card_threeDSecure2Required"

  it.live("leaves it to the storefront, and is asked again by reference", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const outcome = yield* stripe.authorize(authorization({ token }))
        assert.strictEqual(outcome._tag, "NeedsCustomer")
        if (outcome._tag !== "NeedsCustomer") return
        const { nextAction, reference } = outcome
        assert.deepStrictEqual(nextAction, {
          type: "use_stripe_sdk",
          clientSecret: `${reference}_secret_standin`
        })
        const past = { ...authorization({ token, reference }), kind: "authorize" } as const
        const meanwhile = yield* Effect.flatten(stripe.lookup(past))
        assert.deepStrictEqual(meanwhile, outcome)
        book.authenticate(reference, true)
        assert.deepStrictEqual(yield* Effect.flatten(stripe.lookup(past)), {
          _tag: "Succeeded",
          reference
        })
      })
    )
  )

  it.live("says no when the customer fails to prove it", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const reference = yield* authorized({ token })
        book.authenticate(reference, false)
        const past = { ...authorization({ token, reference }), kind: "authorize" } as const
        assert.deepStrictEqual(yield* Effect.flatten(stripe.lookup(past)), {
          _tag: "Declined",
          code: "authentication_failed"
        })
      })
    )
  )

  it.live("tells the storefront what it needs, and later that there is nothing to do", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book, requests } = yield* StandIn
        const reference = yield* authorized({ token })
        const asked = { ...authorization({ token }), reference }
        const nextAction = yield* Effect.flatten(stripe.nextAction(asked))
        assert.strictEqual(nextAction.type, "use_stripe_sdk")
        assert.match(nextAction.clientSecret ?? "", /_secret_/)
        // A look and no more.
        assert.strictEqual(requests.at(-1)?.method, "GET")
        const other = { ...asked, amount: { amountMinor: 1, currency: "EUR" } as const }
        const quarrel = yield* Effect.flip(stripe.nextAction(other))
        assert.strictEqual(quarrel._tag, "ProviderDisagrees")
        book.authenticate(reference, true)
        assert.isTrue(Option.isNone(yield* stripe.nextAction(asked)))
      })
    )
  )

  it.live("that failed to prove it can be closed, so that it never succeeds", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const reference = yield* authorized({ token })
        book.authenticate(reference, false)
        assert.strictEqual(book.intents.get(reference)?.status, "requires_payment_method")
        const outcome = yield* stripe.void(voiding({ token, reference }))
        assert.deepStrictEqual(outcome, { _tag: "Succeeded", reference })
        assert.strictEqual(book.intents.get(reference)?.status, "canceled")
      })
    )
  )

  it.live("can be given up on", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const reference = yield* authorized({ token })
        const outcome = yield* stripe.void(voiding({ token, reference }))
        assert.deepStrictEqual(outcome, { _tag: "Succeeded", reference })
      })
    )
  )
})
