/** The webhook inbox in its own table. */
import { SqlClient } from "@effect/sql"
import { OrderId } from "@souk/domain/kernel/Ids"
import { Effect, Layer, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import * as LeasedQueue from "../reminder/LeasedQueue.ts"
import { WebhookInbox } from "./WebhookInbox.ts"

/** An event as its columns. */
const Row = Schema.Struct({
  provider: Schema.String,
  eventId: Schema.propertySignature(Schema.String).pipe(Schema.fromKey("event_id")),
  type: Schema.String,
  orderId: Schema.propertySignature(OrderId).pipe(Schema.fromKey("order_id"))
})

const make = Effect.map(SqlClient.SqlClient, (sql) =>
  WebhookInbox.of({
    ...LeasedQueue.make(sql, {
      table: "webhook_inbox",
      key: ["provider", "event_id"],
      row: Row
    }),
    receive: ({ eventId, orderId, provider, type }) =>
      sql`
        INSERT INTO webhook_inbox (provider, event_id, type, order_id, due_at)
        VALUES (${provider}, ${eventId}, ${type}, ${orderId ?? null},
          CASE WHEN ${orderId ?? null}::text IS NULL THEN NULL ELSE clock_timestamp() END)
        ON CONFLICT (provider, event_id) DO NOTHING
        RETURNING event_id`.pipe(
        Effect.map((rows) => rows.length === 1),
        orUnavailable
      ),
    forget: (olderThanMs, limit) =>
      sql`
        DELETE FROM webhook_inbox USING (
          SELECT provider, event_id FROM webhook_inbox
          WHERE due_at IS NULL
            AND received_at < clock_timestamp() - interval '1 millisecond' * ${olderThanMs}::float8
          ORDER BY received_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE webhook_inbox.provider = old.provider AND webhook_inbox.event_id = old.event_id
        RETURNING webhook_inbox.event_id`.pipe(
        Effect.map((rows) => rows.length),
        orUnavailable
      )
  })
)

export const layer: Layer.Layer<WebhookInbox, never, SqlClient.SqlClient> = Layer.effect(
  WebhookInbox,
  make
)
