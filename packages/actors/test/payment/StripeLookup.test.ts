/** How the Stripe driver finds out what became of a request whose answer was lost. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Option } from "effect"
import type { GatewayOutcome, PastRequest } from "../../src/payment/PaymentGateway.ts"
import { PaymentGateway } from "../../src/payment/PaymentGateway.ts"
import { refund as refundObject } from "../support/StripeShapes.ts"
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
import type { Fault } from "../support/StripeStandIn.ts"

const past = {
  authorize: (wish = {}): PastRequest => ({ ...authorization(wish), kind: "authorize" }),
  capture: (wish = {}): PastRequest => ({ ...capture(wish), kind: "capture" }),
  void: (wish = {}): PastRequest => ({ ...voiding(wish), kind: "void" }),
  refund: (wish = {}): PastRequest => ({ ...refund(wish), kind: "refund" })
}

const key = `${orderId}/authorize`

const broken = (status: number): Fault => ({
  _tag: "Refuse",
  status,
  error: { type: "api_error" },
  isKept: true
})

/** An authorisation whose answer is lost on the way, or for once never comes. */
const loseAnswer = (isDone: boolean, _tag: "Garble" | "Hang" = "Garble") =>
  Effect.gen(function* () {
    const stripe = yield* PaymentGateway
    const { fail } = yield* StandIn
    fail(key, { _tag, isDone, body: "" })
    const error = yield* Effect.flip(stripe.authorize(authorization()))
    assert.strictEqual(error._tag, "OutcomeUnknown")
  })

const doneOnce = Effect.map(StandIn, ({ book }) => {
  assert.deepStrictEqual(
    book.entries.map(({ key, kind }) => [kind, key]),
    [["authorize", key]]
  )
})

describe("an authorisation whose answer was lost", () => {
  it.live("is found by its own key while Stripe remembers it", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        yield* loseAnswer(true, "Hang")
        // Search does not show it yet.
        assert.isTrue(Option.isNone(yield* stripe.lookup(past.authorize())))
        assert.strictEqual((yield* stripe.authorize(authorization()))._tag, "Succeeded")
        yield* doneOnce
      }),
      impatient
    )
  )

  it.live("is made once when nothing had been done", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        yield* loseAnswer(false)
        assert.isTrue(Option.isNone(yield* stripe.lookup(past.authorize())))
        assert.strictEqual((yield* stripe.authorize(authorization()))._tag, "Succeeded")
        yield* doneOnce
      })
    )
  )

  it.live("is found by its metadata when Stripe has forgotten the key", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book, forget, requests } = yield* StandIn
        yield* loseAnswer(true)
        forget(key)
        book.index()
        const found = yield* Effect.flatten(stripe.lookup(past.authorize()))
        assert.strictEqual(found._tag, "Succeeded")
        assert.isTrue(requests.slice(1).every(({ method }) => method === "GET"))
        yield* doneOnce
      })
    )
  )

  it.live("is found as it is now, not as the index saw it", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const reference = yield* authorized({ token: "pm_card_threeDSecure2Required" })
        book.index()
        book.authenticate(reference, true)
        assert.deepStrictEqual(yield* Effect.flatten(stripe.lookup(past.authorize())), {
          _tag: "Succeeded",
          reference
        })
      })
    )
  )

  it.live("was declined if Stripe says so", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const token = "pm_card_chargeDeclinedInsufficientFunds"
        yield* stripe.authorize(authorization({ token }))
        book.index()
        assert.deepStrictEqual(yield* Effect.flatten(stripe.lookup(past.authorize())), {
          _tag: "Declined",
          code: "insufficient_funds"
        })
      })
    )
  )

  it.live("stays unknown as long as Stripe repeats an internal error", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { fail, forget } = yield* StandIn
        fail(key, broken(500))
        const asked = Effect.gen(function* () {
          const error = yield* Effect.flip(stripe.authorize(authorization()))
          assert.strictEqual(error._tag, "OutcomeUnknown")
          assert.isTrue(Option.isNone(yield* stripe.lookup(past.authorize())))
        })
        yield* Effect.repeatN(asked, 1)
        forget(key)
        assert.strictEqual((yield* stripe.authorize(authorization()))._tag, "Succeeded")
        yield* doneOnce
      })
    )
  )

  it.live("is for a person to look at when the money is held twice", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book, forget } = yield* StandIn
        yield* authorized()
        forget(key)
        yield* authorized()
        book.index()
        const error = yield* Effect.flip(stripe.lookup(past.authorize()))
        assert.strictEqual(error._tag, "ProviderDisagrees")
      })
    )
  )

  it.live("is not another order's, whatever reference is given", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const reference = yield* authorized()
        const intent = book.intents.get(reference)
        const metadata = { order_id: "ord_00000000000000000009" }
        if (intent !== undefined) book.intents.set(reference, { ...intent, metadata })
        const error = yield* Effect.flip(stripe.lookup(past.authorize({ reference })))
        assert.strictEqual(error._tag, "ProviderDisagrees")
      })
    )
  )
})

