/** Proves who asks, by what they show, and that they may do what they ask for. */
import { createHash, timingSafeEqual } from "node:crypto"
import { HttpRouter, HttpServerRequest } from "@effect/platform"
import { Accounts } from "@souk/actors/auth/Accounts"
import type { ShownKey } from "@souk/actors/auth/ApiKeys"
import { type Role, scopesOf, scopesOfKey } from "@souk/domain/auth/Role"
import type { UserId } from "@souk/domain/kernel/Ids"
import { Effect, Layer, Option, Redacted } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import * as Routes from "../edge/Routes.ts"
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
 * Whoever a token speaks of. Only customers are believed for as long as a token lasts: whether
 * anybody is still more than that is asked each time.
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

export const layer: Layer.Layer<
  Authentication,
  never,
  AdminKey | AccessTokens | Accounts | ShownKeys
> = Layer.effect(
  Authentication,
  Effect.gen(function* () {
    const adminKey = yield* AdminKey
    const accounts = yield* Accounts
    const keys = yield* ShownKeys
    const tokens = yield* AccessTokens
    // Digests have one length, and comparing them tells nothing about how much of a key is right.
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
    const allowed = Effect.gen(function* () {
      // The platform cuts seven characters off whatever comes, so the header is read here.
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      const shown = bearer.exec(headers["authorization"] ?? "")?.[1]
      if (shown === undefined) return yield* new Unauthorized()
      const isAdmin = timingSafeEqual(digest(shown), expected)
      const caller = isAdmin ? admin : yield* ActorRequest.orUnavailable(prove(shown))
      const { route } = yield* HttpRouter.RouteContext
      const asked = Routes.of(route)?.access
      // A path that does not say who may use it lets nobody in.
      if (asked === undefined) {
        return yield* Effect.dieMessage(`${route.path} does not say who may use it`)
      }
      return asked === "everyone" || caller.scopes.has(asked)
        ? caller
        : yield* new Forbidden({ scope: asked })
    })
    return Authentication.of({ bearer: () => allowed })
  })
)
