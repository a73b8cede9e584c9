/**
 * Money as Stripe writes it: the same minor units, a currency in small letters, and one rule more.
 */
import * as Money from "@souk/domain/kernel/Money"
import { type Option, Schema } from "effect"

/** An amount as it stands in Stripe's requests and objects. */
export interface StripeAmount {
  readonly amount: number
  readonly currency: string
}

// Stripe takes amounts of three-decimal currencies in tens only: 5.124 KWD is 5.120 or 5.130, and
// which of them is not ours to choose. Yen and won have no decimals, here as there. The forint has
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

/** Nothing for a currency that Souk does not trade in, or an amount that it does not handle. */
export const fromStripe = ({ amount, currency }: StripeAmount): Option.Option<Money.Money> =>
  decode({ amountMinor: amount, currency: currency.toUpperCase() })

/** Whether Stripe speaks of exactly the money that was asked for. */
export const isSame = (asked: Money.Money, answered: StripeAmount): boolean => {
  const { amount, currency } = toStripe(asked)
  return answered.amount === amount && answered.currency === currency
}

/** `1250 eur`, for those who must find out why two amounts differ. */
export const format = ({ amount, currency }: StripeAmount): string => `${amount} ${currency}`
