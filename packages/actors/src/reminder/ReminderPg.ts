/** The reminders in their table, by the clock of the database. */
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import * as LeasedQueue from "./LeasedQueue.ts"
import { Reminders } from "./Reminder.ts"

const Row = Schema.Struct({ stream: Schema.String, name: Schema.String })

export const layer: Layer.Layer<Reminders, never, SqlClient.SqlClient> = Layer.effect(
  Reminders,
  Effect.map(SqlClient.SqlClient, (sql) =>
    LeasedQueue.make(sql, { table: "reminder", key: ["stream", "name"], row: Row })
  )
)
