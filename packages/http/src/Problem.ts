/** How a refusal is told over HTTP: an error of the program on one side, RFC 9457 on the other. */
import { HttpApiSchema } from "@effect/platform"
import { ParseResult, Schema, String as Text, Struct } from "effect"

/** Where each kind of problem is explained. */
const typeBase = "https://souk.example/problems/"

/** One thing that is wrong with a request, and where. */
export const FieldError = Schema.Struct({
  /** A JSON pointer into the body, as a URI fragment: `#/lines/0/quantity`. */
  pointer: Schema.optionalWith(Schema.String, { exact: true }),
  /** The name of a query or path parameter. */
  parameter: Schema.optionalWith(Schema.String, { exact: true }),
  header: Schema.optionalWith(Schema.String, { exact: true }),
  detail: Schema.String
}).annotations({ identifier: "FieldError" })
export type FieldError = typeof FieldError.Type

/** An error that a program can tell apart by its tag, and a person can read. */
export interface Refused {
  readonly _tag: string
  readonly message: string
}

/** A class made by `Schema.TaggedError`, seen as what it can be decoded from. */
type RefusalClass<E extends Refused, I> = Schema.Schema<E, I> &
  (abstract new (...args: never) => E) & {
    readonly _tag: E["_tag"]
    readonly fields: Schema.Struct.Fields
  }

interface ProblemSpec<E> {
  readonly status: number
  /** The same words for every problem of this kind. */
  readonly title: string
  /** The stable word a program switches on; without one, the tag in snake case. */
  readonly code?: string
  /** The source in the request: a pointer into its body (`#/…`), a header, or several sources. */
  readonly source?: string | ((error: E) => ReadonlyArray<Omit<FieldError, "detail">>)
  /** How members of the error are called in the document, where the document has such a name. */
  readonly rename?: Readonly<Record<string, string>>
}

const Encoder: unique symbol = Symbol.for("@souk/http/Encoder")

/** What an endpoint's error schema says about itself. */
export interface ProblemEncoder {
  readonly tag: string
  /** The document of this error; nothing for any other. */
  readonly encode: (error: object) => ProblemDocument | undefined
}

/** The tale of an error schema made by `refusal`; nothing for any other. */
export const encoderOf = (annotations: object): ProblemEncoder | undefined =>
  Encoder in annotations && isEncoder(annotations[Encoder]) ? annotations[Encoder] : undefined

const isEncoder = (value: unknown): value is ProblemEncoder =>
  typeof value === "object" && value !== null && "tag" in value && "encode" in value

const documentFields = {
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.String,
  /** The path that was asked for. */
  instance: Schema.optionalWith(Schema.String, { exact: true }),
  code: Schema.String,
  requestId: Schema.optionalWith(Schema.String, { exact: true }),
  /** Of the W3C trace that the request belonged to, if it said so. */
  traceId: Schema.optionalWith(Schema.String, { exact: true }),
  errors: Schema.optionalWith(Schema.Array(FieldError), { exact: true })
}

/** What every problem document has, whatever else it tells. */
export const AnyProblem = Schema.Struct(documentFields).annotations({ identifier: "Problem" })
export interface ProblemDocument extends Schema.Struct.Type<typeof documentFields> {}

/**
 * The problem document of one error. Its data become members of the document, and a client gets the
 * error itself back: both sides know it by its class, and only this place knows its status.
 */
export const problem = <E extends Refused, I>(
  error: RefusalClass<E, I>,
  { source, rename = {}, status, title, ...spec }: ProblemSpec<E>
): Schema.Schema<E, ProblemDocument> => {
  const tag = error._tag
  const code = spec.code ?? Text.pascalToSnake(tag)
  const members = Struct.keys(error.fields)
    .filter((name) => name !== "_tag")
    .map((name) => ({ name, told: rename[name] ?? name }))
  const document = Schema.Struct({
    ...Object.fromEntries(members.map(({ name, told }) => [told, error.fields[name]])),
    ...documentFields,
    code: Schema.Literal(code)
  }).annotations({ identifier: `${tag}Problem` })
  const isRefused = (value: unknown): value is E => value instanceof error
  const toDocument = (refused: E): ProblemDocument => ({
    ...dataOf(members.map(({ name, told }) => [told, valueOf(refused, name)])),
    type: typeBase + Text.snakeToKebab(code),
    title,
    status,
    detail: refused.message,
    code,
    ...fieldErrorsOf(refused, source)
  })
  const encode: ProblemEncoder["encode"] = (given) =>
    isRefused(given) ? toDocument(given) : undefined
  return Schema.transformOrFail(document, Schema.declare(isRefused, { identifier: tag }), {
    decode: (problem) => {
      const data = dataOf(members.map(({ name, told }) => [name, valueOf(problem, told)]))
      return ParseResult.decodeUnknown(error)({ ...data, _tag: tag })
    },
    encode: (refused) => ParseResult.succeed(toDocument(refused))
  })
    .annotations(HttpApiSchema.annotations({ status, [Encoder]: { tag, encode } }))
    .pipe(HttpApiSchema.withEncoding({ kind: "Json", contentType: "application/problem+json" }))
}

