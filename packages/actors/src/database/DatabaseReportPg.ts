/** The state of a database, read over a connection of its own. */
import { Effect, Layer, type Redacted, Schema } from "effect"
import { JournalUnavailable } from "../journal/Journal.ts"
import { Database } from "./Database.ts"
import { type DatabaseReport, DatabaseReports } from "./DatabaseReport.ts"
import * as Migrations from "./Migrations.ts"
import * as Session from "./Session.ts"

const Server = Schema.Struct({
  postgres: Schema.String,
  hasJournal: Schema.Boolean,
  hasCursors: Schema.Boolean
})

const readServer = `
  SELECT current_setting('server_version') AS postgres,
    to_regclass('journal') IS NOT NULL AS "hasJournal",
    EXISTS (
      SELECT FROM pg_attribute
      WHERE attrelid = to_regclass('projection_cursor') AND attname = 'rebuild_to'
    ) AS "hasCursors"`

const Head = Schema.Struct({ head: Schema.NumberFromString })

const readHead = `SELECT coalesce(max(position), 0)::text AS head FROM journal`

const Cursor = Schema.Struct({
  name: Schema.String,
  position: Schema.NumberFromString,
  behindMs: Schema.Number,
  rebuildTo: Schema.NullOr(Schema.NumberFromString),
  isDisabled: Schema.Boolean
})

const readCursors = `
  SELECT reader.name, reader.position::text,
    round(greatest(0, coalesce(
      extract(epoch FROM clock_timestamp() - event.recorded_at) * 1000, 0)))::float8 AS "behindMs",
    CASE WHEN reader.position < reader.rebuild_to THEN reader.rebuild_to::text END AS "rebuildTo",
    -- By way of JSON, because a database that is not migrated yet has no such column.
    to_jsonb(reader)->>'disabled_at' IS NOT NULL AS "isDisabled"
  FROM projection_cursor AS reader
  LEFT JOIN LATERAL (
    SELECT recorded_at FROM journal WHERE position > reader.position ORDER BY position LIMIT 1
  ) AS event ON true
  ORDER BY reader.name`

/** Reads the state of the database at `url`. */
export const read = (
  url: Redacted.Redacted
): Effect.Effect<DatabaseReport, Migrations.MigrationError> =>
  Effect.gen(function* () {
    const session = yield* Session.open(url, "souk status")
    const [server] = yield* session.rows(Server, readServer)
    if (server === undefined) return yield* Effect.dieMessage("a SELECT without FROM gave no row")
    const { hasCursors, hasJournal, postgres } = server
    const heads = hasJournal ? yield* session.rows(Head, readHead) : []
    return {
      postgres,
      head: heads[0]?.head ?? 0,
      migrations: yield* Migrations.report(session, Migrations.folder),
      readModels: hasCursors ? yield* session.rows(Cursor, readCursors) : []
    }
  }).pipe(Effect.scoped)

export const layer: Layer.Layer<DatabaseReports, never, Database> = Layer.effect(
  DatabaseReports,
  Effect.map(Database, ({ url }) =>
    DatabaseReports.of({
      read: Effect.mapError(read(url), (cause) => new JournalUnavailable({ cause }))
    })
  )
)
