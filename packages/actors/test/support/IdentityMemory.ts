/** Who may come in, in memory: for tests, and for shops that are gone with their process. */
import { attempt, type Throttled } from "@souk/domain/auth/Throttling"
import { decideRefresh, type SessionState } from "@souk/domain/auth/SessionState"
import type { ApiKeyId, UserId } from "@souk/domain/kernel/Ids"
import { fromMillis, toMillis } from "@souk/domain/kernel/Timestamp"
import { Clock, Effect, Layer, Option, Redacted } from "effect"
import { pageOf } from "./PageMemory.ts"
import { type Account, Accounts, EmailTaken } from "../../src/auth/Accounts.ts"
import { type ApiKey, ApiKeys, touchMsMin } from "../../src/auth/ApiKeys.ts"
import { CredentialChanges } from "../../src/auth/CredentialChanges.ts"
import { type SecretAnswer, SecretAnswers } from "../../src/auth/SecretAnswers.ts"
import type { Identity } from "../../src/auth/IdentityPg.ts"
import { LoginThrottle } from "../../src/auth/LoginThrottle.ts"
import {
  type SecurityEvent,
  type SecurityEventType,
  SecurityLog
} from "../../src/auth/SecurityLog.ts"
import { Sessions, sessionsMax } from "../../src/auth/Sessions.ts"
import { keysMax, type VerificationKey, VerificationKeys } from "../../src/auth/VerificationKeys.ts"

interface KnownAccount {
  account: Account
  passwordHash: Redacted.Redacted
}

interface KnownSession extends SessionState {
  readonly accountId: UserId
  readonly salt: string
}

interface KnownKey {
  key: ApiKey
  hash: string
  previousHash: string | undefined
}

const makeStore = () => ({
  accounts: new Map<UserId, KnownAccount>(),
  sessions: new Map<string, KnownSession>(),
  keys: new Map<ApiKeyId, KnownKey>(),
  throttles: new Map<string, Throttled>(),
  published: new Map<string, { readonly key: VerificationKey; readonly goodUntilMs: number }>(),
  answers: new Map<string, SecretAnswer>(),
  log: new Array<SecurityEvent>()
})
type Store = ReturnType<typeof makeStore>

const tell = (
  { log }: Store,
  event: { type: SecurityEventType; subject: string; who: string; atMs: number },
  detail: Record<string, unknown> = {}
): void => {
  const { atMs, ...rest } = event
  log.push({ position: log.length + 1, ...rest, detail, at: fromMillis(atMs) })
}

const now = <A>(f: (nowMs: number) => A) => Effect.map(Clock.currentTimeMillis, f)

const accounts = (store: Store) => {
  const byEmail = (email: string) =>
    [...store.accounts.values()].find(({ account }) => account.email === email)
  return Accounts.of({
    register: ({ email, id, name, passwordHash }) =>
      Effect.flatMap(Clock.currentTimeMillis, (atMs) => {
        if (byEmail(email) !== undefined) return Effect.fail(new EmailTaken())
        const account: Account = { id, email, name, role: "customer", createdAt: fromMillis(atMs) }
        store.accounts.set(id, { account, passwordHash })
        tell(store, { type: "AccountRegistered", subject: id, who: `customer:${id}`, atMs })
        return Effect.succeed(account)
      }),
    findByEmail: (email, client) =>
      Effect.sync(() =>
        Option.map(Option.fromNullable(byEmail(email)), ({ account, passwordHash }) => ({
          account,
          passwordHash,
          isFamiliar: [...store.sessions.values()].some(
            (session) => session.accountId === account.id && session.client === client
          )
        }))
      ),
    find: (id) => Effect.sync(() => Option.fromNullable(store.accounts.get(id)?.account)),
    list: (query) =>
      pageOf(
        [...store.accounts.values()].map(({ account }) => account).toReversed(),
        ({ id }) => id,
        query
      ),
    setRole: (id, role, who) =>
      now((atMs) => {
        const known = store.accounts.get(id)
        if (known === undefined) return Option.none()
        const { role: from } = known.account
        known.account = { ...known.account, role }
        if (from !== role) {
          tell(store, { type: "RoleSet", subject: id, who, atMs }, { from, to: role })
        }
        return Option.some(known.account)
      }),
    rehash: (id, from, to) =>
      Effect.sync(() => {
        const known = store.accounts.get(id)
        if (known !== undefined && Redacted.value(known.passwordHash) === Redacted.value(from)) {
          known.passwordHash = to
        }
      })
  })
}

