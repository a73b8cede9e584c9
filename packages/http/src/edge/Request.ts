/**
 * One request: Node's, as handlers of the platform read it, with its request id and trace id, and
 * the validation that does not depend on its endpoint.
 */
import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import {
  Headers,
  HttpIncomingMessage,
  HttpMethod,
  HttpServerError,
  HttpServerRequest
} from "@effect/platform"
import { Context, Effect, Inspectable, Option, Stream } from "effect"
import {
  type FieldError,
  InvalidRequest,
  NotAcceptable,
  UnsupportedMediaType,
  UriTooLong
} from "../Problem.ts"
import * as RequestBody from "./RequestBody.ts"
import type { Route } from "./Routes.ts"

/** Id of one request: in its response, in problem documents, in the log and in the journal. */
export class RequestId extends Context.Reference<RequestId>()("@souk/http/RequestId", {
  defaultValue: () => "req_none"
}) {}

const acceptableId = /^[A-Za-z0-9_-]{1,100}$/

/** `randomUUID` is cheap: Node generates UUIDs in batches. */
const newId = (): string => `req_${randomUUID().replaceAll("-", "").slice(0, 24)}`

/** The `Request-Id` of the client if it is well-formed; otherwise a new id. */
export const requestIdOf = (given: string | undefined): string =>
  given !== undefined && acceptableId.test(given) ? given : newId()

/** Id of the trace that a request belongs to (W3C Trace Context). */
export class TraceId extends Context.Reference<TraceId>()("@souk/http/TraceId", {
  defaultValue: (): string | undefined => undefined
}) {}

const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/

/** The trace id in a `traceparent` header; undefined if the header is missing or invalid. */
export const traceIdOf = (header: string | undefined): string | undefined => {
  const [, version, traceId, parentId, more] = traceparent.exec(header ?? "") ?? []
  const isValid =
    version !== "ff" &&
    !(version === "00" && more !== undefined) &&
    traceId !== "0".repeat(32) &&
    parentId !== "0".repeat(16)
  return isValid ? traceId : undefined
}

export class Request extends Inspectable.Class implements HttpServerRequest.HttpServerRequest {
  readonly [HttpServerRequest.TypeId]: HttpServerRequest.TypeId = HttpServerRequest.TypeId
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly source: IncomingMessage
  readonly response: ServerResponse
  readonly url: string
  readonly headers: Headers.Headers
  readonly cookies = {}

  constructor(source: IncomingMessage, response: ServerResponse) {
    super()
    this.source = source
    this.response = response
    this.url = source.url ?? "/"
    this.headers = Headers.fromInput(source.headers)
  }

  get originalUrl(): string {
    return this.url
  }

  /** Other methods are refused with 405 before a handler reads this. */
  get method(): HttpMethod.HttpMethod {
    const { method = "GET" } = this.source
    return HttpMethod.isHttpMethod(method) ? method : "OPTIONS"
  }

  get remoteAddress(): Option.Option<string> {
    return Option.fromNullable(this.source.socket.remoteAddress)
  }

  get json(): Effect.Effect<unknown> {
    return Effect.orDie(RequestBody.read(this.source))
  }

  /** No endpoint accepts a body other than JSON: the other readers of a body fail. */
  get #refused(): Effect.Effect<never> {
    const { "content-type": contentType = "nothing" } = this.source.headers
    return Effect.die(new UnsupportedMediaType({ contentType }))
  }

  get text(): Effect.Effect<never> {
    return this.#refused
  }

  get urlParamsBody(): Effect.Effect<never> {
    return this.#refused
  }

  get arrayBuffer(): Effect.Effect<never> {
    return this.#refused
  }

  get multipart(): Effect.Effect<never> {
    return this.#refused
  }

  get stream(): Stream.Stream<never> {
    return Stream.fromEffect(this.#refused)
  }

  get multipartStream(): Stream.Stream<never> {
    return this.stream
  }

  get upgrade(): Effect.Effect<never, HttpServerError.RequestError> {
    const description = "only HTTP/1.1 is supported"
    return new HttpServerError.RequestError({ request: this, reason: "Transport", description })
  }

  /** Nothing in the HTTP layer modifies a request. */
  modify(): this {
    return this
  }

  override toString(): string {
    return `${this.source.method} ${this.url}`
  }

  override toJSON(): unknown {
    return { _id: "Request", method: this.source.method }
  }
}

/** Headers that are ambiguous if they occur twice. */
const singular = new Map(
  ["Authorization", "Content-Type", "Host", "Idempotency-Key", "Prefer"].map((name) => [
    name.toLowerCase(),
    name
  ])
)

/** The length that RFC 9110, section 4.1, recommends every server to support. */
const targetBytesMax = 8_000

type Invalid = InvalidRequest | NotAcceptable | UriTooLong

/** Why a request is refused, whatever its endpoint does; undefined for a valid request. */
export const validate = (
  { source, url }: Request,
  route: Route | undefined
): Invalid | undefined => {
  if (url.length > targetBytesMax) return new UriTooLong({ bytesMax: targetBytesMax })
  const fieldError = headerError(source)
  if (fieldError !== undefined) return new InvalidRequest({ errors: [fieldError] })
  const { accept } = source.headers
  if (accept === undefined || accept === "*/*" || route === undefined) return undefined
  const { types } = route
  return types.length === 0 || types.some((type) => accepts(accept, type))
    ? undefined
    : new NotAcceptable({ available: types })
}

const headerError = ({
  headers,
  httpVersion,
  rawHeaders
}: IncomingMessage): FieldError | undefined => {
  const seen = new Set<string>()
  // `rawHeaders` alternates names and values.
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = singular.get(rawHeaders[index]?.toLowerCase() ?? "")
    if (header === undefined) continue
    if (seen.has(header)) return { header, detail: "must not come twice" }
    seen.add(header)
  }
  return headers.host === undefined && httpVersion === "1.1"
    ? { header: "Host", detail: "is missing" }
    : undefined
}

const mediaRange = /^([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)$/
const weightParameter = /^q=([01](?:\.\d{0,3})?)$/i

/** How specific the match of a media range is: 3 exact, 2 its type, 1 any, 0 no match. */
const specificityOf = (range: string, type: string): number => {
  if (range === type) return 3
  if (range === `${type.split("/", 1)[0]}/*`) return 2
  return range === "*/*" ? 1 : 0
}

/** The media ranges of `Accept` with their weights. Ranges that are not well-formed are ignored. */
const rangesOf = (accept: string): ReadonlyArray<readonly [range: string, weight: number]> =>
  accept.split(",").flatMap((item) => {
    const [range = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase())
    if (!mediaRange.test(range)) return []
    const weights = parameters.flatMap((parameter) => weightParameter.exec(parameter)?.[1] ?? [])
    return [[range, Number(weights[0] ?? 1)]]
  })

/**
 * Whether `Accept` allows a media type (RFC 9110, section 12.5.1). The most specific range decides;
 * without a well-formed range, every type is acceptable.
 */
export const accepts = (accept: string | undefined, type: string): boolean => {
  if (accept === undefined || accept === "*/*" || accept === type) return true
  const ranges = rangesOf(accept)
  let best = { specificity: 0, weight: ranges.length === 0 ? 1 : 0 }
  for (const [range, weight] of ranges) {
    const specificity = specificityOf(range, type)
    if (specificity > best.specificity) best = { specificity, weight }
  }
  return best.weight > 0
}
