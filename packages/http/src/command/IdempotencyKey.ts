/**
 * The client's name for one request, so that repeating the request is not asking twice. Taken as
 * the IETF draft writes it (a quoted string) and as everybody sends it (bare).
 */
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

export const IdempotencyKey = Schema.transformOrFail(Schema.String, Key, {
  decode: (text, _, ast) => {
    const key = unquote(text)
    return key === undefined
      ? ParseResult.fail(new ParseResult.Type(ast, text, "is not a well-formed quoted string"))
      : ParseResult.succeed(key)
  },
  encode: (key) => ParseResult.succeed(quote(key))
})

/** For requests that a key makes safe to repeat. */
export const optionalKey = { "idempotency-key": Schema.optional(IdempotencyKey) }

/** For requests that may not be sent without one. */
export const requiredKey = { "idempotency-key": IdempotencyKey }

export const keyReused = problem(KeyReused, {
  status: 422,
  title: "Idempotency key reused",
  code: "idempotency_key_reused",
  source: "Idempotency-Key"
})
