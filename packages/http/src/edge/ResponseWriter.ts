/** What every answer says in its headers, and how it gets out. */
import type { ServerResponse } from "node:http"
import { HttpServerResponse } from "@effect/platform"
import type { Cause } from "effect"
import * as DocsPolicy from "../docs/DocsPolicy.ts"
import { MethodNotAllowed, QuotaExceeded, TooManyRequests } from "../Problem.ts"
import * as RateLimiter from "../quota/RateLimiter.ts"
import * as Cors from "./Cors.ts"
import { explain } from "./ProblemOfCause.ts"
import type { Request } from "./Request.ts"
import * as Routes from "./Routes.ts"

type Response = HttpServerResponse.HttpServerResponse

/** One request on its way through the HTTP layer, and what its answer needs. */
export interface Exchange {
  readonly request: Request
  readonly requestId: string
  readonly traceId: string | undefined
  readonly rateLimit: RateLimiter.RateLimitState["Type"]
}

/** After how many seconds a refused request may be worth repeating. */
const retryAfterSeconds = 1

/** How much of a path an answer repeats. */
const instanceLengthMax = 8_000

/** What went wrong as an answer, and whether somebody of ours must look at the cause. */
export const problem = (
  cause: Cause.Cause<unknown>,
  { request, requestId, traceId }: Exchange
): { readonly response: Response; readonly isBug: boolean } => {
  const { document, isBug, refused } = explain(cause, request)
  const { status } = document
  const instance = Routes.pathOf(request.url).slice(0, instanceLengthMax)
  const response = HttpServerResponse.unsafeJson(
    { ...document, instance, requestId, traceId },
    { status, contentType: "application/problem+json", headers: headersOfStatus(status, refused) }
  )
  return { response, isBug }
}

/** What a status obliges us to say in the headers. */
const headersOfStatus = (status: number, refused: unknown): Record<string, string> => {
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

const isPage = ({ headers }: Response): boolean =>
  headers["content-type"]?.startsWith("text/html") ?? false

/** Headers of an answer; those a handler has set itself stay. */
export const headersOf = (
  response: Response,
  { rateLimit: meter, request, requestId }: Exchange,
  origins: ReadonlySet<string>,
  isShuttingDown: boolean
): Record<string, string> => ({
  "cache-control": "no-store",
  "content-security-policy": isPage(response)
    ? DocsPolicy.policyOf(response)
    : "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  ...response.headers,
  ...(isShuttingDown ? { connection: "close" } : {}),
  "request-id": requestId,
  ...Cors.headersOf(origins, request.headers),
  ...RateLimiter.headersOf(meter.quota)
})

/** Sends an answer that is one piece; says whether it was. Node sends no body after HEAD. */
export const send = (
  { body, status }: Response,
  headers: Record<string, string>,
  to: ServerResponse
): boolean => {
  if (body._tag !== "Empty" && body._tag !== "Uint8Array") return false
  if (to.writableEnded || to.destroyed) return true
  to.writeHead(status, headers)
  if (body._tag === "Empty") to.end()
  else to.end(body.body)
  return true
}
