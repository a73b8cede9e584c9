/** The outermost layer of the door: whatever happens inside, the answer is one we meant to give. */
import type { IncomingMessage } from "node:http"
import {
  HttpApiBuilder,
  type HttpApp,
  HttpServerError,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpServerRequest } from "@effect/platform-node"
import { Cause, Effect, HashSet, type Layer } from "effect"
import * as DocsPolicy from "../docs/DocsPolicy.ts"
import { Drain } from "../Drain.ts"
import {
  type Flaw,
  type InvalidRequest,
  MethodNotAllowed,
  NotAcceptable,
  NotFound,
  QuotaExceeded,
  TooManyRequests,
  UriTooLong
} from "../Problem.ts"
import * as Quotas from "../quota/Quotas.ts"
import * as Accept from "./Accept.ts"
import * as ClientAddress from "./ClientAddress.ts"
import * as Cors from "./Cors.ts"
import { explain, invalid } from "./Explain.ts"
import * as RequestBody from "./RequestBody.ts"
import * as RequestId from "./RequestId.ts"
import * as Routes from "./Routes.ts"
import * as Trace from "./Trace.ts"

type Request = HttpServerRequest.HttpServerRequest
type Response = HttpServerResponse.HttpServerResponse

/** Headers that would mean something else if they came twice. */
const singular = ["Authorization", "Content-Type", "Host", "Idempotency-Key", "Prefer"]

/** What RFC 9110, section 4.1, asks every server to take. */
const targetBytesMax = 8_000

/** After how many seconds a refused request may be worth repeating. */
const retryAfterSeconds = 1

export const layer: Layer.Layer<never, never, Drain | Quotas.Quotas> = HttpApiBuilder.middleware(
  Effect.gen(function* () {
    const drain = yield* Drain
    const quotas = yield* Quotas.Quotas
    const origins = yield* Cors.AllowedOrigins
    return (app) => edge(app, { drain, quotas, origins })
  })
)

interface Setting {
  readonly drain: Drain["Type"]
  readonly quotas: Quotas.Quotas["Type"]
  readonly origins: ReadonlySet<string>
}

const edge = (app: HttpApp.Default, { drain, origins, quotas }: Setting): HttpApp.Default =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const requestId = RequestId.take(request.headers["request-id"])
    const traceId = Trace.take(request.headers["traceparent"])
    const meter: Quotas.Meter["Type"] = { quota: undefined }
    return guarded(allowing(app, request, origins), request, quotas).pipe(
      Effect.provideService(Quotas.Meter, meter),
      Effect.provideService(RequestId.RequestId, requestId),
      Effect.provideService(Trace.TraceId, traceId),
      Effect.catchAllCause((cause) => answer(cause, request, { requestId, traceId })),
      Effect.map((response) =>
        HttpServerResponse.setHeaders(finish(response, requestId, drain.isDraining()), {
          ...Cors.headersOf(origins, request.headers),
          ...Quotas.headersOf(meter.quota)
        })
      )
    )
  })

/** Answers browsers that ask whether they may ask. */
const allowing = (
  app: HttpApp.Default,
  { headers, method, url }: Request,
  origins: ReadonlySet<string>
): HttpApp.Default => {
  if (!Cors.isPreflight(method, headers)) return app
  const methods = Routes.methodsOf(url)
  return methods.length === 0 ? app : Effect.succeed(Cors.preflight(origins, headers, methods))
}

type Unfit = InvalidRequest | NotAcceptable | NotFound | QuotaExceeded | UriTooLong

const guarded = (
  app: HttpApp.Default,
  request: Request,
  quotas: Quotas.Quotas["Type"]
): HttpApp.Default<Unfit> => {
  const source = NodeHttpServerRequest.toIncomingMessage(request)
  const unfit = unfitness(request, source)
  if (unfit !== undefined) return Effect.fail(unfit)
  const policy = Routes.addressPolicyOf(request.method, request.url)
  const inside = Routes.isPath(request.url)
    ? Effect.provideService(
        app,
        HttpServerRequest.HttpServerRequest,
        RequestBody.guard(request, source)
      )
    : Effect.fail(new NotFound())
  return policy === undefined
    ? inside
    : ClientAddress.client.pipe(
        Effect.flatMap((address) => quotas.charge(policy, address)),
        Effect.zipRight(inside)
      )
}

/** Why this request cannot be answered, whatever it asks for. */
const unfitness = ({ headers, method, url }: Request, source: IncomingMessage) => {
  if (url.length > targetBytesMax) return new UriTooLong({ bytesMax: targetBytesMax })
  const flaw = ambiguity(source)
  if (flaw !== undefined) return invalid([flaw])
  const { accept } = headers
  if (accept === undefined || accept === "*/*") return undefined
  const available = Routes.typesOf(method, url)
  return available.length === 0 || available.some((type) => Accept.takes(accept, type))
    ? undefined
    : new NotAcceptable({ available })
}

/** A header that leaves open what is meant. */
const ambiguity = ({ headersDistinct, httpVersion }: IncomingMessage): Flaw | undefined => {
  const header = singular.find((name) => (headersDistinct[name.toLowerCase()]?.length ?? 0) > 1)
  if (header !== undefined) return { header, detail: "must not come twice" }
  return headersDistinct["host"] === undefined && httpVersion === "1.1"
    ? { header: "Host", detail: "is missing" }
    : undefined
}

/** By what a request is found again. */
interface Names {
  readonly requestId: string
  readonly traceId: string | undefined
}

/** What went wrong, as an answer. A caller that has gone away gets none. */
const answer = (
  cause: Cause.Cause<unknown>,
  request: Request,
  { requestId, traceId }: Names
): Effect.Effect<Response> => {
  if (HashSet.has(Cause.interruptors(cause), HttpServerError.clientAbortFiberId)) {
    return Effect.failCause(Cause.interrupt(HttpServerError.clientAbortFiberId))
  }
  const { document, isBug, refused } = explain(cause, request)
  const { status } = document
  const instance = Routes.pathOf(request.url).slice(0, targetBytesMax)
  const response = HttpServerResponse.unsafeJson(
    { ...document, instance, requestId, traceId },
    { status, contentType: "application/problem+json", headers: headersOf(status, refused) }
  )
  if (!isBug) return Effect.succeed(response)
  return Effect.logError(`${request.method} ${Routes.pathOf(request.url)} failed`, cause).pipe(
    Effect.annotateLogs({ requestId, ...(traceId === undefined ? {} : { traceId }) }),
    Effect.as(response)
  )
}

/** What a status obliges us to say in the headers. */
const headersOf = (status: number, refused: unknown): Record<string, string> => {
  switch (status) {
    case 401:
      return { "www-authenticate": 'Bearer realm="souk"' }
    case 405:
      return refused instanceof MethodNotAllowed ? { allow: refused.allow.join(", ") } : {}
    case 429:
      return refused instanceof TooManyRequests || refused instanceof QuotaExceeded
        ? { "retry-after": `${refused.retryAfterSeconds}` }
        : {}
    case 503:
      return { "retry-after": `${retryAfterSeconds}` }
    default:
      return {}
  }
}

/** Headers of every answer; those a handler has set itself stay. */
const finish = (response: Response, requestId: string, isDraining: boolean): Response => {
  const isPage = response.headers["content-type"]?.startsWith("text/html") ?? false
  return HttpServerResponse.setHeaders(response, {
    "cache-control": "no-store",
    "content-security-policy": isPage
      ? DocsPolicy.policyOf(response)
      : "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    ...response.headers,
    ...(isDraining ? { connection: "close" } : {}),
    "request-id": requestId
  })
}
