/** What Stripe may tell by itself, and who else may not. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, TestClock } from "effect"
import { inspect } from "node:util"
import * as StripeWebhook from "../../src/payment/StripeWebhook.ts"
import { event, paymentIntent, refund, type StandInEvent } from "../support/StripeShapes.ts"
import { configured, orderId } from "../support/StripeShop.ts"
import { signed } from "../support/StripeStandIn.ts"

const secret = "whsec_standinstandinstandin"
const previous = "whsec_theonethatwasbefore"
const atSeconds = 1_795_219_200

type Settings = Readonly<Record<string, string>>

/** A shop that knows the secret, at the time of the signature. */
const inShop = <A, E>(
  test: Effect.Effect<A, E, StripeWebhook.StripeWebhook>,
  settings: Settings = {}
) =>
  Effect.zipRight(TestClock.setTime(atSeconds * 1_000), test).pipe(
    Effect.provide(
      StripeWebhook.layer.pipe(
        Layer.provide(configured({ SOUK_STRIPE_WEBHOOK_SECRET: secret, ...settings }))
      )
    )
  )

const read = (body: string | Uint8Array, signature: string | undefined) =>
  Effect.flatMap(StripeWebhook.StripeWebhook, (webhook) =>
    webhook.read(typeof body === "string" ? new TextEncoder().encode(body) : body, signature)
  )

const post = (told: StandInEvent, by = secret) => {
  const { body, signature } = signed(told, by, atSeconds)
  return read(body, signature)
}

const refused = (tag: string, body: string | Uint8Array, signature: string | undefined) =>
  Effect.map(Effect.flip(read(body, signature)), (error) => {
    assert.strictEqual(error._tag, tag)
    assert.notInclude(inspect(error), secret)
  })

const assertTold = (told: object, expected: object) => assert.deepInclude(told, expected)

const key = `${orderId}/authorize`
const metadata = { order_id: orderId, souk_key: key }

const intent = (terms: object = {}) =>
  paymentIntent({ id: "pi_1", amount: 1_250, currency: "eur", metadata, ...terms })

const authorized = event(
  "payment_intent.amount_capturable_updated",
  intent({ status: "requires_capture", amount_capturable: 1_250 })
)

type State = readonly [type: string, terms: object, expected: object]

const declined = { type: "card_error", code: "card_declined", decline_code: "stolen_card" }

const paymentStates: ReadonlyArray<State> = [
  ["requires_action", { status: "requires_action" }, { status: "needs_customer" }],
  ["succeeded", { status: "succeeded", amount_received: 1_250 }, { captured: 1_250 }],
  [
    "payment_failed",
    { status: "requires_payment_method", last_payment_error: declined },
    { status: "declined", code: "generic_decline" }
  ],
  ["canceled", { status: "canceled" }, { status: "canceled" }],
  ["processing", { status: "processing" }, { status: "undecided" }],
  // Events come in any order: the object counts, and not the name of the event.
  ["amount_capturable_updated", { status: "canceled" }, { status: "canceled" }],
  ["succeeded", { currency: "jpy" }, { amount: { amountMinor: 1_250, currency: "JPY" } }],
  ["succeeded", { currency: "kwd" }, { amount: { amountMinor: 1_250, currency: "KWD" } }]
]

const refundStates: ReadonlyArray<State> = [
  ["refund.created", { status: "pending" }, { status: "pending" }],
  ["charge.refund.updated", { status: "succeeded" }, { status: "succeeded" }],
  ["refund.updated", { status: "canceled" }, { status: "failed", code: "refund_canceled" }],
  [
    "refund.failed",
    { status: "failed", failure_reason: "expired_or_canceled_card" },
    { status: "failed", code: "expired_or_canceled_card" }
  ]
]

const ignored: ReadonlyArray<readonly [what: string, told: StandInEvent]> = [
  ["a type that is none of ours", event("customer.created", {})],
  ["a type that is new", event("payment_intent.haunted", intent())],
  ["another account's", { ...authorized, account: "acct_1" }],
  ["about real money in a shop that plays", { ...authorized, livemode: true }],
  [
    "made by something else in the account",
    event("payment_intent.succeeded", intent({ metadata: {} }))
  ],
  [
    "with a strange order",
    event("refund.updated", refund({ id: "re_1", amount: 1, currency: "eur" }))
  ],
  [
    "about something else than its type says",
    { ...authorized, data: { object: { object: "payment_intent", id: "pi_1" } } }
  ],
  ["of a shape that is new", { ...authorized, data: { object: {} } }],
  ["in a currency we do not have", event("payment_intent.succeeded", intent({ currency: "isk" }))]
]

