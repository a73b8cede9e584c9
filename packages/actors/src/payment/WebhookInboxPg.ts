/** The webhook inbox in its own table. */
import { SqlClient, type SqlError } from "@effect/sql"
import { OrderId } from "@souk/domain/kernel/Ids"
import { Effect, Layer, Schema } from "effect"
import { JournalUnavailable } from "../journal/Journal.ts"
import { WebhookInbox } from "./WebhookInbox.ts"

const ParkedRow = Schema.Struct({
  provider: Schema.String,
  event_id: Schema.String,
  type: Schema.String,
  order_id: OrderId,
  attempts: Schema.Int
})

const decodeParked = Schema.decodeUnknownSync(Schema.Array(ParkedRow))

/** Beyond this many doublings any lease has reached its maximum. */
const doublingsMax = 20

const refail = <A>(
  effect: Effect.Effect<A, SqlError.SqlError>
): Effect.Effect<A, JournalUnavailable> =>
  Effect.mapError(effect, (cause) => new JournalUnavailable({ cause }))

const make = Effect.map(SqlClient.SqlClient, (sql) =>
  WebhookInbox.of({
    receive: ({ eventId, orderId, provider, type }) =>
      sql`
        INSERT INTO webhook_inbox (provider, event_id, type, order_id, due_at)
        VALUES (${provider}, ${eventId}, ${type}, ${orderId ?? null},
          CASE WHEN ${orderId ?? null}::text IS NULL THEN NULL ELSE clock_timestamp() END)
        ON CONFLICT (provider, event_id) DO NOTHING
        RETURNING event_id`.pipe(
        Effect.map((rows) => rows.length === 1),
        refail
      ),
    claim: (limit, leaseMs, leaseMsMax) =>
      sql`
        UPDATE webhook_inbox SET
          attempts = webhook_inbox.attempts + 1,
          due_at = clock_timestamp() + interval '1 millisecond' * least(
            ${leaseMsMax}::float8,
            ${leaseMs}::float8 * 2 ^ least(webhook_inbox.attempts, ${doublingsMax}))
        FROM (
          SELECT provider, event_id FROM webhook_inbox WHERE due_at <= clock_timestamp()
          ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE webhook_inbox.provider = due.provider AND webhook_inbox.event_id = due.event_id
        RETURNING webhook_inbox.provider, webhook_inbox.event_id, webhook_inbox.type,
          webhook_inbox.order_id, webhook_inbox.attempts - 1 AS attempts`.pipe(
        Effect.map((rows) =>
          decodeParked(rows).map(({ event_id, order_id, ...rest }) => ({
            ...rest,
            eventId: event_id,
            orderId: order_id
          }))
        ),
        refail
      ),
    finish: ({ eventId, provider }) =>
      Effect.asVoid(sql`
        UPDATE webhook_inbox SET due_at = NULL
        WHERE provider = ${provider} AND event_id = ${eventId}`).pipe(refail),
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
        refail
      )
  })
)

export const layer: Layer.Layer<WebhookInbox, never, SqlClient.SqlClient> = Layer.effect(
  WebhookInbox,
  make
)
