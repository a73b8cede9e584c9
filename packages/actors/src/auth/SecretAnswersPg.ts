/** Responses that contain a secret, in their own table. */
import { SqlClient, SqlError } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { JournalUnavailable } from "../journal/Journal.ts"
import { memoryMs, SecretAnswers } from "./SecretAnswers.ts"

const Rows = Schema.Tuple(
  Schema.Struct({
    id: Schema.String,
    fingerprint: Schema.String,
    salt: Schema.String,
    answer: Schema.Unknown
  })
)

const decodeRows = Schema.decodeUnknownSync(Rows)

const make = Effect.map(SqlClient.SqlClient, (sql) =>
  SecretAnswers.of({
    once: (request, answer) =>
      Effect.gen(function* () {
        const { fingerprint, id, salt } = request
        yield* sql`
          DELETE FROM secret_answer
          WHERE at < clock_timestamp() - ${memoryMs}::float8 * interval '1 millisecond'`
        // A concurrent request waits here for the end of the other transaction.
        const made = yield* sql`
          INSERT INTO secret_answer (id, fingerprint, salt) VALUES (${id}, ${fingerprint}, ${salt})
          ON CONFLICT DO NOTHING RETURNING id`
        if (made.length === 0) {
          const rows = yield* sql`
            SELECT id, fingerprint, salt, answer FROM secret_answer WHERE id = ${id}`
          return decodeRows(rows)[0]
        }
        const told = yield* answer
        yield* sql`
          UPDATE secret_answer SET answer = ${JSON.stringify(told)}::json WHERE id = ${id}`
        return { ...request, answer: told }
      }).pipe(
        sql.withTransaction,
        Effect.mapError((error) =>
          error instanceof SqlError.SqlError ? new JournalUnavailable({ cause: error }) : error
        )
      )
  })
)

export const layer: Layer.Layer<SecretAnswers, never, SqlClient.SqlClient> = Layer.effect(
  SecretAnswers,
  make
)
