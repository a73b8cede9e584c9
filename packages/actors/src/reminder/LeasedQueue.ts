/**
 * A table as a queue with at-least-once delivery. A claim leases rows that are due to one worker;
 * a row that is not finished comes back when its lease ends, and the lease doubles with each
 * attempt.
 *
 * The table has the columns `due_at` (null: finished), `attempts` and `last_error`, and an index on
 * `due_at`.
 */
import type { SqlClient } from "@effect/sql"
import { clean } from "@souk/domain/kernel/Text"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Cause, Effect, Schema } from "effect"
import { type JournalUnavailable, orUnavailable } from "../journal/Journal.ts"

/** A row under a lease. */
export interface Claimed {
  /** How often it was claimed before. */
  readonly attempts: number
}

/** The state of a row, for operators. */
export interface Listed {
  readonly dueAt: Timestamp.Timestamp
  /** Milliseconds since `dueAt`; negative while that is in the future. */
  readonly overdueMs: number
  readonly attempts: number
  /** Why the last attempt that failed did so. */
  readonly lastError: string | null
}

export interface LeasedQueue<Item> {
  /**
   * Leases at most `limit` rows that are due, oldest first. The lease is `leaseMs` at the first
   * attempt, doubles with each one, and is at most `leaseMsMax`. Concurrent claims share no row.
   */
  readonly claim: (
    limit: number,
    leaseMs: number,
    leaseMsMax: number
  ) => Effect.Effect<ReadonlyArray<Item & Claimed>, JournalUnavailable>
  /** Never claims it again. */
  readonly finish: (item: Item) => Effect.Effect<void, JournalUnavailable>
  /**
   * Keeps why an attempt failed; the row comes back when its lease ends. Without effect on a row
   * that was claimed or set again since.
   */
  readonly fail: (item: Item & Claimed, error: unknown) => Effect.Effect<void, JournalUnavailable>
  /** At most `limit` unfinished rows, oldest first, and the time by which they are due. */
  readonly list: (
    limit: number
  ) => Effect.Effect<
    { readonly data: ReadonlyArray<Item & Listed>; readonly at: Timestamp.Timestamp },
    JournalUnavailable
  >
  /** How many milliseconds the oldest row is overdue; 0 when none is. */
  readonly overdueMs: Effect.Effect<number, JournalUnavailable>
}

/** Beyond this many doublings each lease has its maximum; more would overflow. */
const doublingsMax = 30

const errorLengthMax = 1_000

/** An error as one line of bounded length. */
export const describe = (error: unknown): string =>
  clean(error instanceof Error ? `${error.name}: ${error.message}` : String(error), errorLengthMax)

const ClaimedRow = Schema.Struct({ attempts: Schema.Int })
const ListedRow = Schema.Struct({
  attempts: Schema.NullOr(Schema.Int),
  last_error: Schema.NullOr(Schema.String),
  due_ms: Schema.NullOr(Schema.Number),
  now_ms: Schema.Number
})
const decodeClaimed = Schema.decodeUnknownSync(ClaimedRow)
const decodeListed = Schema.decodeUnknownSync(ListedRow)
const decodeOverdue = Schema.decodeUnknownSync(
  Schema.Tuple(Schema.Struct({ overdue_ms: Schema.Number }))
)

