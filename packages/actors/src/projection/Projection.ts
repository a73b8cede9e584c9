/** Keeps a read model up to date: a singleton that follows the journal by position. */
import { type Sharding, Singleton } from "@effect/cluster"
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { Journal, type JournalUnavailable, type Position } from "../journal/Journal.ts"
import type { ReadModel } from "./ReadModel.ts"

/** How many events are folded in one transaction. */
const pageMax = 4_000

/** How long to wait when there is nothing new, or something failed. */
const pollMs = 250

const CursorRow = Schema.Struct({
  position: Schema.NumberFromString,
  rebuild_to: Schema.NumberFromString
})
const decodeCursor = Schema.decodeUnknownSync(Schema.Tuple(CursorRow))

/**
 * Where a read model is. Until the transaction ends nobody else moves it: two singletons may
 * overlap for a moment, and an operator may rebuild it meanwhile.
 */
const lockCursor = (sql: SqlClient.SqlClient, name: string) =>
  Effect.map(
    sql`
      INSERT INTO projection_cursor (name, position) VALUES (${name}, 0)
      ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name
      RETURNING position::text, rebuild_to::text`,
    (rows) => decodeCursor(rows)[0]
  )

/** An operator does not wait for long where somebody hangs, and keeps nobody else waiting. */
const impatiently = (sql: SqlClient.SqlClient) => sql`SET LOCAL lock_timeout = '5s'`

/**
 * Folds the next page, and moves the cursor in the same transaction; says how far it moved.
 */
const advance = (
  model: ReadModel
): Effect.Effect<number, SqlError.SqlError | JournalUnavailable, SqlClient.SqlClient | Journal> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const journal = yield* Journal
    const { position } = yield* lockCursor(sql, model.name)
    const { events, through } = yield* journal.readRoom(model.room, position, pageMax)
    if (through === position) return 0
    if (events.length > 0) yield* model.apply(events)
    yield* sql`
      UPDATE projection_cursor SET position = ${through}, moved_at = clock_timestamp()
      WHERE name = ${model.name}`
    return through - position
  })

/** How far a rebuild has to come, and whether it had been begun before. */
export interface Rebuild {
  readonly to: Position
  readonly isJoined: boolean
}

/**
 * Empties the read model, to be filled again from the first event while it is being used. The
 * singleton that follows the journal does that, page by page, whatever dies meanwhile; one that is
 * under way already is joined.
 */
export const rebuild = (
  model: ReadModel
): Effect.Effect<Rebuild, SqlError.SqlError | JournalUnavailable, SqlClient.SqlClient | Journal> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const journal = yield* Journal
    yield* impatiently(sql)
    const { position, rebuild_to } = yield* lockCursor(sql, model.name)
    if (position < rebuild_to) return { to: rebuild_to, isJoined: true }
    const to = yield* journal.head
    yield* sql`
      UPDATE projection_cursor
      SET position = 0, rebuild_to = ${to}, moved_at = clock_timestamp()
      WHERE name = ${model.name}`
    yield* model.clear
    return { to, isJoined: false }
  }).pipe((all) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(all)))

/** Folds one row again, from the events of its stream up to where the read model is. */
export const refold = (
  model: ReadModel,
  id: string
): Effect.Effect<void, SqlError.SqlError | JournalUnavailable, SqlClient.SqlClient | Journal> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const journal = yield* Journal
    yield* impatiently(sql)
    const { position } = yield* lockCursor(sql, model.name)
    yield* model.remove(id)
    let version = 0
    for (let count = pageMax; count === pageMax;) {
      const page = yield* journal.readStream(`${model.room}-${id}`, version, pageMax)
      const seen = page.filter((event) => event.position <= position)
      if (seen.length > 0) yield* model.apply(seen)
      count = seen.length
      version = page.at(-1)?.version ?? version
    }
  }).pipe((all) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(all)))

/**
 * Whether there is anything to read: asked without a lock and without a write, because in a quiet
 * shop there mostly is not.
 */
const isBehind = (sql: SqlClient.SqlClient, name: string) =>
  Effect.gen(function* () {
    const { head } = yield* Journal
    const rows = yield* sql`
      SELECT position::text, rebuild_to::text FROM projection_cursor WHERE name = ${name}`
    return rows.length === 0 || decodeCursor(rows)[0].position < (yield* head)
  })

export const follow = (
  model: Effect.Effect<ReadModel, never, SqlClient.SqlClient>
): Layer.Layer<never, never, Sharding.Sharding | SqlClient.SqlClient | Journal> =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const readModel = yield* model
      const sql = yield* SqlClient.SqlClient
      const page = isBehind(sql, readModel.name).pipe(
        Effect.flatMap((is) => (is ? sql.withTransaction(advance(readModel)) : Effect.succeed(0))),
        Effect.catchAllCause((cause) =>
          Effect.as(Effect.logWarning(`read model ${readModel.name} has to wait`, cause), 0)
        ),
        Effect.flatMap((count) => (count < pageMax ? Effect.sleep(pollMs) : Effect.void))
      )
      return Singleton.make(`ReadModel/${readModel.name}`, Effect.forever(page))
    })
  )
