/** A read model as a subscription: how it follows the journal, and how it is filled again. */
import type { Sharding } from "@effect/cluster"
import { SqlClient } from "@effect/sql"
import { Effect, Layer } from "effect"
import { Journal, type Position } from "../journal/Journal.ts"
import * as Delivery from "../subscription/Delivery.ts"
import * as Subscription from "../subscription/Subscription.ts"
import type { ReadModel } from "./ReadModel.ts"

/** A lock that is held for longer fails an operator's request, which holds up nothing else. */
const lockTimeout = (sql: SqlClient.SqlClient) => sql`SET LOCAL lock_timeout = '5s'`

/** How far a rebuild has to come, and whether it had been begun before. */
export interface Rebuild {
  readonly to: Position
  readonly isJoined: boolean
}

type Operation<A> = Effect.Effect<A, Delivery.SubscriptionFailure, SqlClient.SqlClient | Journal>

const inTransaction = <A>(operation: Operation<A>): Operation<A> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql.withTransaction(Effect.zipRight(lockTimeout(sql), operation))
  )

/**
 * Empties the read model, to be filled again from the first event while it is being used. The
 * subscription does that, page by page, also after a crash. A rebuild that is under way already is
 * joined. Open dead letters are resolved by it: an event that still fails becomes one again.
 */
export const rebuild = ({ clear, name }: ReadModel): Operation<Rebuild> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const journal = yield* Journal
    const { position, rebuild_to } = yield* Delivery.lockCursor(sql, name)
    if (position < rebuild_to) return { to: rebuild_to, isJoined: true }
    const to = yield* journal.head
    yield* sql`
      UPDATE projection_cursor
      SET position = 0, rebuild_to = ${to}, moved_at = clock_timestamp(), disabled_at = NULL
      WHERE name = ${name} AND journal = ${Delivery.journalId}`
    yield* sql`
      UPDATE dead_letter SET resolved_at = clock_timestamp(), resolution = 'replayed',
        resolved_by = 'rebuild'
      WHERE source = ${name} AND resolved_at IS NULL`
    yield* clear
    return { to, isJoined: false }
  }).pipe(inTransaction)

/** Folds one row again, from the events of its stream up to where the read model is. */
export const refold = (model: ReadModel, id: string): Operation<void> =>
  Effect.gen(function* () {
    const { position } = yield* Delivery.lockCursor(yield* SqlClient.SqlClient, model.name)
    yield* Delivery.redeliver(model, id, { after: 0, through: position })
  }).pipe(inTransaction)

export const follow = (
  model: Effect.Effect<ReadModel, never, SqlClient.SqlClient>
): Layer.Layer<never, never, Sharding.Sharding | SqlClient.SqlClient | Journal> =>
  Layer.unwrapEffect(Effect.map(model, Subscription.run))
