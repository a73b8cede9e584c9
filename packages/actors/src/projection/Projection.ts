/** Keeps a read model up to date: a singleton that follows the journal by position. */
import { type Sharding, Singleton } from "@effect/cluster"
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { Journal, type JournalUnavailable } from "../journal/Journal.ts"
import type { ReadModel } from "./ReadModel.ts"

/** How many events are folded in one transaction. */
const pageMax = 1_000

/** How long to wait when there is nothing new, or something failed. */
const pollMs = 250

const CursorRow = Schema.Struct({ position: Schema.NumberFromString })
const decodeCursors = Schema.decodeUnknownSync(Schema.Array(CursorRow))

/**
 * Folds the next page, and moves the cursor in the same transaction; says how far it moved.
 */
const advance = (
  model: ReadModel
): Effect.Effect<number, SqlError.SqlError | JournalUnavailable, SqlClient.SqlClient | Journal> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const journal = yield* Journal
    // Two singletons may overlap for a moment: the second one waits here for the first one's page.
    const rows = yield* sql`
      INSERT INTO projection_cursor (name, position) VALUES (${model.name}, 0)
      ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name
      RETURNING position::text`
    const position = decodeCursors(rows)[0]?.position ?? 0
    const { events, through } = yield* journal.readRoom(model.room, position, pageMax)
    if (through === position) return 0
    if (events.length > 0) yield* model.apply(events)
    yield* sql`
      UPDATE projection_cursor SET position = ${through} WHERE name = ${model.name}`
    return through - position
  })

/** Empties the read model and fills it again from the first event, while it is being used. */
export const rebuild = (
  model: ReadModel
): Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`UPDATE projection_cursor SET position = 0 WHERE name = ${model.name}`
    yield* model.clear
  }).pipe((both) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(both)))

export const follow = (
  model: Effect.Effect<ReadModel, never, SqlClient.SqlClient>
): Layer.Layer<never, never, Sharding.Sharding | SqlClient.SqlClient | Journal> =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const readModel = yield* model
      const sql = yield* SqlClient.SqlClient
      const page = sql.withTransaction(advance(readModel)).pipe(
        Effect.catchAllCause((cause) =>
          Effect.as(Effect.logWarning(`read model ${readModel.name} has to wait`, cause), 0)
        ),
        Effect.flatMap((count) => (count < pageMax ? Effect.sleep(pollMs) : Effect.void))
      )
      return Singleton.make(`ReadModel/${readModel.name}`, Effect.forever(page))
    })
  )
