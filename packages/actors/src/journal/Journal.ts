/** The one durable log: what happened, to whom, in which order, and who asked for it. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Timestamp } from "@souk/domain/kernel/Timestamp"
import type { SqlError } from "@effect/sql"
import type { Array as Arr, Either, Option } from "effect"
import { Context, Effect, Predicate, Schema } from "effect"

/** The events of one actor: `<category>-<id>`, e.g. `order-ord_1f2e…`. */
export type StreamId = string

/**
 * The number of an event within its stream: 1, 2, 3 … without gaps. 0 means before the first.
 */
export type Version = number

/** The number of an event within the whole journal: rising in the order of commits. */
export type Position = number

/** An event on its way into the journal. */
export interface Entry {
  readonly type: string
  readonly schemaVersion: number
  readonly payload: object
  readonly metadata: Metadata
}

/** An event in the journal. */
export interface Recorded extends Entry {
  readonly position: Position
  readonly stream: StreamId
  readonly version: Version
  readonly recordedAt: Timestamp
}

/** An event as a read model needs it: without its time and its metadata. */
export type CategoryEvent = Omit<Recorded, "metadata" | "recordedAt">

/** The position and stream of an event, without the event. */
export interface Change {
  readonly position: Position
  readonly stream: StreamId
}

/** When a reminder is due: so many milliseconds after the commit that sets it, or at a time. */
export type ReminderDue =
  | { readonly inMs: number; readonly at?: undefined }
  | { readonly at: Timestamp; readonly inMs?: undefined }

/**
 * A change of one named reminder of a stream, written in the same commit as the events. `Set`
 * replaces a reminder of that name, with its attempts.
 */
export type ReminderChange =
  | { readonly _tag: "Set"; readonly name: string; readonly due: ReminderDue }
  | { readonly _tag: "Clear"; readonly name: string }

/**
 * The appends of one actor instance since it last read its stream. Once one of them has failed,
 * all later ones fail as well: the actor's state is wrong, and it must load the stream again.
 */
export class Session {
  isBroken = false
  /** The version its next append must follow. Set by the journal; unknown before the first. */
  next: Version | undefined = undefined
}

export interface Append {
  readonly session: Session
  readonly stream: StreamId
  /** The version the first entry follows. It is the fence: any other writer makes this fail. */
  readonly expected: Version
  readonly entries: Arr.NonEmptyReadonlyArray<Entry>
  /** Reminders that are not named here stay as they are. */
  readonly reminders: ReadonlyArray<ReminderChange>
}

/** Another writer appended to the stream: drop the state, load it again and decide again. */
export class VersionConflict extends Schema.TaggedError<VersionConflict>()("VersionConflict", {
  stream: Schema.String,
  expected: Schema.Number
}) {
  override get message() {
    return `${this.stream} is no longer at version ${this.expected}: read it again`
  }
}

/**
 * The journal cannot be written or read now. An append that failed with this is not in the journal,
 * unless the database was lost while it was under way: then it may appear when the database is
 * back. The same request may be sent again in both cases, because a processed command is not
 * repeated.
 */
export class JournalUnavailable extends Schema.TaggedError<JournalUnavailable>()(
  "JournalUnavailable",
  { cause: Schema.Defect }
) {
  override get message() {
    return "the journal is not available: try the same request again"
  }
}

/** A failed statement is the journal's: both live in the same database. */
export const orUnavailable = <A, E, R>(
  effect: Effect.Effect<A, E | SqlError.SqlError, R>
): Effect.Effect<A, Exclude<E, SqlError.SqlError> | JournalUnavailable, R> =>
  Effect.catchIf(effect, isSqlError, (cause) => new JournalUnavailable({ cause }))

const isSqlError = (error: unknown): error is SqlError.SqlError =>
  Predicate.isTagged(error, "SqlError")

/** The queue of appends is full. Nothing was written. */
export class JournalSaturated extends Schema.TaggedError<JournalSaturated>()("JournalSaturated", {
  waiting: Schema.Number
}) {
  override get message() {
    return `${this.waiting} appends are waiting for the journal: try again in a moment`
  }
}

