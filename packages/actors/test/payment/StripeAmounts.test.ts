/** Money at Stripe: every currency of Souk has the minor units there that it has here. */
import { assert, describe, it } from "@effect/vitest"
import * as Money from "@souk/domain/kernel/Money"
import { Effect, FastCheck, Option } from "effect"
import * as Amounts from "../../src/payment/StripeAmounts.ts"
import { PaymentGateway } from "../../src/payment/PaymentGateway.ts"
import {
  authorization,
  capture,
  captured,
  inStripe,
  refund,
  StandIn
} from "../support/StripeShop.ts"

/** As Stripe publishes them. */
const zeroDecimal = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split(" ")
const threeDecimal = "BHD JOD KWD OMR TND".split(" ")

const digitsAtStripe = (currency: string) =>
  zeroDecimal.includes(currency) ? 0 : threeDecimal.includes(currency) ? 3 : 2

const currencies = Money.Currency.literals

const anyMoney = FastCheck.record({
  amountMinor: FastCheck.integer({ min: 0, max: Money.amountMinorMax }),
  currency: FastCheck.constantFrom(...currencies)
})

describe("an amount at Stripe", () => {
  it("counts the same minor units in every currency of Souk", () => {
    for (const currency of currencies) {
      assert.strictEqual(Money.minorUnitDigits[currency], digitsAtStripe(currency), currency)
    }
  })

  it.prop("is read as it was written", [anyMoney], ([money]) => {
    const written = Amounts.toStripe(money)
    assert.deepStrictEqual(Amounts.fromStripe(written), Option.some(money))
    assert.isTrue(Amounts.isSame(money, written))
    assert.isFalse(Amounts.isSame(money, { ...written, amount: written.amount + 1 }))
  })

  it("is nothing in a currency that Souk does not trade in", () => {
    for (const strange of [
      { amount: 100, currency: "isk" },
      { amount: -1, currency: "eur" },
      { amount: 1.5, currency: "eur" },
      { amount: Money.amountMinorMax + 1, currency: "eur" }
    ]) {
      assert.isTrue(Option.isNone(Amounts.fromStripe(strange)))
    }
  })
})

describe("a payment of 1250 minor units", () => {
  it.live.each(currencies)("in %s is that many everywhere", (currency) =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const reference = yield* captured({ currency })
        const given = yield* stripe.refund(refund({ currency, reference, amountMinor: 30 }))
        assert.strictEqual(given._tag, "Succeeded")
        assert.deepStrictEqual(
          book.entries.map(({ amount, currency }) => ({ amount, currency })),
          [1_250, 1_250, 30].map((amount) => ({ amount, currency: currency.toLowerCase() }))
        )
      })
    )
  )
})

describe("an amount with a third decimal that Stripe does not take", () => {
  it.live("is declined and not rounded, and nothing is sent", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { requests } = yield* StandIn
        const odd = { currency: "KWD", amountMinor: 5_124 } as const
        const outcome = yield* stripe.authorize(authorization(odd))
        assert.deepStrictEqual(outcome, { _tag: "Declined", code: "amount_not_payable" })
        assert.strictEqual(requests.length, 0)
      })
    )
  )

  it.live("is not given back either, and the payment stays as it is", () =>
    inStripe(
      Effect.gen(function* () {
        const stripe = yield* PaymentGateway
        const { book } = yield* StandIn
        const reference = yield* captured({ currency: "TND" })
        const odd = { currency: "TND", amountMinor: 5, reference } as const
        const outcome = yield* stripe.refund(refund(odd))
        assert.deepStrictEqual(outcome, { _tag: "Declined", code: "amount_not_payable" })
        assert.strictEqual(book.refunds.size, 0)
        assert.strictEqual(
          (yield* stripe.capture(capture({ ...odd, amountMinor: 1_250 })))._tag,
          "Succeeded"
        )
      })
    )
  )
})
