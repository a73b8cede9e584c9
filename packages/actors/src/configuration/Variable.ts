/** One variable of the environment: its name, what it may hold, and how it is read and refused. */
import { Array as Arr, Config, ConfigError, Either, Option, Redacted } from "effect"

/** What a text may be, and what it is then. */
export interface Shape<A> {
  /** As a refusal and the documents say it. */
  readonly allowed: string
  readonly parse: (text: string) => Option.Option<A>
  readonly isSecret?: true
}

export interface Description {
  readonly name: string
  readonly allowed: string
  /** What it is when it is not set. */
  readonly fallback: string
  readonly meaning: string
  /** What `souk`, the command line, reads it for. */
  readonly cli?: string
  /** Whether `souk` alone reads it. */
  readonly isCliOnly?: true
  readonly isSecret: boolean
}

/** Read by `yield*`, as every `Config`. An empty text counts as none: compose files pass it on. */
export type Variable<A> = Config.Config<A> & { readonly variable: Description }

interface Declared {
  readonly name: string
  readonly meaning: string
  readonly cli?: string
  readonly isCliOnly?: true
}

const given = (name: string): Config.Config<Option.Option<string>> =>
  Config.option(Config.string(name)).pipe(Config.map(Option.filter((text) => text !== "")))

/** Why a value is refused: which variable, what was given, and what is allowed. */
export const invalid = (
  { isSecret, name }: Pick<Description, "isSecret" | "name">,
  text: string,
  allowed: string
): ConfigError.ConfigError => {
  const what = isSecret ? "is set to a secret that is not shown here" : `is ${JSON.stringify(text)}`
  return ConfigError.InvalidData([name], `${name} ${what}; allowed: ${allowed}`)
}

const parsed =
  <A>(description: Description, { allowed, parse }: Shape<A>) =>
  (text: string): Either.Either<A, ConfigError.ConfigError> =>
    Either.fromOption(parse(text.trim()), () => invalid(description, text, allowed))

const described = <A>(config: Config.Config<A>, variable: Description): Variable<A> =>
  Object.assign(config, { variable })

/** A variable that need not be set. `fallback` says what happens then. */
export const optional = <A>(
  shape: Shape<A>,
  declared: Declared & { readonly fallback: string }
): Variable<Option.Option<A>> => {
  const { allowed, isSecret = false } = shape
  const description = { ...declared, allowed, isSecret }
  const parse = parsed(description, shape)
  const config = Config.mapOrFail(given(declared.name), (text) =>
    Option.isNone(text) ? Either.right(Option.none()) : Either.map(parse(text.value), Option.some)
  )
  return described(config, description)
}

/** A variable with a value for when it is not set, written as one would set it. */
export const withDefault = <A>(
  shape: Shape<A>,
  fallback: string,
  declared: Declared
): Variable<A> => {
  const { allowed, isSecret = false } = shape
  const description = { ...declared, allowed, fallback, isSecret }
  const parse = parsed(description, shape)
  const config = Config.mapOrFail(given(declared.name), (text) =>
    parse(Option.getOrElse(text, () => fallback))
  )
  return described(config, description)
}

/** The value of an optional variable where it is needed; `because` says why. */
export const needed = <A>(
  optional: Variable<Option.Option<A>>,
  because: string
): Config.Config<A> => {
  const { allowed, name } = optional.variable
  return Config.mapOrFail(
    optional,
    Either.fromOption(() =>
      ConfigError.MissingData([name], `${name} is not set, and ${because}; allowed: ${allowed}`)
    )
  )
}

/** As it was given, unread: for programs that only pass it on. */
export const asGiven = ({ variable: { name } }: Variable<unknown>) =>
  Config.map(given(name), Option.map(Redacted.make))

export const shape = <A>(allowed: string, parse: (text: string) => Option.Option<A>): Shape<A> => ({
  allowed,
  parse
})

/** Any text, or one of this pattern. */
export const text = (allowed: string, pattern = /^/): Shape<string> =>
  shape(
    allowed,
    Option.liftPredicate((text) => pattern.test(text))
  )

export const secret = (allowed: string, pattern = /^/): Shape<Redacted.Redacted> => ({
  allowed,
  parse: (text) => (pattern.test(text) ? Option.some(Redacted.make(text)) : Option.none()),
  isSecret: true
})

const numberOf = (
  allowed: string,
  pattern: RegExp,
  [min, max]: readonly [min: number, max: number]
): Shape<number> =>
  shape(allowed, (text) =>
    Option.liftPredicate(Number(text), (n) => pattern.test(text) && n >= min && n <= max)
  )

export const whole = (min: number, max: number): Shape<number> =>
  numberOf(`a whole number from ${min} to ${max}`, /^\d+$/, [min, max])

export const number = (min: number, max: number): Shape<number> =>
  numberOf(`a number from ${min} to ${max}`, /^\d+(\.\d+)?$/, [min, max])

export const oneOf = <A extends string>(...values: readonly [A, ...ReadonlyArray<A>]): Shape<A> =>
  shape(values.join(" or "), (text) => Arr.findFirst(values, (value) => value === text))
