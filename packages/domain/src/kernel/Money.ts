/** Money is an integer count of minor units in one currency; sums never leave the integers. */
import { Array as Arr, Option, Schema } from "effect"

/** Decimal places of each currency Souk trades in (ISO 4217). */
export const minorUnitDigits = {
  AUD: 2,
  CAD: 2,
  CHF: 2,
  CZK: 2,
  DKK: 2,
  EUR: 2,
  GBP: 2,
  HUF: 2,
  JPY: 0,
  KRW: 0,
  KWD: 3,
  NOK: 2,
  NZD: 2,
  PLN: 2,
  SEK: 2,
  TND: 3,
  USD: 2
} as const

export const Currency = Schema.Literal(
  "AUD",
  "CAD",
  "CHF",
  "CZK",
  "DKK",
  "EUR",
  "GBP",
  "HUF",
  "JPY",
  "KRW",
  "KWD",
  "NOK",
  "NZD",
  "PLN",
  "SEK",
  "TND",
  "USD"
)
export type Currency = typeof Currency.Type

/** No amount anywhere exceeds this many minor units, so sums of 9,000 of them stay exact. */
export const amountMinorMax = 1_000_000_000_000

export const AmountMinor = Schema.Int.pipe(Schema.between(0, amountMinorMax))

export const Money = Schema.Struct({ amountMinor: AmountMinor, currency: Currency })
export type Money = typeof Money.Type

export const zero = (currency: Currency): Money => ({ amountMinor: 0, currency })

export const of = (amountMinor: number, currency: Currency): Money => ({ amountMinor, currency })

/** The sum of amounts that are known to share `currency`. */
export const sum = (currency: Currency, amounts: ReadonlyArray<Money>): Money =>
  of(
    Arr.reduce(amounts, 0, (total, money) => total + money.amountMinor),
    currency
  )

export const times = (money: Money, factor: number): Money =>
  of(money.amountMinor * factor, money.currency)

/** Whether an amount is within what Souk handles. A product of two valid amounts may not be. */
export const isWithinCap = (money: Money): boolean =>
  Number.isSafeInteger(money.amountMinor) && money.amountMinor <= amountMinorMax

/** `12.50 EUR`, with the decimals its currency has. */
export const format = (money: Money): string => {
  const digits = minorUnitDigits[money.currency]
  return `${(money.amountMinor / 10 ** digits).toFixed(digits)} ${money.currency}`
}

/**
 * The amount that people write with the decimals of its currency: `12.50`, `12.5` or `12` euros.
 * Read digit by digit: nothing is rounded, and what has more decimals than the currency is nothing.
 */
export const parse = (text: string, currency: Currency): Option.Option<Money> => {
  const digits = minorUnitDigits[currency]
  const [, whole, decimals = ""] = /^(\d{1,13})(?:\.(\d{1,3}))?$/.exec(text) ?? []
  if (whole === undefined || decimals.length > digits) return Option.none()
  const money = of(Number(whole + decimals.padEnd(digits, "0")), currency)
  return Option.filter(Option.some(money), isWithinCap)
}

export const isEqual = (one: Money, other: Money): boolean =>
  one.amountMinor === other.amountMinor && one.currency === other.currency

/** Whether an amount is a multiple of so many minor units. */
export const isMultiple = (money: Money, stepMinor: number): boolean =>
  money.amountMinor % stepMinor === 0

/** Between two amounts that the payment provider can move, as 5.124 KWD where it moves tens. */
export class AmountNotPayable extends Schema.TaggedError<AmountNotPayable>()("AmountNotPayable", {
  amount: Money,
  stepMinor: Schema.Int
}) {
  override get message() {
    const step = format(of(this.stepMinor, this.amount.currency))
    return `The provider accepts amounts in steps of ${step}: ${format(this.amount)} is not one.`
  }
}

/** As a term of a command: see `isMultiple`. */
export const StepMinor = Schema.Int.pipe(Schema.between(1, 1_000))
