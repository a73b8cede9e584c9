/** Keys that programs show instead of a person: scoped, never above their owner, kept hashed. */
import { Role, Scope } from "@souk/domain/auth/Role"
import { ApiKeyId, UserId } from "@souk/domain/kernel/Ids"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Context, type Effect, type Option, Schema } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"
import type { Page, PageFailure, PageQuery } from "../projection/ReadModel.ts"

/** The last use is written down at most this often. */
export const touchMsMin = 60_000

const optional = { exact: true } as const

/** A key as it may be shown: everything but the key. */
export const ApiKey = Schema.Struct({
  id: ApiKeyId,
  name: Schema.String,
  scopes: Schema.Array(Scope),
  /** Whose rights bound it; without one, it was made with the shop's own admin key. */
  ownerId: Schema.optionalWith(UserId, optional),
  /** Its last four characters. */
  hint: Schema.String,
  createdAt: Timestamp,
  /** To within a minute. */
  lastUsedAt: Schema.optionalWith(Timestamp, optional),
  /** Until when the key before the last rotation is good as well. */
  previousGoodUntil: Schema.optionalWith(Timestamp, optional),
  revokedAt: Schema.optionalWith(Timestamp, optional)
}).annotations({ identifier: "ApiKey" })
export type ApiKey = typeof ApiKey.Type

export interface NewApiKey {
  readonly id: ApiKeyId
  readonly name: string
  readonly scopes: ReadonlyArray<Scope>
  readonly ownerId: UserId | undefined
  /** SHA-256 of the key. */
  readonly hash: string
  readonly hint: string
}

/** What a key that was shown stands for now. */
export const ShownKey = Schema.Struct({
  id: ApiKeyId,
  ownerId: Schema.optionalWith(UserId, optional),
  ownerRole: Role,
  scopes: Schema.Array(Scope)
})
export type ShownKey = typeof ShownKey.Type

export class ApiKeys extends Context.Tag("@souk/actors/ApiKeys")<
  ApiKeys,
  {
    readonly create: (key: NewApiKey, who: string) => Effect.Effect<ApiKey, JournalUnavailable>
    /** One page, newest first, also of those that are revoked. */
    readonly list: (query: PageQuery<ApiKeyId>) => Effect.Effect<Page<ApiKey>, PageFailure>
    /** Another key under the same id; the one before stays good for `overlapMs`. */
    readonly rotate: (
      id: ApiKeyId,
      key: { readonly hash: string; readonly hint: string; readonly overlapMs: number },
      who: string
    ) => Effect.Effect<Option.Option<ApiKey>, JournalUnavailable>
    readonly revoke: (
      id: ApiKeyId,
      who: string
    ) => Effect.Effect<Option.Option<ApiKey>, JournalUnavailable>
    /** By the SHA-256 of a key that is good now; its use is written down. */
    readonly find: (hash: string) => Effect.Effect<Option.Option<ShownKey>, JournalUnavailable>
  }
>() {}
