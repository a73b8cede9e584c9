/** Reads the whole configuration before anything is started, and refuses all its errors at once. */
import { Array as Arr, ConfigError, Effect, Either, Option, Schema } from "effect"
import { renamed, variables } from "./Configuration.ts"
import { nearest } from "./Nearest.ts"

/** The process cannot start with what its environment says. */
export class ConfigurationInvalid extends Schema.TaggedError<ConfigurationInvalid>()(
  "ConfigurationInvalid",
  { problems: Schema.NonEmptyArray(Schema.String) }
) {
  override get message() {
    const [first, ...others] = this.problems
    if (others.length === 0) return `the configuration is wrong: ${first}`
    return `the configuration is wrong:\n${this.problems.map((one) => `  ${one}`).join("\n")}`
  }
}

/** What several variables must be together, or what one must be on this machine. */
export type Rule = Effect.Effect<unknown, ConfigError.ConfigError | { readonly message: string }>

/** One line for each variable that is wrong; it begins with the name. */
const problemsOf = (
  error: ConfigError.ConfigError | { readonly message: string }
): ReadonlyArray<string> => {
  if (ConfigError.isConfigError(error) && (error._op === "And" || error._op === "Or")) {
    return [...problemsOf(error.left), ...problemsOf(error.right)]
  }
  return [error.message]
}

const prefix = "SOUK_"

/** The rest of the name in small letters, if it is one of ours. */
const withoutPrefix = (name: string): ReadonlyArray<string> =>
  name.startsWith(prefix) ? [name.slice(prefix.length).toLowerCase()] : []

const isUnknown = (name: string): boolean =>
  name.startsWith(prefix) &&
  !name.startsWith("SOUK_TEST_") &&
  renamed[name] === undefined &&
  !variables.some(({ variable }) => variable.name === name)

const warning = (name: string): string => {
  // The prefix is no resemblance.
  const known = variables.flatMap(({ variable }) => withoutPrefix(variable.name))
  const hint = Option.match(nearest(withoutPrefix(name).join(), known), {
    onNone: () => "",
    onSome: (candidate) => `: did you mean ${prefix}${candidate.toUpperCase()}?`
  })
  return `${name} is set and is no variable of Souk${hint}`
}

/**
 * Checks every variable, the rules, and the names that are set. A name that Souk does not know is
 * warned about.
 */
export const check = (
  environment: Readonly<Record<string, string | undefined>>,
  rules: ReadonlyArray<Rule>
): Effect.Effect<void, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const names = Object.keys(environment).filter((name) => environment[name])
    const checks: ReadonlyArray<Rule> = [...variables, ...rules]
    const outcomes = yield* Effect.forEach(checks, Effect.either)
    const old = names.flatMap((name) => {
      const now = renamed[name]
      return now === undefined ? [] : [`${name} is now called ${now}: rename it`]
    })
    const problems = [
      ...old,
      ...outcomes.flatMap((one) =>
        Either.match(one, {
          onLeft: problemsOf,
          onRight: () => []
        })
      )
    ]
    yield* Effect.forEach(names.filter(isUnknown), (name) => Effect.logWarning(warning(name)))
    const [first, ...others] = Arr.dedupe(problems)
    if (first !== undefined)
      return yield* new ConfigurationInvalid({ problems: [first, ...others] })
  })
