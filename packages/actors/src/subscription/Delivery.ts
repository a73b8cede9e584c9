/**
 * How events reach a subscription: a page at once, or event by event where one of them fails. That
 * one becomes a dead letter, and the rest of its stream is held back until it is resolved.
 */
import { SqlClient, SqlError } from "@effect/sql"
import { Cause, Context, Effect, Option, Schema } from "effect"
import { UnreadableEvent } from "@souk/domain/kernel/EventCodec"
import * as Aggregate from "@souk/domain/kernel/Aggregate"
import {
  Journal,
  type JournalUnavailable,
  type Position,
  type CategoryEvent
} from "../journal/Journal.ts"

export interface Subscription {
  readonly name: string
  /** The category whose streams are read. */
  readonly category: string
  /** Handles events in the order of positions, in the transaction that moves the cursor. */
  readonly deliver: (events: ReadonlyArray<CategoryEvent>) => Effect.Effect<void, SqlError.SqlError>
  /**
   * Undoes what the deliveries of one stream have done, so that a redelivery begins with its first
   * event. Without it a redelivery begins with the event that failed.
   */
  readonly reset?: (id: string) => Effect.Effect<void, SqlError.SqlError>
  /** `stop` where a gap would be wrong: the cursor waits before the event that fails. */
  readonly onPoison?: "dead_letter" | "stop"
  /** How many positions one transaction covers. */
  readonly batchMax?: number
}

export type SubscriptionFailure = SqlError.SqlError | JournalUnavailable
export type Needs = SqlClient.SqlClient | Journal

/** How many positions a page covers unless the subscription says so. */
export const batchMaxDefault = 4_000

/** Longer messages of failures are cut. */
const detailMax = 500

/** A subscription with more open dead letters than this is disabled. */
export class OpenDeadLettersMax extends Context.Reference<OpenDeadLettersMax>()(
  "@souk/actors/OpenDeadLettersMax",
  { defaultValue: () => 100_000 }
) {}

/** The one journal that there is, in cursors and in the ids of events. */
export const journalId = "j00"

const CursorRow = Schema.Struct({
  position: Schema.NumberFromString,
  rebuild_to: Schema.NumberFromString,
  is_disabled: Schema.Boolean,
  is_holding: Schema.Boolean
})
const decodeCursor = Schema.decodeUnknownSync(Schema.Tuple(CursorRow))

/**
 * The cursor, locked until the transaction ends: two singletons may overlap for a moment, and an
 * operator may rebuild or replay meanwhile.
 */
export const lockCursor = (sql: SqlClient.SqlClient, name: string) =>
  Effect.map(
    sql`
      INSERT INTO projection_cursor (name, journal, position) VALUES (${name}, ${journalId}, 0)
      ON CONFLICT (name, journal) DO UPDATE SET name = EXCLUDED.name
      RETURNING position::text, rebuild_to::text, disabled_at IS NOT NULL AS is_disabled,
        EXISTS (SELECT FROM dead_letter WHERE source = ${name} AND resolved_at IS NULL)
          OR EXISTS (SELECT FROM dead_letter
            WHERE source = ${name} AND resolution = 'discarded') AS is_holding`,
    (rows) => decodeCursor(rows)[0]
  )

const LetterRow = Schema.Struct({
  stream: Schema.String,
  position: Schema.NumberFromString,
  is_open: Schema.Boolean
})
const decodeLetters = Schema.decodeUnknownSync(Schema.Array(LetterRow))

/** These events without those that were discarded, and without what an open dead letter holds. */
export const withoutHeld = (
  sql: SqlClient.SqlClient,
  name: string,
  events: ReadonlyArray<CategoryEvent>
): Effect.Effect<ReadonlyArray<CategoryEvent>, SqlError.SqlError> => {
  const streams = JSON.stringify([...new Set(events.map(({ stream }) => stream))])
  return Effect.map(
    sql`
      SELECT stream, position::text, resolved_at IS NULL AS is_open FROM dead_letter
      WHERE source = ${name} AND (resolved_at IS NULL OR resolution = 'discarded')
        AND stream IN (SELECT jsonb_array_elements_text(${streams}::jsonb))`,
    (rows) => {
      const letters = decodeLetters(rows)
      const discarded = new Set(
        letters.flatMap(({ is_open, position }) => (is_open ? [] : [position]))
      )
      const held = new Map(
        letters.flatMap(({ is_open, position, stream }) => (is_open ? [[stream, position]] : []))
      )
      return events.filter(
        ({ position, stream }) =>
          !discarded.has(position) && position < (held.get(stream) ?? Infinity)
      )
    }
  )
}

/** Classes of SQLSTATE that say that the data of a statement are wrong, and not the database. */
const dataFaults = /^2[123]/

/** Whether the event is to blame, so that it would fail again with a healthy database. */
export const isPoison = (cause: Cause.Cause<SubscriptionFailure>): boolean => {
  if (Cause.isInterrupted(cause)) return false
  return Option.match(Cause.failureOption(cause), {
    onNone: () => true,
    onSome: (failure) =>
      failure instanceof SqlError.SqlError &&
      failure.cause instanceof Error &&
      "code" in failure.cause &&
      dataFaults.test(String(failure.cause.code))
  })
}