describe("a lost answer to", () => {
  it.live("a capture is read off the payment", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { fail } = yield* StandIn
        const reference = yield* authorized()
        const asked = past.capture({ reference })
        assert.isTrue(Option.isNone(yield* stripe.lookup(asked)))
        fail(asked.key, { _tag: "Garble", isDone: true, body: "" })
        const error = yield* Effect.flip(stripe.capture(asked))
        assert.strictEqual(error._tag, "OutcomeUnknown")
        const done = { _tag: "Succeeded", reference } as const
        assert.deepStrictEqual(yield* Effect.flatten(stripe.lookup(asked)), done)
        assert.deepStrictEqual(yield* stripe.capture(asked), done)
      })
    )
  )

  it.live("a void is read off the payment", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const reference = yield* authorized()
        assert.isTrue(Option.isNone(yield* stripe.lookup(past.void({ reference }))))
        yield* stripe.void(voiding({ reference }))
        const done: GatewayOutcome = { _tag: "Succeeded", reference }
        assert.deepStrictEqual(yield* Effect.flatten(stripe.lookup(past.void({ reference }))), done)
      })
    )
  )

  it.live("a refund is found among all refunds of the payment", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book, forget, requests } = yield* StandIn
        const reference = yield* captured()
        const asked = past.refund({ reference, amountMinor: 7 })
        assert.isTrue(Option.isNone(yield* stripe.lookup(asked)))
        yield* stripe.refund(asked)
        forget(asked.key)
        for (let n = 0; n < 250; n++) {
          const terms = { id: `re_other${n}`, amount: 1, currency: "eur" }
          book.refunds.set(terms.id, refundObject({ ...terms, payment_intent: reference }))
        }
        const before = requests.length
        const found = yield* Effect.flatten(stripe.lookup(asked))
        assert.strictEqual(found._tag, "Succeeded")
        assert.strictEqual(requests.length - before, 3)
      })
    )
  )
})

describe("a refund that the bank takes its time with", () => {
  const pending = Effect.gen(function* () {
    const stripe = yield* PaymentGateway
    const reference = yield* captured({ token: "pm_card_pendingRefund" })
    const asked = past.refund({ reference })
    const first = yield* stripe.refund(asked)
    assert.strictEqual(first._tag, "Undecided")
    assert.deepStrictEqual(yield* Effect.flatten(stripe.lookup(asked)), first)
    return asked
  })

  it.live("is done when the bank has done it", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const asked = yield* pending
        const [id = ""] = book.refunds.keys()
        book.settleRefund(id, { status: "succeeded" })
        const done = { _tag: "Succeeded", reference: id } as const
        assert.deepStrictEqual(yield* Effect.flatten(stripe.lookup(asked)), done)
      })
    )
  )

  it.live("has failed when the bank could not", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const asked = yield* pending
        const [id = ""] = book.refunds.keys()
        book.settleRefund(id, { status: "failed", failure_reason: "lost_or_stolen_card" })
        assert.deepStrictEqual(yield* Effect.flatten(stripe.lookup(asked)), {
          _tag: "Declined",
          code: "lost_or_stolen_card"
        })
      })
    )
  )
})

describe("while Stripe is not to be reached", () => {
  it.live("nothing is known of any request", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { fail } = yield* StandIn
        const reference = yield* authorized()
        const path = `/v1/payment_intents/${reference}`
        fail(path, broken(500), { _tag: "Garble", isDone: true, body: "null" })
        fail("/v1/payment_intents/search", broken(429))
        for (const asked of [
          past.capture({ reference }),
          past.void({ reference }),
          past.authorize()
        ]) {
          const error = yield* Effect.flip(stripe.lookup(asked))
          assert.strictEqual(error._tag, "GatewayUnavailable")
        }
      })
    )
  )
})

/** What may go wrong with one attempt, as often as it likes. */
const mishaps: ReadonlyArray<Fault> = [
  { _tag: "Garble", isDone: true, body: "<html>" },
  { _tag: "Garble", isDone: false, body: "" },
  { _tag: "Refuse", status: 409, error: { code: "idempotency_key_in_use" } },
  { _tag: "Refuse", status: 429, error: { code: "rate_limit" } },
  { _tag: "Refuse", status: 500, error: { type: "api_error" } }
]

const day = FastCheck.record({
  mishaps: FastCheck.array(FastCheck.constantFrom(...mishaps), { maxLength: 4 }),
  isIndexed: FastCheck.boolean()
})

describe("over days of trouble", () => {
  /** As an actor does it: look first, then ask with the same key. */
  const attempt = Effect.gen(function* () {
    const stripe = yield* PaymentGateway
    const found = yield* stripe.lookup(past.authorize())
    return Option.isSome(found) ? found.value : yield* stripe.authorize(authorization())
  })

  const histories = FastCheck.sample(FastCheck.array(day, { minLength: 1, maxLength: 3 }), {
    numRuns: 12,
    seed: 30
  })

  it.live("money is set aside once", () =>
    Effect.forEach(histories, (days) =>
      inStripe(
        Effect.gen(function* () {
          const { book, fail, forget } = yield* StandIn
          for (const { isIndexed, mishaps } of days) {
            fail(key, ...mishaps)
            yield* Effect.repeatN(Effect.either(attempt), mishaps.length)
            if (!isIndexed) continue
            // A key is forgotten after a day, and by then the index shows everything.
            book.index()
            forget(key)
          }
          fail(key)
          const outcome = yield* attempt
          assert.strictEqual(outcome._tag, "Succeeded")
          yield* doneOnce
        })
      )
    )
  )
})
