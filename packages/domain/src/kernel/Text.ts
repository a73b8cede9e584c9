/** Text from outside: bounded, and free of what no database or log can hold. */
import { Schema } from "effect"

const hasLoneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** A code point takes one or two UTF-16 units, so that most texts need no counting. */
const hasAtMost = (value: string, codePoints: number): boolean =>
  value.length <= codePoints || (value.length <= codePoints * 2 && [...value].length <= codePoints)

/**
 * At most so many code points, as `maxLength` of JSON Schema counts them; that of `Schema` counts
 * UTF-16 units, of which an emoji has two.
 */
export const maxCodePoints = (count: number) => (self: Schema.Schema<string>) =>
  self.pipe(
    Schema.filter((value) => hasAtMost(value, count), {
      title: `maxLength(${count})`,
      description: `a string at most ${count} character(s) long`,
      jsonSchema: { maxLength: count }
    })
  )

/** Text of 1 to `lengthMax` code points without NUL and without lone surrogates. */
export const text = (lengthMax: number) =>
  Schema.String.pipe(
    Schema.minLength(1),
    maxCodePoints(lengthMax),
    Schema.filter((value) =>
      value.includes("\u0000")
        ? "must not contain a NUL character"
        : hasLoneSurrogate.test(value)
          ? "must be well-formed Unicode: it has a lone surrogate"
          : true
    )
  )

/** A character that can be seen: no blank, and none that only controls others. */
const visible = /[^\p{White_Space}\p{C}]/u

/**
 * Text that names something, and so has a visible character. For what callers give: an event takes
 * any text, because journals hold names that were accepted before.
 */
export const name = (lengthMax: number) =>
  text(lengthMax).pipe(
    Schema.filter((value) => visible.test(value) || "must not be blank", {
      jsonSchema: { pattern: String.raw`\S` }
    })
  )

const isKey = Schema.is(text(40))

/** Free key/value pairs a merchant hangs on an object: at most 20, keys of 40, values of 500. */
export const MetadataMap = Schema.Record({ key: Schema.String, value: text(500) }).pipe(
  Schema.filter((map) => {
    const keys = Object.keys(map)
    if (keys.length > 20) return "at most 20 entries"
    // Not as the schema of the key: a record drops the keys that do not fit theirs, silently.
    return keys.every(isKey) || "keys are text of 1 to 40 characters"
  })
)
export type MetadataMap = typeof MetadataMap.Type

// Control characters, tabs and line ends among them: in a log or on a terminal they are commands.
const control = /[\p{Cc}\u2028\u2029]/gu
const loneSurrogates = new RegExp(hasLoneSurrogate, "g")

/**
 * What an external system said, as text that any database and log can hold: at most `lengthMax`
 * UTF-16 units, each control character a space, each lone surrogate a replacement character.
 */
export const clean = (said: string, lengthMax: number): string =>
  said.slice(0, lengthMax).replace(control, " ").replace(loneSurrogates, "\uFFFD").trim()

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Undefined for what JSON cannot express. */
const textOf = (value: unknown): string | undefined => {
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item) ?? "null").join()}]`
  if (!isRecord(value)) return JSON.stringify(value)
  let members = ""
  for (const name of Object.keys(value).toSorted()) {
    const member = textOf(value[name])
    if (member === undefined) continue
    members += `${members === "" ? "" : ","}${JSON.stringify(name)}:${member}`
  }
  return `{${members}}`
}

/**
 * JSON with the members of each object sorted, so that equal values have equal text. Members
 * without a value are left out, as in JSON.
 */
export const canonical = (value: unknown): string => textOf(value) ?? "null"