describe("a genuine webhook", () => {
  it.effect("tells of a payment", () =>
    inShop(
      Effect.gen(function* () {
        assertTold(yield* post(authorized), {
          _tag: "StripePaymentChanged",
          eventId: "evt_standin1",
          at: "2026-11-21T00:00:00.000Z",
          orderId,
          reference: "pi_1",
          key,
          amount: { amountMinor: 1_250, currency: "EUR" },
          status: "authorized",
          captured: 0
        })
      })
    )
  )

  it.effect.each(paymentStates)("payment_intent.%s, %o", ([type, terms, expected]) =>
    inShop(
      Effect.gen(function* () {
        const told = yield* post(event(`payment_intent.${type}`, intent(terms)))
        assertTold(told, { _tag: "StripePaymentChanged", ...expected })
      })
    )
  )

  it.effect.each(refundStates)("%s, %o", ([type, terms, expected]) =>
    inShop(
      Effect.gen(function* () {
        const common = { id: "re_1", amount: 30, currency: "eur", payment_intent: "pi_1", metadata }
        const told = yield* post(event(type, refund({ ...common, ...terms })))
        const amount = { amountMinor: 30, currency: "EUR" }
        assertTold(told, { _tag: "StripeRefundChanged", amount, key, ...expected })
      })
    )
  )

  it.effect.each(ignored)("is answered and forgotten when it is %s", ([, told]) =>
    inShop(Effect.map(post(told), ({ _tag }) => assert.strictEqual(_tag, "StripeEventIgnored")))
  )

  it.effect("is read again as often as it is sent", () =>
    inShop(
      Effect.gen(function* () {
        const first = yield* post(authorized)
        assert.deepStrictEqual(yield* post(authorized), first)
      })
    )
  )

  it.effect("about real money is read where the key is for real money", () =>
    inShop(
      Effect.gen(function* () {
        const told = yield* post({ ...authorized, livemode: true })
        assert.strictEqual(told._tag, "StripePaymentChanged")
        assert.strictEqual((yield* post(authorized))._tag, "StripeEventIgnored")
      }),
      { SOUK_STRIPE_SECRET_KEY: "sk_live_12345678" }
    )
  )

  it.effect("that is no event is refused, for a person to look at", () =>
    inShop(
      Effect.gen(function* () {
        // Nor is one whose id cannot be stored.
        const ids = ["", "evt_\u0000", "x".repeat(256)]
        const odd = ids.map((id) => ({ ...authorized, id }))
        for (const told of [...odd, { ...authorized, type: "" }]) {
          const { body, signature } = signed(told, secret, atSeconds)
          yield* refused("MalformedEvent", body, signature)
        }
      })
    )
  )
})

describe("a signature", () => {
  const { body, signature } = signed(authorized, secret, atSeconds)
  const mac = signature.slice(signature.indexOf("v1="))

  const bad: ReadonlyArray<readonly [what: string, body: string | Uint8Array, header: string]> = [
    ["over another body", body.replace("1250", "1251"), signature],
    ["over the same body with a space more", `${body} `, signature],
    ["over no body", "", signature],
    ["over bytes that are no text", Uint8Array.of(0xff, 0xfe), signature],
    ["at another time", body, signature.replace(String(atSeconds), String(atSeconds + 1))],
    ["at two times", body, `${signature},t=${atSeconds + 1}`],
    ["without a time", body, mac],
    ["of another scheme", body, signature.replace("v1=", "v0=")],
    ["that is empty", body, `t=${atSeconds},v1=`],
    ["that is too short", body, signature.slice(0, -1)],
    ["in letters of two bytes", body, `t=${atSeconds},v1=${"é".repeat(64)}`],
    ["that is nonsense", body, "nonsense"]
  ]

  it.effect.each(bad)("%s is bad", ([, body, header]) =>
    inShop(refused("BadSignature", body, header))
  )

  it.effect.each([undefined, ""])("%s is missing", (header) =>
    inShop(refused("MissingSignature", body, header))
  )

  it.effect("over the text that broken bytes are shown as is bad", () => {
    const told = signed({ ...authorized, id: "evt_\uFFFD" }, secret, atSeconds)
    const [before = "", after = ""] = told.body.split("\uFFFD")
    const broken = Buffer.concat([Buffer.from(before), Buffer.of(0xff), Buffer.from(after)])
    return inShop(
      Effect.zipRight(
        read(told.body, told.signature),
        refused("BadSignature", broken, told.signature)
      )
    )
  })

  it.effect("with another secret is bad", () =>
    inShop(refused("BadSignature", body, signed(authorized, previous, atSeconds).signature))
  )

  it.effect("may be one of several", () =>
    inShop(read(body, `t=${atSeconds},v1=${"0".repeat(64)},${mac},v0=1`))
  )

  it.effect("is good for 300 seconds, and stale after", () =>
    inShop(
      Effect.gen(function* () {
        yield* TestClock.adjust("300 seconds")
        yield* read(body, signature)
        yield* TestClock.adjust("1 second")
        yield* refused("StaleSignature", body, signature)
        // A younger time beside the signed one makes it no younger.
        yield* refused("BadSignature", body, `${signature},t=${atSeconds + 300}`)
        yield* refused("StaleSignature", body, `t=${atSeconds + 300},${signature}`)
      })
    )
  )

  it.effect("by the secret before this one is good while both are configured", () =>
    Effect.gen(function* () {
      const both = { SOUK_STRIPE_WEBHOOK_SECRET_PREVIOUS: previous }
      yield* inShop(post(authorized), both)
      yield* inShop(post(authorized, previous), both)
      const old = signed(authorized, previous, atSeconds)
      yield* inShop(refused("BadSignature", old.body, old.signature), {
        SOUK_STRIPE_WEBHOOK_SECRET_PREVIOUS: ""
      })
    })
  )
})

describe("a secret", () => {
  it.effect.each(["", "whsec_", "whsec_short", "guessed-by-a-stranger"])("%s is none", (weak) =>
    Effect.gen(function* () {
      const settings = { SOUK_STRIPE_WEBHOOK_SECRET: weak }
      const error = yield* Effect.flip(inShop(Effect.void, settings))
      assert.include(inspect(error), "STRIPE_WEBHOOK_SECRET")
      assert.notInclude(inspect(error), weak === "" ? secret : `${weak}"`)
    })
  )
})
