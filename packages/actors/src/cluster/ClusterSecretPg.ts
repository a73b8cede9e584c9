/** The secret in its own table: a role that can read it can write the journal as well. */
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { ClusterSecret } from "./ClusterSecret.ts"

const KeyRow = Schema.Struct({ key: Schema.String })
const decodeKeys = Schema.decodeUnknownSync(Schema.Tuple(KeyRow))

export const layer: Layer.Layer<ClusterSecret, SqlError.SqlError, SqlClient.SqlClient> =
  Layer.effect(
    ClusterSecret,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [{ key }] = decodeKeys(yield* sql`SELECT encode(key, 'hex') AS key FROM cluster_key`)
      return Buffer.from(key, "hex")
    })
  )
