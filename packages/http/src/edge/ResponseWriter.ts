/** Headers of every response, problem documents, and the writer of responses in one piece. */
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

/** A request in the HTTP layer, and what its response needs. */
export interface Exchange {
  readonly request: Request
  readonly requestId: string
  readonly traceId: string | undefined
  readonly rateLimit: RateLimiter.RateLimitState["Type"]
}

/** `Retry-After` of 503. */
const retryAfterSeconds = 1

/** Limit of the path that a problem document repeats. */
const instanceLengthMax = 8_000

/** The response to a failed request, and whether its cause is a bug. */
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

/** Headers that a status requires. */
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

/** Headers of a response. Those that a handler has set are kept. */
export const headersOf = (
  response: Response,
  { rateLimit, request, requestId }: Exchange,
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
  ...RateLimiter.headersOf(rateLimit.quota)
})

/** Sends a response in one piece; returns false for a stream. Node omits the body after HEAD. */
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