const sessions = (store: Store) =>
  Sessions.of({
    open: ({ accountId, client, id, tokenHash }) =>
      now((nowMs) => {
        const own = [...store.sessions].filter(([, session]) => session.accountId === accountId)
        const oldestFirst = own.toSorted(([, a], [, b]) => a.rotatedMs - b.rotatedMs)
        for (const [old] of oldestFirst.slice(0, Math.max(0, own.length - sessionsMax + 1))) {
          store.sessions.delete(old)
        }
        const times = { startedMs: nowMs, rotatedMs: nowMs, isRevoked: false }
        const tokens = { tokenHash, previousHash: undefined, salt: "" }
        store.sessions.set(id, { accountId, client, ...tokens, ...times })
      }),
    rotate: ({ id, nextHash, presented, salt }) =>
      now((nowMs) => {
        const session = store.sessions.get(id)
        const account = session && store.accounts.get(session.accountId)?.account
        if (session === undefined || account === undefined) return { _tag: "Over" }
        switch (decideRefresh(session, presented, nowMs)) {
          case "rotate": {
            const tokens = { previousHash: session.tokenHash, tokenHash: nextHash, salt }
            const { client } = presented
            store.sessions.set(id, { ...session, ...tokens, client, rotatedMs: nowMs })
            return { _tag: "Rotated", account }
          }
          case "again":
            return { _tag: "Again", account, salt: session.salt }
          case "over":
            return { _tag: "Over" }
          case "reused": {
            store.sessions.set(id, { ...session, isRevoked: true })
            const event = {
              type: "RefreshTokenReused",
              subject: account.id,
              who: "system"
            } as const
            tell(store, { ...event, atMs: nowMs }, { session: id })
            return { _tag: "Reused" }
          }
        }
      }),
    close: (id) =>
      Effect.sync(() => {
        const session = store.sessions.get(id)
        if (session !== undefined) store.sessions.set(id, { ...session, isRevoked: true })
      })
  })

const isGood = ({ hash: given, key, previousHash }: KnownKey, hash: string, nowMs: number) =>
  key.revokedAt === undefined &&
  (given === hash ||
    (previousHash === hash &&
      key.previousGoodUntil !== undefined &&
      toMillis(key.previousGoodUntil) > nowMs))

