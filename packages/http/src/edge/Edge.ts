/** The outermost layer of the door: whatever happens inside, the answer is one we meant to give. */
import {
  type HttpApiError,
  HttpApiBuilder,
  type HttpApp,
  HttpServerError,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpServerRequest } from "@effect/platform-node"
import { Cause, Effect, HashSet, type Layer, Option } from "effect"
import * as Docs from "../docs/DocsPolicy.ts"
import {
  type Flaw,
  InternalError,
  InvalidRequest,
  MethodNotAllowed,
  NotFound,
  type ProblemDocument,
  Unavailable
} from "../Problem.ts"
import { Drain } from "../Drain.ts"
import * as Json from "./Json.ts"
import * as Refusals from "./Refusals.ts"
import * as RequestBody from "./RequestBody.ts"
import * as RequestId from "./RequestId.ts"
import * as Routes from "./Routes.ts"

type Request = HttpServerRequest.HttpServerRequest
type Response = HttpServerResponse.HttpServerResponse

/** Headers that mean something else when they come twice. */
const singular = ["authorization", "content-type", "idempotency-key", "prefer"]

/** How many flaws one answer lists. */
const flawsMax = 20

/** After how many seconds a refused request may be worth repeating. */
const retryAfterSeconds = 1

export const layer: Layer.Layer<never, never, Drain> = HttpApiBuilder.middleware(
  Effect.map(Drain, (drain) => (app) => edge(app, drain))
)

const edge = (app: HttpApp.Default, drain: Drain["Type"]): HttpApp.Default =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const source = NodeHttpServerRequest.toIncomingMessage(request)
    const requestId = RequestId.take(request.headers["request-id"])
    const twice = singular.find((name) => (source.headersDistinct[name]?.length ?? 0) > 1)
    const inner =
      twice === undefined
        ? Effect.provideService(
            app,
            HttpServerRequest.HttpServerRequest,
            RequestBody.guard(request, source)
          )
        : Effect.succeed(
            problem(invalid([{ header: twice, detail: "comes twice" }]), request, requestId)
          )
    return inner.pipe(
      Effect.provideService(RequestId.RequestId, requestId),
      Effect.catchAllCause((cause) => explain(cause, request, requestId)),
      Effect.map((response) => finish(response, requestId, drain.isDraining()))
    )
  })

const invalid = (errors: ReadonlyArray<Flaw>) => new InvalidRequest({ errors })

/** Headers of every answer; those a handler has set itself stay. */
const finish = (response: Response, requestId: string, isDraining: boolean): Response => {
  const isPage = response.headers["content-type"]?.startsWith("text/html") ?? false
  return HttpServerResponse.setHeaders(response, {
    "cache-control": "no-store",
    "content-security-policy": isPage
      ? Docs.policyOf(response)
      : "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    ...response.headers,
    ...(isDraining ? { connection: "close" } : {}),
    "request-id": requestId
  })
}

/** What went wrong, as an answer. A caller that has gone away gets none. */
const explain = (
  cause: Cause.Cause<unknown>,
  request: Request,
  requestId: string
): Effect.Effect<Response> => {
  if (HashSet.has(Cause.interruptors(cause), HttpServerError.clientAbortFiberId)) {
    return Effect.failCause(Cause.interrupt(HttpServerError.clientAbortFiberId))
  }
  const error = Option.orElse(Cause.failureOption(cause), () => Cause.dieOption(cause))
  if (Option.isNone(error)) {
    const refused = Cause.isInterruptedOnly(cause) ? new Unavailable() : new InternalError()
    return Effect.succeed(problem(refused, request, requestId))
  }
  const refused = translate(error.value, request)
  if (Option.isSome(Refusals.tell(refused))) {
    return Effect.succeed(problem(refused, request, requestId))
  }
  return Effect.logError(`${request.method} ${Routes.pathOf(request.url)} failed`, cause).pipe(
    Effect.annotateLogs("requestId", requestId),
    Effect.as(problem(new InternalError(), request, requestId))
  )
}

/** The errors of the platform, in our words; any other is left as it is. */
const translate = (error: unknown, request: Request): unknown => {
  if (error instanceof HttpServerError.RouteNotFound) {
    const allow = Routes.methodsOf(request.url)
    return allow.length === 0 ? new NotFound() : new MethodNotAllowed({ allow })
  }
  if (isDecodeError(error)) {
    return Option.getOrElse(Routes.absent(request.method, request.url), () =>
      invalid(error.issues.slice(0, flawsMax).map((issue) => flawOf(issue, request)))
    )
  }
  return error
}

const isDecodeError = (error: unknown): error is HttpApiError.HttpApiDecodeError =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  error._tag === "HttpApiDecodeError"

type Issue = HttpApiError.HttpApiDecodeError["issues"][number]

/** Where the flaw is, by where such a name can stand; what is wrong, without what was sent. */
const flawOf = ({ _tag, message, path }: Issue, request: Request): Flaw => {
  const detail =
    _tag === "Unexpected"
      ? "is not a known field"
      : message.replace(/^Expected ([^]*), actual [^]*$/, "must be $1")
  const [first] = path
  if (typeof first === "string" && singular.includes(first)) return { header: first, detail }
  const hasBody = ["POST", "PUT", "PATCH"].includes(request.method)
  return hasBody
    ? { pointer: Json.pointer(path), detail }
    : { parameter: path.map(String).join("."), detail }
}

const problem = (refused: unknown, request: Request, requestId: string): Response => {
  const known = Refusals.tell(refused)
  const document: ProblemDocument = Option.getOrElse(known, () => ({
    type: "about:blank",
    title: "Internal error",
    status: 500,
    detail: "something went wrong on our side: tell us the request id",
    code: "internal_error"
  }))
  const instance = Routes.pathOf(request.url)
  return HttpServerResponse.setHeaders(
    HttpServerResponse.unsafeJson(
      { ...document, instance, requestId },
      { status: document.status }
    ),
    { "content-type": "application/problem+json", ...headersOf(document, refused) }
  )
}

/** What a status obliges us to say in the headers. */
const headersOf = ({ status }: ProblemDocument, refused: unknown): Record<string, string> => {
  switch (status) {
    case 401:
      return { "www-authenticate": 'Bearer realm="souk"' }
    case 405:
      return refused instanceof MethodNotAllowed ? { allow: refused.allow.join(", ") } : {}
    case 503:
      return { "retry-after": `${retryAfterSeconds}` }
    default:
      return {}
  }
}
