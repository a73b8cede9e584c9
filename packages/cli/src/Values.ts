/** Options and arguments, each with the words that say what is wrong with a value. */
import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import { OrderId, Sku } from "@souk/domain/kernel/Ids"
import { Either, type Option, Schema } from "effect"

interface Value<A, I extends string> {
  readonly says: string
  readonly schema: Schema.Schema<A, I>
  /** Completes "this is not …". */
  readonly expects: string
}

interface Valued<A, I extends string> extends Value<A, I> {
  readonly placeholder: string
}

const decode = <A, I extends string>(name: string, { expects, schema }: Value<A, I>) => {
  const decoder = Schema.decodeUnknownEither(schema)
  return (text: string): Either.Either<A, HelpDoc.HelpDoc> =>
    Either.mapLeft(decoder(text), () =>
      HelpDoc.p(`${name}: ${JSON.stringify(text)} is not ${expects}`)
    )
}

/** An option that must be given. */
export const required = <A, I extends string>(
  name: string,
  { placeholder, ...value }: Valued<A, I>
): Options.Options<A> => {
  const decoder = decode(`--${name}`, value)
  return Options.text(name).pipe(
    Options.withPseudoName(placeholder),
    Options.withDescription(value.says),
    Options.mapEffect((text) => Either.mapLeft(decoder(text), ValidationError.invalidValue))
  )
}

/** An option that may be left out. */
export const optional = <A, I extends string>(
  name: string,
  value: Valued<A, I>
): Options.Options<Option.Option<A>> => Options.optional(required(name, value))

export const withDefault = <A, I extends string>(
  name: string,
  value: Valued<A, I>,
  fallback: A
): Options.Options<A> => Options.withDefault(required(name, value), fallback)

export const operand = <A, I extends string>(name: string, value: Value<A, I>): Args.Args<A> =>
  Args.text({ name }).pipe(
    Args.withDescription(value.says),
    Args.mapEffect(decode(`<${name}>`, value))
  )

export const choice = (name: string, says: string): Options.Options<boolean> =>
  Options.boolean(name).pipe(Options.withDescription(says))

/** A whole number as people write it: digits, and nothing else. */
export const whole = Schema.compose(
  Schema.String.pipe(Schema.pattern(/^\d{1,15}$/)),
  Schema.NumberFromString
)

export const sku = operand("sku", {
  says: "The product, as the merchant writes it on the box.",
  schema: Sku,
  expects: "a SKU: capital letters, digits and dashes, such as TEA-MINT"
})

export const orderId = operand("order", {
  says: "The order, by its id.",
  schema: OrderId,
  expects: "an order id: ord_ and letters or digits"
})
