/** Accounts, and what is asked of them, for the contracts of identity. */
import { ApiKeyId, UserId } from "@souk/domain/kernel/Ids"
import { Effect, type Layer, Redacted } from "effect"
import { Accounts } from "../../src/auth/Accounts.ts"
import type { Identity } from "../../src/auth/IdentityPg.ts"
import { SecurityLog } from "../../src/auth/SecurityLog.ts"

/** Where a contract is to be kept. */
export interface Place<R> {
  readonly name: string
  readonly layer: Layer.Layer<Identity | R>
  /** Makes it so much later, for everything that is kept. */
  readonly pass: (ms: number) => Effect.Effect<void, never, R>
}

export const userId = (n: number) => UserId.make(`usr_${String(n).padStart(20, "0")}`)
export const keyId = (n: number) => ApiKeyId.make(`key_${String(n).padStart(20, "0")}`)
export const secret = (text: string) => Redacted.make(text)

export const register = (n: number, email = `user-${n}@example.com`) =>
  Effect.flatMap(Accounts, (accounts) =>
    accounts.register({ id: userId(n), email, name: "Ada", passwordHash: secret(`hash ${n}`) })
  )

export const log = Effect.flatMap(SecurityLog, (log) => log.list(0, 100))
export const told = Effect.map(log, (events) =>
  events.map(({ subject, type }) => `${type} ${subject}`)
)
