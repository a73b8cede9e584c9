/** Who asks: the contract of every path that is not for all. */
import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "@effect/platform"
import { Context, Schema } from "effect"
import { refusal } from "../Problem.ts"

/** Whoever sent the request, once it is proven. */
export class Caller extends Context.Tag("@souk/http/Caller")<
  Caller,
  {
    /** As it stands in the metadata of events: `admin`, `customer:…`. */
    readonly who: string
  }
>() {}

export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {}) {
  override get message() {
    return "send `Authorization: Bearer <key>` with a key of this shop"
  }
}

const bearer = HttpApiSecurity.bearer.pipe(
  HttpApiSecurity.annotate(OpenApi.Description, "The admin key, or an access token.")
)

export class Authentication extends HttpApiMiddleware.Tag<Authentication>()(
  "@souk/http/Authentication",
  {
    failure: refusal(Unauthorized, { status: 401, title: "No valid credential" }),
    provides: Caller,
    security: { bearer }
  }
) {}
