/**
 * The ledger of the sandbox provider: its requests and their outcomes. Only the gateway writes to
 * it.
 */
import { OrderId } from "@souk/domain/kernel/Ids"
import { Money } from "@souk/domain/kernel/Money"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Context, type Effect, type Option, Schema } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

export const LedgerEntry = Schema.Struct({
  id: Schema.Int,
  orderId: OrderId,
  kind: Schema.Literal("authorize", "capture", "void", "refund"),
  status: Schema.Literal("succeeded", "failed"),
  amount: Money,
  idempotencyKey: Schema.String,
  at: Timestamp
})
export type LedgerEntry = typeof LedgerEntry.Type

/** An attempt to record. A final one settles its key; the others are only kept. */
export interface Attempt extends Omit<LedgerEntry, "id" | "at"> {
  readonly isFinal: boolean
  /** The decline code. */
  readonly code: string | undefined
}

/** The outcome that settled a key. */
export interface Settled {
  readonly status: LedgerEntry["status"]
  readonly code: string | undefined
}

/** The history of a key. */
export interface KeyHistory {
  readonly settled: Option.Option<Settled>
  /** How many attempts did not settle it. */
  readonly attempts: number
  /** How long ago the first of them was. */
  readonly sinceFirstMs: number
}

export class SandboxLedger extends Context.Tag("@souk/actors/SandboxLedger")<
  SandboxLedger,
  {
    /**
     * Records an attempt. A settled key stays as it is, and its first outcome is returned.
     */
    readonly write: (attempt: Attempt) => Effect.Effect<Settled, JournalUnavailable>
    readonly history: (key: string) => Effect.Effect<KeyHistory, JournalUnavailable>
    /** At most `limit` attempts after the one numbered `after`, oldest first. */
    readonly list: (
      after: number,
      limit: number
    ) => Effect.Effect<
      { readonly data: ReadonlyArray<LedgerEntry>; readonly next: number },
      JournalUnavailable
    >
  }
>() {}
