/** The list of due streams in Postgres, by the clock of the database. */
import { SqlClient, type SqlError } from "@effect/sql"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Effect, Layer, Schema } from "effect"
import { JournalUnavailable } from "../journal/Journal.ts"
import { type DueRow, SagaDue } from "./SagaDue.ts"

const decodeClaimed = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ stream: Schema.String, attempts: Schema.Number }))
)

/** At least one row: without anything due, it tells the time alone. */
const Listed = Schema.Struct({
  stream: Schema.NullOr(Schema.String),
  attempts: Schema.NullOr(Schema.Number),
  due_ms: Schema.NullOr(Schema.Number),
  now_ms: Schema.Number
})

const decodeListed = Schema.decodeUnknownSync(Schema.NonEmptyArray(Listed))

const toList = (rows: ReturnType<typeof decodeListed>) => ({
  at: Timestamp.fromMillis(rows[0].now_ms),
  data: rows.flatMap(({ attempts, due_ms, now_ms, stream }): ReadonlyArray<DueRow> =>
    stream === null || attempts === null || due_ms === null
      ? []
      : [
          {
            stream,
            attempts,
            dueAt: Timestamp.fromMillis(due_ms),
            overdueMs: Math.round(now_ms - due_ms)
          }
        ]
  )
})

const decodeOverdue = Schema.decodeUnknownSync(
  Schema.Tuple(Schema.Struct({ overdue_ms: Schema.Number }))
)

/**
 * Beyond this many doublings any lease has reached its maximum, and numbers would grow too large.
 */
const doublingsMax = 30

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return SagaDue.of({
    // Rows that an append is touching right now are passed over: they will not be due any more.
    claim: (limit, leaseMs, leaseMsMax) =>
      sql`
        WITH taken AS (
          SELECT stream, due_at, attempts FROM saga_due WHERE due_at <= now()
          ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        ), leased AS (
          UPDATE saga_due SET
            attempts = taken.attempts + 1,
            due_at = now() + interval '1 millisecond' * least(
              ${leaseMs}::float8 * 2 ^ least(taken.attempts, ${doublingsMax}),
              ${leaseMsMax}::float8
            )
          FROM taken WHERE saga_due.stream = taken.stream
          RETURNING taken.stream, taken.attempts, taken.due_at
        )
        SELECT stream, attempts FROM leased ORDER BY due_at`.pipe(
        Effect.map(decodeClaimed),
        refail
      ),
    // Outside of a batch `now()` is the time of the statement: one moment for all rows.
    list: (limit) =>
      sql`
        SELECT stream, attempts,
          (extract(epoch FROM due_at) * 1000)::float8 AS due_ms,
          (extract(epoch FROM now()) * 1000)::float8 AS now_ms
        FROM (VALUES (1)) AS one LEFT JOIN (
          SELECT * FROM saga_due ORDER BY due_at LIMIT ${limit}
        ) AS due ON true ORDER BY due_at`.pipe(
        Effect.map((rows) => toList(decodeListed(rows))),
        refail
      ),
    overdueMs: sql`
        SELECT greatest(0, extract(epoch FROM now() - min(due_at)) * 1000)::float8 AS overdue_ms
        FROM saga_due`.pipe(
      Effect.map((rows) => decodeOverdue(rows)[0].overdue_ms),
      refail
    )
  })
})

const refail = <A>(
  effect: Effect.Effect<A, SqlError.SqlError>
): Effect.Effect<A, JournalUnavailable> =>
  Effect.mapError(effect, (cause) => new JournalUnavailable({ cause }))

export const layer: Layer.Layer<SagaDue, never, SqlClient.SqlClient> = Layer.effect(SagaDue, make)
