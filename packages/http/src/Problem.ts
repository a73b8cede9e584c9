/** Problem documents (RFC 9457): encoded from errors by the server, decoded by the client. */
import { HttpApiSchema } from "@effect/platform"
import { ParseResult, Schema, String as Text, Struct } from "effect"

/** Prefix of problem types. */
const typeBase = "https://souk.example/problems/"

/** One invalid part of a request. */
export const FieldError = Schema.Struct({
  /** A JSON pointer into the body, as a URI fragment: `#/lines/0/quantity`. */
  pointer: Schema.optionalWith(Schema.String, { exact: true }),
  /** The name of a query or path parameter. */
  parameter: Schema.optionalWith(Schema.String, { exact: true }),
  header: Schema.optionalWith(Schema.String, { exact: true }),
  detail: Schema.String
}).annotations({ identifier: "FieldError" })
export type FieldError = typeof FieldError.Type

/** An error with a tag for programs and a message for people. */
export interface Refused {
  readonly _tag: string
  readonly message: string
}

/** A class made by `Schema.TaggedError`. */
type RefusalClass<E extends Refused, I> = Schema.Schema<E, I> &
  (abstract new (...args: never) => E) & {
    readonly _tag: E["_tag"]
    readonly fields: Schema.Struct.Fields
  }

interface ProblemSpec<E> {
  readonly status: number
  /** The same for every problem of this type. */
  readonly title: string
  /** The stable code for programs; by default the tag in snake case. */
  readonly code?: string
  /** The source in the request: a pointer into its body (`#/…`), a header, or several sources. */
  readonly source?: string | ((error: E) => ReadonlyArray<Omit<FieldError, "detail">>)
  /** Names of members in the document, where they differ from those of the error. */
  readonly rename?: Readonly<Record<string, string>>
}

const Encoder: unique symbol = Symbol.for("@souk/http/Encoder")

/** Encodes errors of one class as problem documents. */
export interface ProblemEncoder {
  readonly tag: string
  /** Undefined for an error of another class. */
  readonly encode: (error: object) => ProblemDocument | undefined
}

/** The encoder of a schema made by `problem`; undefined for any other schema. */
export const encoderOf = (annotations: object): ProblemEncoder | undefined =>
  Encoder in annotations && isEncoder(annotations[Encoder]) ? annotations[Encoder] : undefined

const isEncoder = (value: unknown): value is ProblemEncoder =>
  typeof value === "object" && value !== null && "tag" in value && "encode" in value

const documentFields = {
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.String,
  /** The path of the request. */
  instance: Schema.optionalWith(Schema.String, { exact: true }),
  code: Schema.String,
  requestId: Schema.optionalWith(Schema.String, { exact: true }),
  /** The W3C trace of the request, if it had one. */
  traceId: Schema.optionalWith(Schema.String, { exact: true }),
  errors: Schema.optionalWith(Schema.Array(FieldError), { exact: true })
}

/** The members of every problem document. */
export const AnyProblem = Schema.Struct(documentFields).annotations({ identifier: "Problem" })
export interface ProblemDocument extends Schema.Struct.Type<typeof documentFields> {}

/**
 * A schema between an error and its problem document. The data of the error become members of the
 * document, and clients decode the same error.
 */
export const problem = <E extends Refused, I>(
  error: RefusalClass<E, I>,
  { source, rename = {}, status, title, ...spec }: ProblemSpec<E>
): Schema.Schema<E, ProblemDocument> => {
  const tag = error._tag
  const code = spec.code ?? Text.pascalToSnake(tag)
  const members = Struct.keys(error.fields)
    .filter((name) => name !== "_tag")
    .map((name) => ({ name, member: rename[name] ?? name }))
  const document = Schema.Struct({
    ...Object.fromEntries(members.map(({ name, member }) => [member, error.fields[name]])),
    ...documentFields,
    code: Schema.Literal(code)
  }).annotations({ identifier: `${tag}Problem` })
  const isRefused = (value: unknown): value is E => value instanceof error
  const toDocument = (refused: E): ProblemDocument => ({
    ...dataOf(members.map(({ name, member }) => [member, valueOf(refused, name)])),
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
      const data = dataOf(members.map(({ name, member }) => [name, valueOf(problem, member)]))
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

/** The request does not match the contract; `errors` lists why. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  errors: Schema.Array(FieldError)
}) {
  override get message() {
    const [first] = this.errors
    if (first === undefined) return "The request is invalid."
    const where = first.pointer ?? first.parameter ?? first.header
    const more = this.errors.length === 1 ? "" : ` (and ${this.errors.length - 1} more)`
    return where === undefined ? first.detail : `${where} ${first.detail}${more}`
  }
}

/** The idempotency key was used with a different request. */
export class KeyReused extends Schema.TaggedError<KeyReused>()("KeyReused", {}) {
  override get message() {
    return "This idempotency key was used with a different request. Use a new key."
  }
}

/** The resource has another version than `If-Match` allows. The request had no effect. */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>()(
  "PreconditionFailed",
  {
    /** The current version. */
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

/** A dependency of the request is unavailable. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", {}) {
  override get message() {
    return "The service is temporarily unavailable. Retry in 1 second with the same key."
  }
}

export const unavailable = problem(Unavailable, { status: 503, title: "Service unavailable" })

/** A bug. Its cause is in the log under the request id, not in the response. */
export class InternalError extends Schema.TaggedError<InternalError>()("InternalError", {}) {
  override get message() {
    return "An internal error occurred. Report the request id."
  }
}

/** Too many attempts from an address or for an account. The request was not processed. */
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()("TooManyRequests", {
  retryAfterSeconds: Schema.Int
}) {
  override get message() {
    return `Too many attempts. Retry in ${this.retryAfterSeconds} seconds.`
  }
}

export const tooManyRequests = problem(TooManyRequests, { status: 429, title: "Too many requests" })

/** The rate limit of the caller or address is used up. The request was not processed. */
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

/** The endpoint has no response of a media type that `Accept` allows. */
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
