/** Starts sessions: by registration of an account, or by login. */
import { randomBytes } from "node:crypto"
import { type Account, Accounts } from "@souk/actors/auth/Accounts"
import { LoginThrottle } from "@souk/actors/auth/LoginThrottle"
import { Sessions } from "@souk/actors/auth/Sessions"
import { digest } from "@souk/actors/cluster/Digest"
import type { Email } from "@souk/domain/auth/Credentials"
import * as Throttling from "@souk/domain/auth/Throttling"
import { UserId } from "@souk/domain/kernel/Ids"
import { Context, Effect, Option, type Redacted } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import * as ClientAddress from "../edge/ClientAddress.ts"
import { TooManyRequests } from "../Problem.ts"
import { WrongCredentials } from "./AuthApi.ts"
import { Passwords } from "./Passwords.ts"
import * as RefreshToken from "./RefreshToken.ts"

interface Credentials {
  readonly email: Email
  readonly password: Redacted.Redacted
}

/** A new session: its account and its first refresh token. */
export interface Begun {
  readonly account: Account
  readonly refreshToken: string
}

/** How many login attempts an account allows, and how long further attempts must wait. */
export class AccountPolicy extends Context.Reference<AccountPolicy>()(
  "@souk/http/auth/AccountPolicy",
  { defaultValue: (): Throttling.Policy => Throttling.account }
) {}

const newUserId = () => UserId.make(`usr_${randomBytes(16).toString("hex")}`)

export const make = Effect.gen(function* () {
  const accounts = yield* Accounts
  const passwords = yield* Passwords
  const sessions = yield* Sessions
  const throttle = yield* LoginThrottle
  const policy = yield* AccountPolicy

  const begin = (account: Account, client: string) => {
    const { family, token } = RefreshToken.first()
    const tokenHash = RefreshToken.hashOf(token)
    const begun: Begun = { account, refreshToken: token }
    return Effect.as(sessions.open({ id: family, accountId: account.id, tokenHash, client }), begun)
  }

  /** Counts an attempt; fails if the subject must wait. */
  const attempt = (subject: string, policy: Throttling.Policy) =>
    Effect.flatMap(throttle.attempt(subject, policy), (waitMs) =>
      waitMs === 0
        ? Effect.void
        : new TooManyRequests({ retryAfterSeconds: Math.ceil(waitMs / 1_000) })
    )

  const register = ({ email, name, password }: Credentials & { name: string }) =>
    Effect.gen(function* () {
      const client = yield* ClientAddress.client
      yield* attempt(`register:${client}`, Throttling.registration)
      const passwordHash = yield* passwords.hash(password)
      const id = newUserId()
      const account = yield* accounts.register({ id, email, name, passwordHash })
      return yield* begin(account, client)
    }).pipe(ActorRequest.orUnavailable, passwords.inTurn)

  const login = ({ email, password }: Credentials) =>
    Effect.gen(function* () {
      const client = yield* ClientAddress.client
      const address = `address:${client}`
      yield* attempt(address, Throttling.address)
      const known = Option.getOrUndefined(yield* accounts.findByEmail(email, client))
      // Familiar clients are counted separately: attempts from elsewhere do not lock out the owner.
      const home = known?.isFamiliar === true ? `:${client}` : ""
      const subject = `account:${digest(email)}${home}`
      yield* attempt(subject, policy)
      const { isRight, isWeak } = yield* passwords.verify(password, known?.passwordHash)
      if (known === undefined || !isRight) return yield* new WrongCredentials()
      yield* throttle.forgive(subject, "all")
      yield* throttle.forgive(address, "one")
      const { account, passwordHash } = known
      if (isWeak) {
        yield* accounts.rehash(account.id, passwordHash, yield* passwords.hash(password))
      }
      return yield* begin(account, client)
    }).pipe(ActorRequest.orUnavailable, passwords.inTurn)

  return { login, register }
})
