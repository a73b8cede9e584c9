/** Handlers of registration, login, refresh and logout. */
import { HttpApiBuilder, HttpServerResponse } from "@effect/platform"
import { Sessions } from "@souk/actors/auth/Sessions"
import { Effect, Redacted } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { contract } from "../Contract.ts"
import * as ClientAddress from "../edge/ClientAddress.ts"
import { AccessTokens, expiresInSeconds } from "./AccessTokens.ts"
import { AuthApi, LoginOver, type SignedIn } from "./AuthApi.ts"
import * as LogIn from "./LogIn.ts"
import * as RefreshToken from "./RefreshToken.ts"

/** How long clients may cache the public keys. They should fetch again for an unknown key id. */
const keysMaxAgeSeconds = 300

const make = Effect.gen(function* () {
  const { login, register } = yield* LogIn.make
  const sessions = yield* Sessions
  const tokens = yield* AccessTokens

  const signedIn = ({ account, refreshToken }: LogIn.Begun): Effect.Effect<SignedIn> =>
    Effect.map(tokens.issue(account), (accessToken) => ({
      user: account,
      accessToken,
      refreshToken: Redacted.make(refreshToken),
      expiresInSeconds
    }))

  const refresh = (presented: string) =>
    Effect.gen(function* () {
      const id = RefreshToken.familyOf(presented)
      if (id === undefined) return yield* new LoginOver()
      const client = yield* ClientAddress.client
      const hash = RefreshToken.hashOf(presented)
      const salt = RefreshToken.newSalt()
      const next = RefreshToken.successor(id, presented, salt)
      const nextHash = RefreshToken.hashOf(next)
      const rotation = { id, presented: { hash, client }, nextHash, salt }
      const outcome = yield* ActorRequest.orUnavailable(sessions.rotate(rotation))
      switch (outcome._tag) {
        case "Rotated":
          return yield* signedIn({ account: outcome.account, refreshToken: next })
        case "Again": {
          const refreshToken = RefreshToken.successor(id, presented, outcome.salt)
          return yield* signedIn({ account: outcome.account, refreshToken })
        }
        case "Over":
          return yield* new LoginOver()
        case "Reused":
          yield* Effect.logWarning("refresh token reused; session revoked")
          return yield* new LoginOver()
      }
    })

  /** Any token of a session ends it, also one that was used before. */
  const logout = (presented: string) => {
    const id = RefreshToken.familyOf(presented)
    return id === undefined ? Effect.void : ActorRequest.orUnavailable(sessions.close(id))
  }

  return { login, logout, refresh, register, signedIn, tokens }
})

export const layer = HttpApiBuilder.group(contract.add(AuthApi), "auth", (handlers) =>
  Effect.map(make, ({ login, logout, refresh, register, signedIn, tokens }) =>
    handlers
      .handle("register", ({ payload }) => Effect.flatMap(register(payload), signedIn))
      .handle("login", ({ payload }) => Effect.flatMap(login(payload), signedIn))
      .handle("refresh", ({ payload }) => refresh(Redacted.value(payload.refreshToken)))
      .handle("logout", ({ payload }) => logout(Redacted.value(payload.refreshToken)))
      .handle("keys", () =>
        Effect.map(ActorRequest.orUnavailable(tokens.keys), (keys) =>
          HttpServerResponse.unsafeJson(
            { keys },
            { headers: { "cache-control": `public, max-age=${keysMaxAgeSeconds}` } }
          )
        )
      )
  )
)
