/** The security log in its own table. */
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import { SecurityEvent, SecurityLog } from "./SecurityLog.ts"

const decodeEvents = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ ...SecurityEvent.fields, position: Schema.NumberFromString }))
)

const make = Effect.map(SqlClient.SqlClient, (sql) =>
  SecurityLog.of({
    list: (after, limit) =>
      sql`
        SELECT position::text, type, subject, who, detail, rfc3339(at) AS at
        FROM security_event WHERE security_event.position > ${after}
        ORDER BY security_event.position LIMIT ${limit}`.pipe(
        Effect.map(decodeEvents),
        orUnavailable
      )
  })
)

export const layer: Layer.Layer<SecurityLog, never, SqlClient.SqlClient> = Layer.effect(
  SecurityLog,
  make
)
