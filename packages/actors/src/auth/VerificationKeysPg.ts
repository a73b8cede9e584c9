/** Public keys in their own table. */
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import { keysMax, VerificationKey, VerificationKeys } from "./VerificationKeys.ts"

const decodeKeys = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ jwk: VerificationKey })))

const make = Effect.map(SqlClient.SqlClient, (sql) =>
  VerificationKeys.of({
    publish: (key, goodMs) =>
      sql`
        WITH expired AS (DELETE FROM verification_key WHERE good_until < clock_timestamp())
        INSERT INTO verification_key (kid, jwk, good_until)
        VALUES (${key.kid}, ${JSON.stringify(key)}::json,
          clock_timestamp() + ${goodMs}::float8 * interval '1 millisecond')
        ON CONFLICT (kid) DO UPDATE
          SET good_until = greatest(verification_key.good_until, excluded.good_until)`.pipe(
        Effect.asVoid,
        orUnavailable
      ),
    all: sql`
      SELECT jwk FROM verification_key WHERE good_until > clock_timestamp()
      ORDER BY good_until DESC, kid LIMIT ${keysMax}`.pipe(
      Effect.map((rows) => decodeKeys(rows).map(({ jwk }) => jwk)),
      orUnavailable
    )
  })
)

export const layer: Layer.Layer<VerificationKeys, never, SqlClient.SqlClient> = Layer.effect(
  VerificationKeys,
  make
)
