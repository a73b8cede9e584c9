/** Accounts of people: an e-mail address with a role. */
import type { Email } from "@souk/domain/auth/Credentials"
import { Role } from "@souk/domain/auth/Role"
import { UserId } from "@souk/domain/kernel/Ids"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Context, type Effect, type Option, type Redacted, Schema } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"
import type { Page, PageFailure, PageQuery } from "../projection/ReadModel.ts"

/** An account, as it may be shown to its owner and to admins. */
export const Account = Schema.Struct({
  id: UserId,
  email: Schema.String,
  name: Schema.String,
  role: Role,
  createdAt: Timestamp
}).annotations({ identifier: "User" })
export type Account = typeof Account.Type

/** The e-mail address is taken. */
export class EmailTaken extends Schema.TaggedError<EmailTaken>()("EmailTaken", {}) {
  override get message() {
    return "there is an account for this e-mail address already: log in instead"
  }
}

export interface Registration {
  readonly id: UserId
  readonly email: Email
  readonly name: string
  readonly passwordHash: Redacted.Redacted
}

export interface Known {
  readonly account: Account
  /** Whether the account has a login that was last used from this client. */
  readonly isFamiliar: boolean
  readonly passwordHash: Redacted.Redacted
}

export class Accounts extends Context.Tag("@souk/actors/Accounts")<
  Accounts,
  {
    /** Creates a customer account. */
    readonly register: (
      registration: Registration
    ) => Effect.Effect<Account, EmailTaken | JournalUnavailable>
    readonly findByEmail: (
      email: Email,
      client: string
    ) => Effect.Effect<Option.Option<Known>, JournalUnavailable>
    readonly find: (id: UserId) => Effect.Effect<Option.Option<Account>, JournalUnavailable>
    /** One page, newest first. */
    readonly list: (query: PageQuery<UserId>) => Effect.Effect<Page<Account>, PageFailure>
    /** None when there is no such account. `who` is the principal, for the security log. */
    readonly setRole: (
      id: UserId,
      role: Role,
      who: string
    ) => Effect.Effect<Option.Option<Account>, JournalUnavailable>
    /** Replaces the hash of the same password, unless it was changed meanwhile. */
    readonly rehash: (
      id: UserId,
      from: Redacted.Redacted,
      to: Redacted.Redacted
    ) => Effect.Effect<void, JournalUnavailable>
  }
>() {}
