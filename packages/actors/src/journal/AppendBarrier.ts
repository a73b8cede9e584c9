/** Waits until all appends that were sent earlier have ended. */
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect } from "effect"

/**
 * Queues for the lock that orders appends, behind all earlier ones. Readers use it as a precaution;
 * between writers, the fence alone is enough.
 */
export const make: Effect.Effect<
  Effect.Effect<void, SqlError.SqlError>,
  never,
  SqlClient.SqlClient
> = Effect.map(SqlClient.SqlClient, (sql) =>
  Effect.asVoid(sql`SELECT pg_advisory_xact_lock(x'534f554b'::integer, 4)`)
)
