/**
 * Amounts in Stripe's form: the same minor units, a lower-case currency, and one more rule.
 */
import * as Money from "@souk/domain/kernel/Money"
import { type Option, Schema } from "effect"

/** An amount in Stripe's requests and objects. */
export interface StripeAmount {
  readonly amount: number
  readonly currency: string
}

// Stripe takes amounts of three-decimal currencies in tens only: 5.124 KWD would be 5.120 or
// 5.130, and Souk must not choose. Yen and won have no decimals, here as there. The forint has
// two when it is charged; it is whole in payouts only, which are none of Souk's.
export const stepMinor = (currency: Money.Currency): number =>
  Money.minorUnitDigits[currency] === 3 ? 10 : 1

/** Whether Stripe can move exactly this amount. */
export const isPayable = ({ amountMinor, currency }: Money.Money): boolean =>
  amountMinor % stepMinor(currency) === 0

export const toStripe = ({ amountMinor, currency }: Money.Money): StripeAmount => ({
  amount: amountMinor,
  currency: currency.toLowerCase()
})

const decode = Schema.decodeUnknownOption(Money.Money)

/** None for a currency or an amount that Souk does not support. */
export const fromStripe = ({ amount, currency }: StripeAmount): Option.Option<Money.Money> =>
  decode({ amountMinor: amount, currency: currency.toUpperCase() })

/** Whether Stripe's amount is exactly the requested one. */
export const isSame = (asked: Money.Money, answered: StripeAmount): boolean => {
  const { amount, currency } = toStripe(asked)
  return answered.amount === amount && answered.currency === currency
}

/** `1250 eur`, for messages about two amounts that differ. */
export const format = ({ amount, currency }: StripeAmount): string => `${amount} ${currency}`
