/** Authenticates the caller of a request, checks its scope and counts it in its rate limit. */
import { createHash, timingSafeEqual } from "node:crypto"
import { HttpRouter, HttpServerRequest } from "@effect/platform"
import { Accounts } from "@souk/actors/auth/Accounts"
import type { ShownKey } from "@souk/actors/auth/ApiKeys"
import { type Role, scopesOf, scopesOfKey } from "@souk/domain/auth/Role"
import type { UserId } from "@souk/domain/kernel/Ids"
import { Effect, Layer, Option, Redacted } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import * as ClientAddress from "../edge/ClientAddress.ts"
import * as Routes from "../edge/Routes.ts"
import { RateLimiter, RateLimitState } from "../quota/RateLimiter.ts"
import type { Policy } from "../quota/WindowCounters.ts"
import { AccessTokens, type Claims } from "./AccessTokens.ts"
import { AdminKey } from "./AdminKey.ts"
import { Authentication, type Caller, Forbidden, Unauthorized } from "./Authentication.ts"
import { ShownKeys } from "./ShownKeys.ts"

const bearer = /^Bearer +([\x21-\x7e]{1,8192})$/i

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

const admin: Caller["Type"] = {
  id: "admin",
  principal: "admin",
  userId: undefined,
  scopes: scopesOf("admin")
}

const callerOfUser = (id: UserId, role: Role): Caller["Type"] => ({
  id,
  principal: `${role}:${id}`,
  userId: id,
  scopes: scopesOf(role)
})

const callerOfKey = ({ id, ownerId, ownerRole, scopes }: ShownKey): Caller["Type"] => ({
  id,
  principal: `key:${id}`,
  userId: ownerId,
  scopes: scopesOfKey(scopes, ownerRole)
})

/**
 * The caller of an access token. Customers are trusted until the token expires; the role of staff
 * is looked up for every request, so that a revoked role has effect at once.
 */
const callerOf = (accounts: Accounts["Type"], { role, sub }: Claims) =>
  role === "customer"
    ? Effect.succeed(callerOfUser(sub, role))
    : Effect.flatMap(
        accounts.find(sub),
        Option.match({
          onNone: () => new Unauthorized(),
          onSome: ({ role }) => Effect.succeed(callerOfUser(sub, role))
        })
      )

/** Only customers have the limit of checkouts: an API key places the orders of all customers. */
const policyOf = ({ principal }: Caller["Type"], route: Routes.Route | undefined): Policy =>
  route?.rateLimit === "checkout" && principal.startsWith("customer:") ? "checkout" : "default"

/** Counts callers by principal, and requests without valid credentials by address. */
const rateLimit = Effect.gen(function* () {
  const limiter = yield* RateLimiter
  const proxies = yield* ClientAddress.TrustedProxies
  const charge = (policy: Policy, subject: string) =>
    Effect.flatMap(RateLimitState, (state) => limiter.take(policy, subject, state) ?? Effect.void)
  return {
    unauthorized: Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      charge("default", ClientAddress.of(request, proxies))
    ),
    // The admin key is not limited.
    authorized: (caller: Caller["Type"], route: Routes.Route | undefined) =>
      caller === admin ? Effect.void : charge(policyOf(caller, route), caller.principal)
  }
})

export const layer: Layer.Layer<
  Authentication,
  never,
  AdminKey | AccessTokens | Accounts | RateLimiter | ShownKeys
> = Layer.effect(
  Authentication,
  Effect.gen(function* () {
    const adminKey = yield* AdminKey
    const accounts = yield* Accounts
    const keys = yield* ShownKeys
    const tokens = yield* AccessTokens
    const { authorized, unauthorized } = yield* rateLimit
    // Digests have the same length, and comparing them does not reveal how much of a key matches.
    const expected = digest(Redacted.value(adminKey))
    const prove = (shown: string) =>
      shown.startsWith("sk_")
        ? Effect.flatMap(
            keys.find(shown),
            Option.match({
              onNone: () => new Unauthorized(),
              onSome: (key) => Effect.succeed(callerOfKey(key))
            })
          )
        : Effect.flatMap(tokens.verify(shown), (claims) => callerOf(accounts, claims))
    const authenticated = Effect.gen(function* () {
      // The platform removes seven characters from any header, so the header is read here.
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      const shown = bearer.exec(headers["authorization"] ?? "")?.[1]
      if (shown === undefined) return yield* new Unauthorized()
      const isAdmin = timingSafeEqual(digest(shown), expected)
      const caller = isAdmin ? admin : yield* ActorRequest.orUnavailable(prove(shown))
      const { route } = yield* HttpRouter.RouteContext
      const declared = Routes.of(route)
      const scope = declared?.access
      // A path without `Access` is closed for every caller.
      if (scope === undefined) {
        return yield* Effect.dieMessage(`${route.path} does not declare its access`)
      }
      if (scope !== "everyone" && !caller.scopes.has(scope)) return yield* new Forbidden({ scope })
      yield* authorized(caller, declared)
      return caller
    })
    const bearerOf = Effect.tapErrorTag(authenticated, "Unauthorized", () => unauthorized)
    return Authentication.of({ bearer: () => bearerOf })
  })
)
