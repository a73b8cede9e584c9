/** The book of quotas in a table not worth a write-ahead log: a crash forgives everybody. */
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import { RateLimitStore } from "./RateLimitStore.ts"

/** How long ended windows stay: longer than clocks of processes differ. */
const keepMs = 60_000

const sweepMs = 60_000

const Row = Schema.Struct({
  name: Schema.String,
  endsAtMs: Schema.NumberFromString,
  used: Schema.NumberFromString
})

const decode = Schema.decodeUnknownSync(Schema.Array(Row))

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`DELETE FROM quota_use
    WHERE ends_at_ms < extract(epoch FROM clock_timestamp()) * 1000 - ${keepMs}::float8`.pipe(
    Effect.ignoreLogged,
    Effect.delay(sweepMs),
    Effect.forever,
    Effect.forkScoped
  )
  return {
    // In one order, so that two processes cannot wait for each other.
    add: (uses) =>
      sql`
        INSERT INTO quota_use (name, ends_at_ms, used)
        SELECT name, ends_at_ms, used
        FROM jsonb_to_recordset(${JSON.stringify(uses)}::jsonb)
          AS given (name text, "endsAtMs" bigint, used bigint),
          LATERAL (SELECT given."endsAtMs" AS ends_at_ms) AS named
        ORDER BY name, ends_at_ms
        ON CONFLICT (name, ends_at_ms) DO UPDATE SET used = quota_use.used + excluded.used
        RETURNING name, ends_at_ms::text AS "endsAtMs", used::text`.pipe(
        Effect.map(decode),
        orUnavailable
      )
  } satisfies RateLimitStore["Type"]
})

export const layer: Layer.Layer<never, never, SqlClient.SqlClient> = Layer.scoped(
  RateLimitStore,
  make
)