const dataOf = (members: ReadonlyArray<readonly [string, unknown]>) =>
  Object.fromEntries(members.filter(([, value]) => value !== undefined))

const valueOf = (from: object, name: string): unknown => new Map(Object.entries(from)).get(name)

const sourceOf = (source: string) =>
  source.startsWith("#") ? { pointer: source } : { header: source }

const fieldErrorsOf = <E extends Refused>(refused: E, source: ProblemSpec<E>["source"]) => {
  if (source === undefined) return {}
  const sources = typeof source === "string" ? [sourceOf(source)] : source(refused)
  return { errors: sources.map((source) => ({ ...source, detail: refused.message })) }
}

/** The request is not what the contract says; `errors` tells where. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  errors: Schema.Array(FieldError)
}) {
  override get message() {
    const [first] = this.errors
    if (first === undefined) return "the request cannot be read"
    const where = first.pointer ?? first.parameter ?? first.header
    const more = this.errors.length === 1 ? "" : ` (and ${this.errors.length - 1} more)`
    return where === undefined ? first.detail : `${where} ${first.detail}${more}`
  }
}

/** The same key came with another request before. */
export class KeyReused extends Schema.TaggedError<KeyReused>()("KeyReused", {}) {
  override get message() {
    return "This idempotency key was used with a different request. Use a new key."
  }
}

/** It is not in the state that the request was made for. Nothing has happened. */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>()(
  "PreconditionFailed",
  {
    /** Where it is now. */
    version: Schema.Int
  }
) {
  override get message() {
    return `The resource is at version ${this.version}. Fetch it and retry with its ETag.`
  }
}

export const preconditionFailed = problem(PreconditionFailed, {
  status: 412,
  title: "Precondition failed",
  source: "If-Match"
})

/** Something the request needs is not to be reached now. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", {}) {
  override get message() {
    return "The service is temporarily unavailable. Retry in 1 second with the same key."
  }
}

export const unavailable = problem(Unavailable, { status: 503, title: "Service unavailable" })

/** A bug. What went wrong is in the log, under the request id, and nowhere else. */
export class InternalError extends Schema.TaggedError<InternalError>()("InternalError", {}) {
  override get message() {
    return "An internal error occurred. Report the request id."
  }
}

/** Too often from here, or for this account. Nothing was looked at. */
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()("TooManyRequests", {
  retryAfterSeconds: Schema.Int
}) {
  override get message() {
    return `Too many attempts. Retry in ${this.retryAfterSeconds} seconds.`
  }
}

export const tooManyRequests = problem(TooManyRequests, { status: 429, title: "Too many requests" })

/** The quota of this caller, or of this address, is used up. Nothing was looked at. */
export class QuotaExceeded extends Schema.TaggedError<QuotaExceeded>()("QuotaExceeded", {
  violatedPolicies: Schema.Array(Schema.String),
  retryAfterSeconds: Schema.Int
}) {
  override get message() {
    return `Rate limit exceeded. Retry in ${this.retryAfterSeconds} seconds.`
  }
}

export const quotaExceeded = problem(QuotaExceeded, { status: 429, title: "Quota exceeded" })

export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {}) {
  override get message() {
    return "No such path. See /docs for all paths."
  }
}

export const notFound = problem(NotFound, { status: 404, title: "Not found" })

export class MethodNotAllowed extends Schema.TaggedError<MethodNotAllowed>()("MethodNotAllowed", {
  allow: Schema.Array(Schema.String)
}) {
  override get message() {
    return `This path supports ${this.allow.join(", ")}.`
  }
}

export const methodNotAllowed = problem(MethodNotAllowed, {
  status: 405,
  title: "Method not allowed"
})

/** The caller takes no form of the answer that there is. */
export class NotAcceptable extends Schema.TaggedError<NotAcceptable>()("NotAcceptable", {
  available: Schema.Array(Schema.String)
}) {
  override get message() {
    return `The response is available as ${this.available.join(", ")}. Change or omit Accept.`
  }
}

export const notAcceptable = problem(NotAcceptable, {
  status: 406,
  title: "Not acceptable"
})

export class UriTooLong extends Schema.TaggedError<UriTooLong>()("UriTooLong", {
  bytesMax: Schema.Int
}) {
  override get message() {
    return `The path and query must not exceed ${this.bytesMax} bytes.`
  }
}

export const uriTooLong = problem(UriTooLong, { status: 414, title: "URI too long" })

export class PayloadTooLarge extends Schema.TaggedError<PayloadTooLarge>()("PayloadTooLarge", {
  bytesMax: Schema.Int
}) {
  override get message() {
    return `The request body must not exceed ${this.bytesMax} bytes.`
  }
}

export const payloadTooLarge = problem(PayloadTooLarge, {
  status: 413,
  title: "Payload too large"
})

export class UnsupportedMediaType extends Schema.TaggedError<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  { contentType: Schema.String }
) {
  override get message() {
    return `The request body must be application/json in UTF-8, not ${this.contentType}.`
  }
}

export const unsupportedMediaType = problem(UnsupportedMediaType, {
  status: 415,
  title: "Unsupported media type"
})
