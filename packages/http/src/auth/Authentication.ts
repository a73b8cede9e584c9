/** Contract of authentication, for every endpoint that is not public. */
import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "@effect/platform"
import { Scope } from "@souk/domain/auth/Role"
import type { UserId } from "@souk/domain/kernel/Ids"
import { Context, Schema } from "effect"
import { quotaExceeded, problem, unavailable } from "../Problem.ts"

/** The authenticated caller of a request. */
export class Caller extends Context.Tag("@souk/http/Caller")<
  Caller,
  {
    /** Never changes: `admin`, `usr_…`, `key_…`. */
    readonly id: string
    /** As in the metadata of events: `admin`, `customer:usr_…`, `key:key_…`. */
    readonly principal: string
    /** The user whose orders are the caller's own; undefined for the admin key. */
    readonly userId: UserId | undefined
    readonly scopes: ReadonlySet<Scope>
  }
>() {}

export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {}) {
  override get message() {
    return "Send `Authorization: Bearer <token>` with an API key or an access token."
  }
}

/** The caller is authenticated but lacks the scope. */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  scope: Scope
}) {
  override get message() {
    return `Missing scope ${this.scope}. Ask an admin to grant it.`
  }
}

const bearer = HttpApiSecurity.bearer.pipe(
  HttpApiSecurity.annotate(
    OpenApi.Description,
    "An access token from /v1/auth/login, an API key, or the admin key of the shop."
  )
)

export class Authentication extends HttpApiMiddleware.Tag<Authentication>()(
  "@souk/http/Authentication",
  {
    failure: Schema.Union(
      problem(Unauthorized, { status: 401, title: "Unauthorized" }),
      problem(Forbidden, { status: 403, title: "Forbidden" }),
      quotaExceeded,
      unavailable
    ),
    provides: Caller,
    security: { bearer }
  }
) {}
