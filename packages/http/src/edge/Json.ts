/** A JSON text, read strictly: what two readers could understand in two ways is refused. */
import { Either, Option, Schema } from "effect"
import type { FieldError } from "../Problem.ts"

/** Deeper than any body of ours, and far from where a reader would run out of stack. */
const depthMax = 32

/** More than the largest order has; bounds the time and the length of an answer to nonsense. */
const valuesMax = 5_000

const decode = Schema.decodeUnknownOption(Schema.parseJson())
const decodeKey = Schema.decodeUnknownSync(Schema.parseJson(Schema.String))

/** The text in a string of JSON that has been found well-formed. */
const textOf = (token: string): string =>
  token.includes("\\") ? decodeKey(token) : token.slice(1, -1)

/** The value, or what is wrong with the text and where. */
export const read = (text: string): Either.Either<unknown, FieldError> =>
  Option.match(decode(text), {
    onNone: () => Either.left({ pointer: "#", detail: "is not well-formed JSON" }),
    onSome: (value) => {
      const fieldError = ambiguity(text)
      return fieldError === undefined ? Either.right(value) : Either.left(fieldError)
    }
  })

/** A JSON pointer as a URI fragment (RFC 6901, section 6). */
export const pointer = (path: ReadonlyArray<PropertyKey>): string =>
  ["#", ...path.map((step) => encodeURIComponent(escape(step)))].join("/")

/** Lone surrogates have no encoding; Buffer puts U+FFFD in their place. */
const escape = (step: PropertyKey): string =>
  Buffer.from(String(step)).toString().replaceAll("~", "~0").replaceAll("/", "~1")

/** An array or an object on the way to where the reader stands. */
interface Level {
  /** The names seen so far; nothing for an array. */
  readonly names: Set<string> | undefined
  step: PropertyKey
  isNameNext: boolean
}

const errorAt = (levels: ReadonlyArray<Level>, detail: string): FieldError => ({
  pointer: pointer(levels.map(({ step }) => step)),
  detail
})

/** What `JSON.parse` would pass over in silence: names that come twice, and a prototype. */
const ambiguity = (text: string): FieldError | undefined => {
  const levels: Array<Level> = []
  let values = 0
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g)) {
    const level = levels.at(-1)
    if (token === "{" || token === "[") {
      if (levels.length === depthMax) return errorAt(levels, "is nested too deep")
      const isObject = token === "{"
      levels.push({ names: isObject ? new Set() : undefined, step: 0, isNameNext: isObject })
    } else if (token === "}" || token === "]") {
      levels.pop()
    } else if (token === ",") {
      values++
      if (values > valuesMax) return { pointer: "#", detail: "has too many values" }
      if (level !== undefined) advance(level)
    } else if (level?.names !== undefined && level.isNameNext) {
      const name = textOf(token)
      level.isNameNext = false
      level.step = name
      if (level.names.has(name)) return errorAt(levels, "comes twice")
      if (name === "__proto__") return errorAt(levels, "is not a known field")
      level.names.add(name)
    }
  }
  return undefined
}

const advance = (level: Level): void => {
  if (level.names !== undefined) level.isNameNext = true
  else if (typeof level.step === "number") level.step++
}
