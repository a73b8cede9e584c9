/** Headers of requests that commands and queries share: their schemas, and what they mean. */
import { ParseResult, Schema } from "effect"
import { KeyReused, problem } from "../Problem.ts"

/** 1 to 255 printable ASCII characters. */
const Key = Schema.String.pipe(Schema.pattern(/^[\x20-\x7e]{1,255}$/)).annotations({
  description: "1 to 255 printable ASCII characters, bare or as a quoted string"
})

const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/

const unquote = (text: string): string | undefined => {
  if (!text.startsWith('"')) return text
  return quoted.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, "$1")
}

const quote = (key: string): string =>
  key.startsWith('"') ? `"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"` : key

/**
 * Identifies a request, so that a repeat of it has no second effect. Accepted as a quoted string,
 * as the IETF draft has it, and bare, as most clients send it.
 */
export const IdempotencyKey = Schema.transformOrFail(Schema.String, Key, {
  decode: (text, _, ast) => {
    const key = unquote(text)
    return key === undefined
      ? ParseResult.fail(new ParseResult.Type(ast, text, "is not a well-formed quoted string"))
      : ParseResult.succeed(key)
  },
  encode: (key) => ParseResult.succeed(quote(key))
})

/** For endpoints whose requests may have a key. */
export const optionalKey = { "idempotency-key": Schema.optional(IdempotencyKey) }

/** For endpoints whose requests must have a key. */
export const requiredKey = { "idempotency-key": IdempotencyKey }

export const keyReused = problem(KeyReused, {
  status: 422,
  title: "Idempotency key reused",
  code: "idempotency_key_reused",
  source: "Idempotency-Key"
})

/** The entity tag of a version (RFC 9110, section 8.8.3). */
export const etagOf = (version: number): string => `"${version}"`

const tag = String.raw`(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"`

const tagList = new RegExp(String.raw`^(?:\*|${tag}(?:[ \t]*,[ \t]*${tag})*)$`)

const tags = /(W\/)?"([^"]*)"/g

/** Bounds the time to match the header. */
const charactersMax = 1_000

const Condition = Schema.String.pipe(
  Schema.maxLength(charactersMax),
  Schema.filter(
    (text) => tagList.test(text) || 'must be *, or tags like "7" with commas between them'
  )
).annotations({ description: 'The `ETag`s one of which is current, like `"7"`, or `*`' })

/** For commands that may be conditional on a version of the entity. */
export const ifMatch = { "if-match": Schema.optional(Condition) }

/** For queries that answer 304 when the client has the current version. */
export const ifNoneMatch = { "if-none-match": Schema.optional(Schema.String) }

/**
 * The versions that `If-Match` allows; undefined if it allows any. Only strong tags match, and a
 * tag that is not a version matches none.
 */
export const versionsOf = (condition: string | undefined): ReadonlyArray<number> | undefined =>
  condition === undefined || condition === "*"
    ? undefined
    : [...condition.matchAll(tags)].flatMap(([, weak, text = ""]) =>
        weak === undefined && /^[1-9]\d{0,14}$|^0$/.test(text) ? [Number(text)] : []
      )

/** Whether `If-None-Match` names this version. Weak tags match as well. */
export const isNotModified = (condition: string | undefined, version: number): boolean =>
  condition !== undefined &&
  (condition.trim() === "*" ||
    [...condition.matchAll(tags)].some(([, , text]) => text === `${version}`))

/** For requests whose work goes on after the decision: how long to wait for it (RFC 7240). */
export const preferWait = { prefer: Schema.optional(Schema.String) }

/** Long enough for a healthy payment provider, short enough for a customer. */
const secondsDefault = 5

const secondsMax = 30

const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i

export interface Waiting {
  readonly waitMs: number
  /** `Preference-Applied`, if the client sent a preference. */
  readonly headers: Readonly<Record<string, string>>
}

/** How long to wait. A preference that is not well-formed is ignored, as RFC 7240 says. */
export const waitOf = (prefer: string | undefined): Waiting => {
  const wanted = wait.exec(prefer ?? "")?.[1]
  if (wanted === undefined) return { waitMs: secondsDefault * 1_000, headers: {} }
  const seconds = Math.min(Number(wanted), secondsMax)
  return { waitMs: seconds * 1_000, headers: { "preference-applied": `wait=${seconds}` } }
}
