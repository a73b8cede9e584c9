/**
 * Access tokens: JWTs (RFC 9068, EdDSA only) that identify a user for 15 minutes. Any process of
 * the shop verifies them without a database query.
 */
import type { Account } from "@souk/actors/auth/Accounts"
import { type VerificationKey, VerificationKeys } from "@souk/actors/auth/VerificationKeys"
import type { JournalUnavailable } from "@souk/actors/journal/Journal"
import { Role } from "@souk/domain/auth/Role"
import { UserId } from "@souk/domain/kernel/Ids"
import {
  Clock,
  Context,
  DateTime,
  Duration,
  Effect,
  Layer,
  Redacted,
  Schedule,
  Schema
} from "effect"
import * as Jose from "jose"
import * as SharedLookup from "../SharedLookup.ts"
import { Unauthorized } from "./Authentication.ts"
import { SigningKey } from "./SigningKey.ts"

export const expiresInSeconds = 900

/** Issued tokens have about 400 characters; longer ones are refused without verification. */
const lengthMax = 2_000

const algorithm = "EdDSA"
const type = "at+jwt"
const issuer = "souk"
const audience = "souk"

/** Allowed clock difference between the machines of a shop. */
const toleranceSeconds = 5

/** How long a published key stays valid without renewal, and how often it is renewed. */
const publishedMs = 3_600_000
const publishEvery = "10 minutes"

/** Size of the cache of verified tokens. */
const tokensMax = 10_000

/** How long the published keys are cached. */
const keysCachedFor = "1 second"

const Claims = Schema.Struct({ sub: UserId, role: Role, exp: Schema.Int })
export type Claims = typeof Claims.Type

const isClaims = Schema.is(Claims)

export class AccessTokens extends Context.Tag("@souk/http/AccessTokens")<
  AccessTokens,
  {
    readonly issue: (account: Account) => Effect.Effect<Redacted.Redacted>
    /** The claims of a valid token. */
    readonly verify: (token: string) => Effect.Effect<Claims, Unauthorized | JournalUnavailable>
    /** The public keys that tokens of this shop may be signed with. */
    readonly keys: Effect.Effect<ReadonlyArray<VerificationKey>, JournalUnavailable>
  }
>() {}

const sign = ({ id, role }: Account, { privateKey, publicKey }: SigningKey["Type"]) =>
  Effect.map(DateTime.now, DateTime.toDate).pipe(
    Effect.flatMap((now) =>
      Effect.promise(() =>
        new Jose.SignJWT({ role })
          .setProtectedHeader({ alg: algorithm, typ: type, kid: publicKey.kid })
          .setSubject(id)
          .setIssuer(issuer)
          .setAudience(audience)
          .setIssuedAt(now)
          .setNotBefore(now)
          .setExpirationTime(Math.floor(now.getTime() / 1_000) + expiresInSeconds)
          .sign(privateKey)
      )
    ),
    Effect.map((token) => Redacted.make(token))
  )

/** The key id in the header, which is not verified yet. */
const kidOf = (token: string) =>
  Effect.try({
    try: () => Jose.decodeProtectedHeader(token).kid,
    catch: () => new Unauthorized()
  })

const check = (token: string, { kid: _, ...jwk }: VerificationKey) =>
  Effect.map(DateTime.now, DateTime.toDate).pipe(
    Effect.flatMap((currentDate) =>
      Effect.tryPromise({
        try: async () => {
          const key = await Jose.importJWK(jwk, algorithm)
          const checked = await Jose.jwtVerify(token, key, {
            algorithms: [algorithm],
            typ: type,
            issuer,
            audience,
            requiredClaims: ["sub", "iat", "nbf", "exp"],
            maxTokenAge: expiresInSeconds,
            clockTolerance: toleranceSeconds,
            currentDate
          })
          return checked.payload
        },
        catch: () => new Unauthorized()
      })
    ),
    Effect.filterOrFail(isClaims, () => new Unauthorized())
  )

export const layer: Layer.Layer<AccessTokens, JournalUnavailable, SigningKey | VerificationKeys> =
  Layer.scoped(
    AccessTokens,
    Effect.gen(function* () {
      const own = yield* SigningKey
      const published = yield* VerificationKeys
      const publish = published.publish(own.publicKey, publishedMs)
      yield* publish
      yield* Effect.forkScoped(
        Effect.repeat(Effect.ignoreLogged(publish), Schedule.spaced(publishEvery))
      )
      const { get: others } = yield* SharedLookup.make({
        capacity: 1,
        timeToLive: keysCachedFor,
        lookup: (_: "all") => published.all
      })
      const { kid: ownKid } = own.publicKey
      const keyOf = (kid: string | undefined) =>
        kid === ownKid
          ? Effect.succeed(own.publicKey)
          : Effect.flatMap(others("all"), (keys) => {
              const key = keys.find((key) => key.kid === kid)
              return key === undefined ? new Unauthorized() : Effect.succeed(key)
            })
      // Verified tokens are cached; `verify` checks their expiry for every request.
      const verified = yield* SharedLookup.make({
        capacity: tokensMax,
        timeToLive: Duration.seconds(expiresInSeconds),
        lookup: (token: string) =>
          Effect.gen(function* () {
            return yield* check(token, yield* keyOf(yield* kidOf(token)))
          })
      })
      return AccessTokens.of({
        issue: (account) => sign(account, own),
        verify: (token) =>
          Effect.gen(function* () {
            if (token.length > lengthMax) return yield* new Unauthorized()
            const claims = yield* verified.get(token)
            const nowMs = yield* Clock.currentTimeMillis
            if (claims.exp + toleranceSeconds < nowMs / 1_000) return yield* new Unauthorized()
            return claims
          }),
        keys: others("all")
      })
    })
  )
