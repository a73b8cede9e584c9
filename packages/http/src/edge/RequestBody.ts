/** Reads request bodies: JSON of bounded size, read strictly, and only when a handler needs it. */
import type { IncomingMessage } from "node:http"
import type { HttpServerRequest } from "@effect/platform"
import { NodeHttpServerRequest } from "@effect/platform-node"
import { Effect, Either, Option, Schema } from "effect"
import {
  type FieldError,
  InvalidRequest,
  PayloadTooLarge,
  UnsupportedMediaType
} from "../Problem.ts"

/** Size limit of a request body. */
export const bytesMax = 256 * 1024

type BodyFailure = InvalidRequest | PayloadTooLarge | UnsupportedMediaType

/** Whether an error comes from reading a body. */
export const isFailure = (error: unknown): error is BodyFailure =>
  error instanceof InvalidRequest ||
  error instanceof PayloadTooLarge ||
  error instanceof UnsupportedMediaType

const json = /^application\/json *(?:; *charset *= *"?utf-8"? *)?$/i

/** The raw bytes, for handlers that verify a signature over them. */
export const raw = (
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<Buffer, PayloadTooLarge> => {
  const source = NodeHttpServerRequest.toIncomingMessage(request)
  return Number(source.headers["content-length"] ?? 0) > bytesMax
    ? Effect.fail(new PayloadTooLarge({ bytesMax }))
    : Effect.catchAll(bytes(source), (failure) =>
        failure instanceof PayloadTooLarge ? Effect.fail(failure) : Effect.succeed(Buffer.of())
      )
}

/** The decoded JSON body; `{}` if the request has none. */
export const read = (source: IncomingMessage): Effect.Effect<unknown, BodyFailure> => {
  const { "content-encoding": encoding = "identity", "content-type": type = "application/json" } =
    source.headers
  if (!json.test(type)) return Effect.fail(new UnsupportedMediaType({ contentType: type }))
  if (encoding !== "identity") {
    return Effect.fail(new UnsupportedMediaType({ contentType: `${encoding} encoding` }))
  }
  if (Number(source.headers["content-length"] ?? 0) > bytesMax) {
    return Effect.fail(new PayloadTooLarge({ bytesMax }))
  }
  return Effect.flatMap(bytes(source), parse)
}

/** Reads the body and enforces the limit. Bytes beyond the limit are discarded as they arrive. */
const bytes = (source: IncomingMessage): Effect.Effect<Buffer, BodyFailure> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    let length = 0
    const done = (outcome: Effect.Effect<Buffer, BodyFailure>): void => {
      source.off("data", onData).off("end", onEnd).off("error", onError)
      source.resume()
      resume(outcome)
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > bytesMax) done(Effect.fail(new PayloadTooLarge({ bytesMax })))
      else chunks.push(chunk)
    }
    const onEnd = (): void => done(Effect.succeed(Buffer.concat(chunks, length)))
    const onError = (): void => done(Effect.fail(invalidField("ends before it is complete")))
    source.on("data", onData).on("end", onEnd).on("error", onError)
    return Effect.sync(() => source.off("data", onData).off("end", onEnd).off("error", onError))
  })

const invalidField = (detail: string): InvalidRequest =>
  new InvalidRequest({ errors: [{ pointer: "#", detail }] })

const decoder = new TextDecoder("utf-8", { fatal: true })

/** An empty body is read as `{}`, so that requests with optional fields only need no body. */
const parse = (bytes: Buffer): Either.Either<unknown, InvalidRequest> => {
  if (bytes.length === 0) return Either.right({})
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return Either.left(invalidField("is not UTF-8"))
  }
  return Either.mapLeft(
    parseJson(text),
    (fieldError) => new InvalidRequest({ errors: [fieldError] })
  )
}

/** Maximum nesting. No body of the API is deeper, and `JSON.parse` is far from its stack limit. */
const depthMax = 32

/** Maximum number of values, above the largest order. Bounds the validation of invalid bodies. */
const valuesMax = 5_000

const decodeJson = Schema.decodeUnknownOption(Schema.parseJson())
const decodeKey = Schema.decodeUnknownSync(Schema.parseJson(Schema.String))

/** The text of a JSON string token that is known to be well-formed. */
const textOf = (token: string): string =>
  token.includes("\\") ? decodeKey(token) : token.slice(1, -1)

/**
 * Parses JSON strictly: duplicate names and `__proto__`, which parsers treat differently, are
 * refused.
 */
export const parseJson = (text: string): Either.Either<unknown, FieldError> =>
  Option.match(decodeJson(text), {
    onNone: () => Either.left({ pointer: "#", detail: "is not well-formed JSON" }),
    onSome: (value) => {
      const fieldError = jsonError(text)
      return fieldError === undefined ? Either.right(value) : Either.left(fieldError)
    }
  })

/** A JSON pointer as a URI fragment (RFC 6901, section 6). */
export const pointer = (path: ReadonlyArray<PropertyKey>): string =>
  ["#", ...path.map((step) => encodeURIComponent(escape(step)))].join("/")

/** Lone surrogates have no UTF-8 encoding; `Buffer` replaces them by U+FFFD. */
const escape = (step: PropertyKey): string =>
  Buffer.from(String(step)).toString().replaceAll("~", "~0").replaceAll("/", "~1")

/** An array or object that contains the current token. */
interface Level {
  /** Names seen so far; undefined for an array. */
  readonly names: Set<string> | undefined
  step: PropertyKey
  isNameNext: boolean
}

const errorAt = (levels: ReadonlyArray<Level>, detail: string): FieldError => ({
  pointer: pointer(levels.map(({ step }) => step)),
  detail
})

/** Finds what `JSON.parse` accepts silently: duplicate names and `__proto__`, and size limits. */
const jsonError = (text: string): FieldError | undefined => {
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