/** How many appends may be queued. More are refused at once. */
export class QueueAppendsMax extends Context.Reference<QueueAppendsMax>()(
  "@souk/actors/QueueAppendsMax",
  { defaultValue: () => 10_000 }
) {}

export type AppendFailure = VersionConflict | JournalUnavailable | JournalSaturated

/** A stream as an actor needs it: the newest snapshot of its state, and the events after it. */
export interface Loaded {
  readonly snapshot: Option.Option<{ readonly version: Version; readonly state: unknown }>
  readonly events: ReadonlyArray<Recorded>
}

/** The events of one category in a page of the journal. */
export interface CategoryPage {
  readonly events: ReadonlyArray<CategoryEvent>
  /** The position at the end of the page; the one it began after when there was no event. */
  readonly through: Position
}

export interface Snapshot {
  readonly stream: StreamId
  readonly version: Version
  readonly schemaVersion: number
  readonly state: object
}

export class Journal extends Context.Tag("@souk/actors/Journal")<
  Journal,
  {
    /**
     * All entries of an append are committed, or none. The call queues it; `settled` is called
     * once, never within the call: with undefined when the append is durable, else with the
     * failure. Appends of one stream commit in the order of their calls, and an append never fails
     * because of another stream in the same commit.
     */
    readonly enqueue: (
      append: Append,
      settled: (failure: AppendFailure | undefined) => void
    ) => void
    /**
     * The newest snapshot of this `snapshotVersion`, and every event after it. Concurrent loads
     * share one round trip.
     */
    readonly load: (
      stream: StreamId,
      snapshotVersion: Option.Option<number>
    ) => Effect.Effect<Loaded, JournalUnavailable>
    /** At most `limit` events of one stream after a version, oldest first. */
    readonly readStream: (
      stream: StreamId,
      after: Version,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Recorded>, JournalUnavailable>
    /**
     * At most `limit` events of all streams after a position, in the order of commits. A reader
     * that continues from the last position it got misses none.
     */
    readonly readAll: (
      after: Position,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Recorded>, JournalUnavailable>
    /**
     * The events of one category among the next `limit` of the whole journal, and the position up
     * to which they were read: a reader that continues from there misses none. Recent events are
     * kept in memory for a `reader` of this name; without one the table is read.
     */
    readonly readCategory: (
      category: string,
      after: Position,
      limit: number,
      reader?: string
    ) => Effect.Effect<CategoryPage, JournalUnavailable>
    /** The positions and streams of what `readAll` would read. */
    readonly changes: (
      after: Position,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Change>, JournalUnavailable>
    /** Whether the stream holds an event with this command id. A scan: use it rarely. */
    readonly has: (
      stream: StreamId,
      commandId: string
    ) => Effect.Effect<boolean, JournalUnavailable>
    /**
     * Whether the stream has events after a version: calls `done` once, never within the call. The
     * query begins after the call, so that it sees all earlier commits; calls during a query share
     * the next one.
     */
    readonly hasNewer: (
      stream: StreamId,
      after: Version,
      done: (hasNewer: Either.Either<boolean, JournalUnavailable>) => void
    ) => void
    /** Saves a snapshot; an older one of the stream is replaced, a newer one stays. */
    readonly save: (snapshot: Snapshot) => Effect.Effect<void, JournalUnavailable>
    /** At most `limit` streams of one category, in the order of their names, after a name. */
    readonly streams: (
      category: string,
      after: StreamId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<StreamId>, JournalUnavailable>
    /** At most `limit` snapshots, in the order of their streams' names, after a name. */
    readonly snapshots: (
      after: StreamId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Snapshot>, JournalUnavailable>
    /** The position of the newest event; 0 when there is none. */
    readonly head: Effect.Effect<Position, JournalUnavailable>
    /**
     * Calls `listener` after each commit of this process, with the position that is reached, until
     * the returned function is called. Other processes commit as well, so listeners must also poll.
     */
    readonly onCommitted: (listener: (head: Position) => void) => () => void
  }
>() {}
