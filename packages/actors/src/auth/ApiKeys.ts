/** API keys of programs: scoped, never with more rights than their owner, stored as hashes. */
import { Role, Scope } from "@souk/domain/auth/Role"
import { ApiKeyId, UserId } from "@souk/domain/kernel/Ids"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Context, type Effect, type Option, Schema } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"
import type { Page, PageFailure, PageQuery } from "../projection/ReadModel.ts"

/** The last use is recorded at most this often. */
export const touchMsMin = 60_000

const optional = { exact: true } as const

/** A key as it may be shown: without its secret. */
export const ApiKey = Schema.Struct({
  id: ApiKeyId,
  name: Schema.String,
  scopes: Schema.Array(Scope),
  /** The account whose rights limit it; without one, it was created with the admin key. */
  ownerId: Schema.optionalWith(UserId, optional),
  /** Its last four characters. */
  hint: Schema.String,
  createdAt: Timestamp,
  /** To within a minute. */
  lastUsedAt: Schema.optionalWith(Timestamp, optional),
  /** Until when the key before the last rotation is valid as well. */
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

/** The rights of a key that was presented. */
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
    /** Creates another key under the same id; the one before stays valid for `overlapMs`. */
    readonly rotate: (
      id: ApiKeyId,
      key: { readonly hash: string; readonly hint: string; readonly overlapMs: number },
      who: string
    ) => Effect.Effect<Option.Option<ApiKey>, JournalUnavailable>
    readonly revoke: (
      id: ApiKeyId,
      who: string
    ) => Effect.Effect<Option.Option<ApiKey>, JournalUnavailable>
    /** Finds a valid key by its SHA-256, and records its use. */
    readonly find: (hash: string) => Effect.Effect<Option.Option<ShownKey>, JournalUnavailable>
  }
>() {}
