/** Changes of accounts, keys and dead letters, oldest first: appended in the same transaction. */
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Context, type Effect, Schema } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

export const SecurityEventType = Schema.Literal(
  "AccountRegistered",
  "RoleSet",
  "RefreshTokenReused",
  "ApiKeyCreated",
  "ApiKeyRotated",
  "ApiKeyRevoked",
  "DeadLettersReplayed",
  "DeadLettersDiscarded"
)
export type SecurityEventType = typeof SecurityEventType.Type

/** One entry. Holds no secret, not even hashed. */
export const SecurityEvent = Schema.Struct({
  position: Schema.Int,
  type: SecurityEventType,
  /** The account, the key, or the source of the dead letters. */
  subject: Schema.String,
  who: Schema.String,
  detail: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  at: Timestamp
}).annotations({ identifier: "SecurityEvent" })
export type SecurityEvent = typeof SecurityEvent.Type

export class SecurityLog extends Context.Tag("@souk/actors/SecurityLog")<
  SecurityLog,
  {
    readonly list: (
      after: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<SecurityEvent>, JournalUnavailable>
  }
>() {}