const apiKeys = (store: Store) =>
  ApiKeys.of({
    create: ({ hash, ownerId, ...rest }, who) =>
      now((atMs) => {
        const owner = ownerId === undefined ? {} : { ownerId }
        const key: ApiKey = { ...rest, ...owner, createdAt: fromMillis(atMs) }
        store.keys.set(key.id, { key, hash, previousHash: undefined })
        const { name, scopes } = rest
        tell(store, { type: "ApiKeyCreated", subject: key.id, who, atMs }, { name, scopes })
        return key
      }),
    list: (query) =>
      pageOf([...store.keys.values()].map(({ key }) => key).toReversed(), ({ id }) => id, query),
    rotate: (id, { hash, hint, overlapMs }, who) =>
      now((atMs) => {
        const known = store.keys.get(id)
        if (known === undefined || known.key.revokedAt !== undefined) return Option.none()
        known.previousHash = known.hash
        known.hash = hash
        known.key = { ...known.key, hint, previousGoodUntil: fromMillis(atMs + overlapMs) }
        tell(store, { type: "ApiKeyRotated", subject: id, who, atMs }, { overlapMs })
        return Option.some(known.key)
      }),
    revoke: (id, who) =>
      now((atMs) => {
        const known = store.keys.get(id)
        if (known === undefined) return Option.none()
        if (known.key.revokedAt === undefined) {
          known.key = { ...known.key, revokedAt: fromMillis(atMs) }
          tell(store, { type: "ApiKeyRevoked", subject: id, who, atMs })
        }
        return Option.some(known.key)
      }),
    find: (hash) =>
      now((nowMs) => {
        const known = [...store.keys.values()].find((known) => isGood(known, hash, nowMs))
        if (known === undefined) return Option.none()
        const { id, lastUsedAt, ownerId, scopes } = known.key
        if (lastUsedAt === undefined || toMillis(lastUsedAt) < nowMs - touchMsMin) {
          known.key = { ...known.key, lastUsedAt: fromMillis(nowMs) }
        }
        const owner = ownerId === undefined ? undefined : store.accounts.get(ownerId)?.account
        const ownerRole = owner?.role ?? "admin"
        return Option.some({ id, scopes, ownerRole, ...(ownerId && { ownerId }) })
      })
  })

const throttle = ({ throttles }: Store) =>
  LoginThrottle.of({
    attempt: (subject, policy) =>
      now((nowMs) => {
        const before = throttles.get(subject)
        const after = attempt(before, policy, nowMs)
        if (after === undefined) return (before?.blockedUntilMs ?? nowMs) - nowMs
        throttles.set(subject, after)
        return 0
      }),
    forgive: (subject, what) =>
      Effect.sync(() => {
        const before = throttles.get(subject)
        if (what === "all") throttles.delete(subject)
        else if (before !== undefined) {
          throttles.set(subject, { ...before, failures: Math.max(0, before.failures - 1) })
        }
      })
  })

const verificationKeys = ({ published }: Store) =>
  VerificationKeys.of({
    publish: (key, goodMs) =>
      now((nowMs) => {
        const goodUntilMs = Math.max(published.get(key.kid)?.goodUntilMs ?? 0, nowMs + goodMs)
        published.set(key.kid, { key, goodUntilMs })
      }),
    all: now((nowMs) =>
      [...published.values()]
        .filter(({ goodUntilMs }) => goodUntilMs > nowMs)
        .slice(-keysMax)
        .map(({ key }) => key)
    )
  })

const securityLog = ({ log }: Store) =>
  SecurityLog.of({
    list: (after, limit) => Effect.sync(() => log.slice(after, after + limit))
  })

const secretAnswers = ({ answers }: Store) => {
  const turn = Effect.unsafeMakeSemaphore(1)
  return SecretAnswers.of({
    once: (request, answer) =>
      Effect.suspend(() => {
        const first = answers.get(request.id)
        if (first !== undefined) return Effect.succeed(first)
        return Effect.map(answer, (told) => {
          const made = { ...request, answer: told }
          answers.set(request.id, made)
          return made
        })
      }).pipe(turn.withPermits(1))
  })
}

export const layer: Layer.Layer<Identity> = Layer.unwrapEffect(
  Effect.map(Effect.sync(makeStore), (store) =>
    Layer.mergeAll(
      Layer.succeed(Accounts, accounts(store)),
      Layer.succeed(Sessions, sessions(store)),
      Layer.succeed(ApiKeys, apiKeys(store)),
      // There is no other process.
      Layer.succeed(CredentialChanges, { follow: () => Effect.void }),
      Layer.succeed(LoginThrottle, throttle(store)),
      Layer.succeed(VerificationKeys, verificationKeys(store)),
      Layer.succeed(SecretAnswers, secretAnswers(store)),
      Layer.succeed(SecurityLog, securityLog(store))
    )
  )
)