/** The queue in Postgres. */
export const make = <Item extends object, Row extends object>(
  sql: SqlClient.SqlClient,
  {
    key,
    row,
    ...queue
  }: {
    readonly table: string
    /** The columns of the primary key, all of them text. */
    readonly key: ReadonlyArray<keyof Row & string>
    /** An item as its columns; other columns are ignored. */
    readonly row: Schema.Schema<Item, Row>
  }
): LeasedQueue<Item> => {
  const table = sql(queue.table)
  const decodeItem = Schema.decodeUnknownSync(row)
  const encodeItem = Schema.encodeSync(row)
  const isTaken = sql.and(
    key.map((column) => sql`${sql(`${queue.table}.${column}`)} = taken.${sql(column)}`)
  )
  const isItem = (item: Item) => {
    const columns = encodeItem(item)
    return sql.and(key.map((column) => sql`${sql(column)} = ${String(columns[column])}`))
  }
  return {
    // Rows that an append has locked are passed over: they are about to change. `now()` is the time
    // of the statement here, and unlike `clock_timestamp()` it can be looked up in the index.
    claim: (limit, leaseMs, leaseMsMax) =>
      sql`
        WITH taken AS (
          SELECT * FROM ${table} WHERE due_at <= now()
          ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        ), leased AS (
          UPDATE ${table} SET
            attempts = taken.attempts + 1,
            due_at = now() + interval '1 millisecond' * least(
              ${leaseMs}::float8 * 2 ^ least(taken.attempts, ${doublingsMax}),
              ${leaseMsMax}::float8
            )
          FROM taken WHERE ${isTaken}
          RETURNING taken.*
        )
        SELECT * FROM leased ORDER BY due_at`.pipe(
        Effect.map((rows) =>
          rows.map((row) => ({ ...decodeItem(row), attempts: decodeClaimed(row).attempts }))
        ),
        orUnavailable
      ),
    finish: (item) =>
      sql`UPDATE ${table} SET due_at = NULL WHERE ${isItem(item)}`.pipe(
        Effect.asVoid,
        orUnavailable
      ),
    fail: (item, error) =>
      sql`
        UPDATE ${table} SET last_error = ${describe(error)}
        WHERE ${isItem(item)} AND attempts = ${item.attempts + 1}`.pipe(
        Effect.asVoid,
        orUnavailable
      ),
    // One row at least: of an empty queue it has the time alone.
    list: (limit) =>
      sql`
        SELECT due.*,
          (extract(epoch FROM due_at) * 1000)::float8 AS due_ms,
          (extract(epoch FROM now()) * 1000)::float8 AS now_ms
        FROM (VALUES (1)) AS one LEFT JOIN (
          SELECT * FROM ${table} WHERE due_at IS NOT NULL ORDER BY due_at LIMIT ${limit}
        ) AS due ON true ORDER BY due_at`.pipe(
        Effect.map((rows) => listed(rows, decodeItem)),
        orUnavailable
      ),
    overdueMs: sql`
        SELECT greatest(0, extract(epoch FROM now() - min(due_at)) * 1000)::float8 AS overdue_ms
        FROM ${table}`.pipe(
      Effect.map((rows) => decodeOverdue(rows)[0].overdue_ms),
      orUnavailable
    )
  }
}

const listed = <Item>(rows: ReadonlyArray<object>, decodeItem: (row: unknown) => Item) => {
  let nowMs = 0
  const data = rows.flatMap((row): ReadonlyArray<Item & Listed> => {
    const { attempts, due_ms, last_error, now_ms } = decodeListed(row)
    nowMs = now_ms
    if (attempts === null || due_ms === null) return []
    return [
      {
        ...decodeItem(row),
        dueAt: Timestamp.fromMillis(due_ms),
        overdueMs: Math.round(now_ms - due_ms),
        attempts,
        lastError: last_error
      }
    ]
  })
  return { at: Timestamp.fromMillis(nowMs), data }
}

/** How a queue is worked off; each limit is the caller's. */
export interface Worker {
  /** Names the worker in the log. */
  readonly name: string
  readonly everyMs: number
  readonly claimsMax: number
  readonly concurrency: number
  readonly leaseMs: number
  readonly leaseMsMax: number
}

/**
 * Claims what is due, again and again. Of an item that fails the error is logged and kept, and it
 * comes back when its lease ends; the others go on.
 */
export const work = <Item, E, R>(
  queue: Pick<LeasedQueue<Item>, "claim" | "fail">,
  { claimsMax, concurrency, everyMs, leaseMs, leaseMsMax, name }: Worker,
  handle: (item: Item & Claimed) => Effect.Effect<unknown, E, R>
): Effect.Effect<never, never, R> => {
  const attempt = (item: Item & Claimed) =>
    handle(item).pipe(
      Effect.catchAllCause((cause) =>
        Effect.logWarning(`${name}: attempt ${item.attempts + 1} failed`, cause).pipe(
          Effect.annotateLogs({ item: JSON.stringify(item) }),
          Effect.zipRight(Effect.ignoreLogged(queue.fail(item, Cause.squash(cause))))
        )
      )
    )
  return queue.claim(claimsMax, leaseMs, leaseMsMax).pipe(
    Effect.flatMap(Effect.forEach(attempt, { concurrency, discard: true })),
    Effect.catchAllCause((cause) => Effect.logWarning(`${name}: the queue is unavailable`, cause)),
    Effect.delay(everyMs),
    Effect.forever
  )
}
