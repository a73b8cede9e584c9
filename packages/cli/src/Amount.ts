/** Amounts of money, as people write them on a command line. */
import * as Money from "@souk/domain/kernel/Money"
import { Effect, Option, Schema } from "effect"
import { UsageError } from "./UsageError.ts"

/** An amount whose currency is not known yet. */
export const AmountText = Schema.String.pipe(Schema.pattern(/^\d{1,13}(\.\d{1,3})?$/))

/** Completes "this is not …". */
export const expected = "an amount: digits, and decimals after a point, such as 12.50"

export const currency = {
  placeholder: "<code>",
  schema: Schema.compose(Schema.Uppercase, Money.Currency),
  expects: `a currency: ${Money.Currency.literals.join(", ")}`
} as const

/** The amount as the currency has it; a misuse where the currency has no such amount. */
export const of = (
  text: string,
  currency: Money.Currency,
  { command, option }: { readonly option: string; readonly command: string }
): Effect.Effect<Money.Money, UsageError> => {
  const decimals = Money.minorUnitDigits[currency]
  const has = decimals === 0 ? "no decimals" : `at most ${decimals} decimals`
  return Option.match(Money.parse(text, currency), {
    onNone: () =>
      new UsageError({
        message: `${option}: ${text} is no amount of ${currency}, which has ${has}`,
        hint: `See: souk help ${command}`
      }),
    onSome: (money) => Effect.succeed(money)
  })
}
