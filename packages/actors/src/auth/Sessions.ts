/** Logins: families of refresh tokens, of which each has one that is alive. */
import type { UserId } from "@souk/domain/kernel/Ids"
import { Context, type Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"
import type { Account } from "./Accounts.ts"

/** How many logins one account can have; another one ends the one unused for longest. */
export const sessionsMax = 50

export interface Opening {
  readonly id: string
  readonly accountId: UserId
  /** SHA-256 of the first token. */
  readonly tokenHash: string
  /** Digest of where it came from. */
  readonly client: string
}

export interface Rotation {
  readonly id: string
  readonly presented: { readonly hash: string; readonly client: string }
  /** SHA-256 of the token to come, and the salt it was derived with. */
  readonly nextHash: string
  readonly salt: string
}

export type RotationOutcome =
  | { readonly _tag: "Rotated"; readonly account: Account }
  /** Rotated some moments ago, with this salt: the same token again. */
  | { readonly _tag: "Again"; readonly account: Account; readonly salt: string }
  | { readonly _tag: "Over" }
  /** The token was used before: the whole family is revoked now. */
  | { readonly _tag: "Reused" }

export class Sessions extends Context.Tag("@souk/actors/Sessions")<
  Sessions,
  {
    readonly open: (opening: Opening) => Effect.Effect<void, JournalUnavailable>
    /** One conditional update: of two that present one token at once, one rotates. */
    readonly rotate: (rotation: Rotation) => Effect.Effect<RotationOutcome, JournalUnavailable>
    /** Revokes a family; nothing happens when there is none of that name. */
    readonly close: (id: string) => Effect.Effect<void, JournalUnavailable>
  }
>() {}
