/** A moment at which nothing that was sent to the journal before is still under way. */
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect } from "effect"

/**
 * Stands in line for the lock that orders appends, behind everybody who came before. It is a
 * precaution of readers: the fence alone keeps writers apart.
 */
export const make: Effect.Effect<
  Effect.Effect<void, SqlError.SqlError>,
  never,
  SqlClient.SqlClient
> = Effect.map(SqlClient.SqlClient, (sql) =>
  Effect.asVoid(sql`SELECT pg_advisory_xact_lock(x'534f554b'::integer, 4)`)
)
