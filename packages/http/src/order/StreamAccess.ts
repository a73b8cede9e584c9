/** Who may follow an order live: callers that may see it, and holders of a ticket for it. */
import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "@effect/platform"
import { Context } from "effect"
import { Authentication, type Caller } from "../auth/Authentication.ts"

/** The caller, if the request has proven one; no caller, if it came with a ticket. */
export class Viewer extends Context.Tag("@souk/http/Viewer")<
  Viewer,
  { readonly caller: Caller["Type"] | undefined }
>() {}

const ticket = HttpApiSecurity.apiKey({ in: "query", key: "ticket" }).pipe(
  HttpApiSecurity.annotate(
    OpenApi.Description,
    "For browsers, which send no header here: from POST /v1/orders/{id}/stream-tickets."
  )
)

/**
 * A ticket is for the order that stands in the path of the request.
 *
 * @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext
 */
export class StreamAccess extends HttpApiMiddleware.Tag<StreamAccess>()("@souk/http/StreamAccess", {
  failure: Authentication.failure,
  provides: Viewer,
  security: { ticket, bearer: Authentication.security.bearer }
}) {}