/** What is told of an event that failed. */
const told = (cause: Cause.Cause<SubscriptionFailure>) => {
  const squashed = Cause.squash(cause)
  const failed = squashed instanceof SqlError.SqlError ? squashed.cause : squashed
  return {
    reason: squashed instanceof UnreadableEvent ? "undecodable" : "poison",
    detail: (failed instanceof Error ? failed.message : String(failed)).slice(0, detailMax)
  }
}

/** How long and how often the events of a page have failed so far. */
export interface Failures {
  readonly count: number
  readonly forMs: number
}

/** Writes one event down as a dead letter of its subscription. */
const bury = (
  sql: SqlClient.SqlClient,
  { name }: Subscription,
  { position, stream }: CategoryEvent,
  cause: Cause.Cause<SubscriptionFailure>,
  { count, forMs }: Failures
) =>
  Effect.gen(function* () {
    const { detail, reason } = told(cause)
    yield* sql`
      INSERT INTO dead_letter (source, fault, reason, detail, attempts, event_id, type, subject,
        position, stream, body, first_at)
      SELECT ${name}, 'ours', ${reason}, ${detail}, ${count}::integer,
        concat_ws('_', 'evt', ${journalId}::text, position, left(commit_id::text, 8)), type,
        regexp_replace(stream, '-', '/'), position, stream,
        json_build_object('type', type, 'schemaVersion', schema_version, 'version', version,
          'payload', payload)::text,
        clock_timestamp() - ${forMs}::float8 * interval '1 millisecond'
      FROM journal WHERE journal.position = ${position}`
    yield* Effect.logError(`${name} cannot handle ${stream}: see souk dead-letter list`, cause)
  })

/** Disables a subscription that has too many open dead letters, and enables it where it has not. */
export const judgeOpen = (sql: SqlClient.SqlClient, name: string) =>
  Effect.flatMap(
    OpenDeadLettersMax,
    (max) => sql`
      UPDATE projection_cursor SET disabled_at = CASE WHEN (
        SELECT count(*) FROM (
          SELECT FROM dead_letter WHERE source = ${name} AND resolved_at IS NULL LIMIT ${max + 1}
        ) AS open) > ${max} THEN coalesce(disabled_at, clock_timestamp()) END
      WHERE name = ${name}`
  )

/**
 * Delivers what can be delivered, in order: a part that fails is halved until the event is found,
 * which becomes a dead letter. Returns the events that did.
 */
export const isolate = (
  subscription: Subscription,
  events: ReadonlyArray<CategoryEvent>,
  failures: Failures
): Effect.Effect<ReadonlyArray<CategoryEvent>, SubscriptionFailure, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const buried: Array<CategoryEvent> = []
    const held = (event: CategoryEvent) => buried.some(({ stream }) => stream === event.stream)
    const deliver = (
      part: ReadonlyArray<CategoryEvent>
    ): Effect.Effect<void, SubscriptionFailure> => {
      const [first] = part
      if (first === undefined) return Effect.void
      return Effect.catchAllCause(sql.withTransaction(subscription.deliver(part)), (cause) => {
        if (!isPoison(cause)) return Effect.failCause(cause)
        if (part.length === 1) {
          buried.push(first)
          return bury(sql, subscription, first, cause, failures)
        }
        const middle = part.length >> 1
        const later = Effect.suspend(() => deliver(part.slice(middle).filter((e) => !held(e))))
        return Effect.zipRight(deliver(part.slice(0, middle)), later)
      })
    }
    yield* deliver(events)
    return buried
  })

/**
 * Delivers one stream again, up to the cursor; without `reset` from `after` on. What was discarded
 * is left out, and what comes after an open dead letter stays held. Belongs into a transaction that
 * has locked the cursor. Returns the event that failed, if one did.
 */
export const redeliver = (
  subscription: Subscription,
  id: string,
  { after, through }: { readonly after: Position; readonly through: Position }
): Effect.Effect<CategoryEvent | undefined, SubscriptionFailure, Needs> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const journal = yield* Journal
    const { batchMax = batchMaxDefault, category, name, reset } = subscription
    const stream = Aggregate.streamId(category, id)
    const start = reset === undefined ? after : 0
    if (reset !== undefined) yield* reset(id)
    for (let version = 0, isMore = true; isMore;) {
      const page = yield* journal.readStream(stream, version, batchMax)
      const asked = page.filter(({ position }) => position > start && position <= through)
      const events = yield* withoutHeld(sql, name, asked)
      const [failed] = yield* isolate(subscription, events, { count: 1, forMs: 0 })
      if (failed !== undefined) return failed
      isMore = page.length === batchMax && (page.at(-1)?.position ?? through) < through
      version = page.at(-1)?.version ?? version
    }
    return undefined
  })
