/** Access to the stream of an order: callers that may see it, and holders of a ticket for it. */
import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "@effect/platform"
import { Context } from "effect"
import { Authentication, type Caller } from "../auth/Authentication.ts"

/** The authenticated caller; undefined for a request with a ticket. */
export class Viewer extends Context.Tag("@souk/http/Viewer")<
  Viewer,
  { readonly caller: Caller["Type"] | undefined }
>() {}

const ticket = HttpApiSecurity.apiKey({ in: "query", key: "ticket" }).pipe(
  HttpApiSecurity.annotate(
    OpenApi.Description,
    "For browsers, which cannot send headers here: from POST /v1/orders/{id}/stream-tickets."
  )
)

/**
 * A ticket is valid for the order in the path of the request.
 *
 * @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext
 */
export class StreamAccess extends HttpApiMiddleware.Tag<StreamAccess>()("@souk/http/StreamAccess", {
  failure: Authentication.failure,
  provides: Viewer,
  security: { ticket, bearer: Authentication.security.bearer }
}) {}
