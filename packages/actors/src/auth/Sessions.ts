/** Logins: families of refresh tokens, each with one valid token. */
import type { UserId } from "@souk/domain/kernel/Ids"
import { Context, type Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"
import type { Account } from "./Accounts.ts"

/** How many logins one account can have; another one ends the least recently used. */
export const sessionsMax = 50

export interface Opening {
  readonly id: string
  readonly accountId: UserId
  /** SHA-256 of the first token. */
  readonly tokenHash: string
  /** Digest of the client's address. */
  readonly client: string
}

export interface Rotation {
  readonly id: string
  readonly presented: { readonly hash: string; readonly client: string }
  /** SHA-256 of the next token, and the salt it was derived with. */
  readonly nextHash: string
  readonly salt: string
}

export type RotationOutcome =
  | { readonly _tag: "Rotated"; readonly account: Account }
  /** Rotated moments ago, with this salt: returns the same token again. */
  | { readonly _tag: "Again"; readonly account: Account; readonly salt: string }
  | { readonly _tag: "Over" }
  /** The token was used before: the whole family is revoked now. */
  | { readonly _tag: "Reused" }

export class Sessions extends Context.Tag("@souk/actors/Sessions")<
  Sessions,
  {
    readonly open: (opening: Opening) => Effect.Effect<void, JournalUnavailable>
    /** One conditional update: of two concurrent requests with one token, one rotates. */
    readonly rotate: (rotation: Rotation) => Effect.Effect<RotationOutcome, JournalUnavailable>
    /** Revokes a family, if there is one of that name. */
    readonly close: (id: string) => Effect.Effect<void, JournalUnavailable>
  }
>() {}
