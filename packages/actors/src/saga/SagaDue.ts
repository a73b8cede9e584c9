/** The list of streams that somebody must look at again, should their actor's process die. */
import type { Effect } from "effect"
import { Context } from "effect"
import type { Timestamp } from "@souk/domain/kernel/Timestamp"
import type { JournalUnavailable, StreamId } from "../journal/Journal.ts"

export interface DueStream {
  readonly stream: StreamId
  /** How often the sweeper has looked at it already. */
  readonly attempts: number
}

/** A row of the list, as an operator sees it. */
export interface DueRow {
  readonly stream: StreamId
  readonly dueAt: Timestamp
  /** By how many milliseconds it is overdue; less than nothing when its time is to come. */
  readonly overdueMs: number
  readonly attempts: number
}

/** Rows come and go with the events of their stream, in the same commit (`Append.due`). */
export class SagaDue extends Context.Tag("@souk/actors/SagaDue")<
  SagaDue,
  {
    /**
     * Takes at most `limit` streams whose time has come, oldest first, and pushes each one's time
     * back by a lease that doubles from `leaseMs` to `leaseMsMax`. Two sweepers never take the
     * same.
     */
    readonly claim: (
      limit: number,
      leaseMs: number,
      leaseMsMax: number
    ) => Effect.Effect<ReadonlyArray<DueStream>, JournalUnavailable>
    /** At most `limit` rows, oldest first, also those that are to come; and what time it is. */
    readonly list: (
      limit: number
    ) => Effect.Effect<
      { readonly data: ReadonlyArray<DueRow>; readonly at: Timestamp },
      JournalUnavailable
    >
    /** By how many milliseconds the oldest row is overdue; 0 when none is. */
    readonly overdueMs: Effect.Effect<number, JournalUnavailable>
  }
>() {}
