/** Options and arguments, each with the words that say what is wrong with a value. */
import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import { OrderId, Sku, UserId } from "@souk/domain/kernel/Ids"
import { text } from "@souk/domain/kernel/Text"
import { Either, Option, Schema, Struct } from "effect"

interface Value<A, I extends string> {
  readonly says: string
  readonly schema: Schema.Schema<A, I>
  /** Completes "this is not …". */
  readonly expects: string
}

export interface Valued<A, I extends string> extends Value<A, I> {
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

/** The options that are given, as members of a request. */
export const given = <Values extends Record<string, unknown>>(options: {
  readonly [Name in keyof Values]: Option.Option<Values[Name]>
}): Partial<Values> => {
  const values: Partial<Values> = {}
  for (const name of Struct.keys(options)) {
    const option = options[name]
    if (Option.isSome(option)) values[name] = option.value
  }
  return values
}

/** A whole number within these bounds. */
export const wholeFrom = (minimum: number, maximum: number) => ({
  schema: Schema.compose(whole, Schema.Number.pipe(Schema.between(minimum, maximum))),
  expects: `a whole number from ${minimum} to ${maximum}`
})

/** `--for`, in whole seconds. */
export const forSeconds = (says: string, minimum: number, maximum: number, fallback: number) =>
  withDefault("for", { placeholder: "<seconds>", says, ...wholeFrom(minimum, maximum) }, fallback)

/** A text of at most so many characters. */
export const textTo = (maximum: number) => ({
  placeholder: "<text>",
  schema: text(maximum),
  expects: `a text of 1 to ${maximum} characters`
})

export const path = { placeholder: "<path>", schema: Schema.NonEmptyString, expects: "a path" }

export const aSku = {
  placeholder: "<sku>",
  schema: Sku,
  expects: "a SKU: capital letters, digits and dashes, such as TEA-MINT"
}

export const anOrderId = {
  placeholder: "<order>",
  schema: OrderId,
  expects: "an order id: ord_ and letters or digits"
}

export const aUserId = {
  placeholder: "<user>",
  schema: UserId,
  expects: "the id of a user: usr_ and letters or digits"
}

export const sku = operand("sku", {
  ...aSku,
  says: "The SKU of the product."
})

export const orderId = operand("order", { ...anOrderId, says: "The order, by its id." })
