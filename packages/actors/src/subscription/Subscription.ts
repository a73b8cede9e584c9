/**
 * A named consumer of the journal with a cursor, run as a cluster singleton. A page of events and
 * the cursor's move are one transaction. An event that keeps failing becomes a dead letter in that
 * transaction, and the subscription goes on.
 */
import { type Sharding, Singleton } from "@effect/cluster"
import { SqlClient, type SqlError } from "@effect/sql"
import { type Cause, Clock, Effect, type Layer, Context } from "effect"
import { Journal, type StreamId, type Version } from "../journal/Journal.ts"
import { type RetryPolicy, retry } from "../runtime/RetrySchedule.ts"
import * as Delivery from "./Delivery.ts"

/** However often it is woken, a subscription pauses for so long between two pages. */
const pauseMsMin = 25

/**
 * Hints between the subscriptions of this process and the requests that wait for them. A hint that
 * is lost, because the subscription runs in another process, only delays the next query.
 */
class Signals {
  readonly #asleep = new Set<() => void>()
  readonly #waiting = new Set<() => void>()

  /** Pauses a subscription until it is woken, or for `ms`. */
  sleep(ms: number): Effect.Effect<void> {
    return Effect.zipRight(Effect.sleep(pauseMsMin), next(this.#asleep, ms - pauseMsMin))
  }

  /** Lets every subscription look at once. */
  wake(): void {
    for (const resume of this.#asleep) resume()
  }

  /** A subscription has moved its cursor. */
  moved(): void {
    for (const resume of this.#waiting) resume()
  }

  /** Waits until some subscription moves its cursor, or for `ms`. */
  untilMoved(ms: number): Effect.Effect<void> {
    return next(this.#waiting, ms)
  }
}

const next = (listeners: Set<() => void>, ms: number): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const listener = () => {
      listeners.delete(listener)
      resume(Effect.void)
    }
    listeners.add(listener)
    return Effect.sync(() => listeners.delete(listener))
  }).pipe(Effect.timeoutOption(ms), Effect.asVoid)

class SubscriptionSignals extends Context.Reference<SubscriptionSignals>()(
  "@souk/actors/SubscriptionSignals",
  { defaultValue: () => new Signals() }
) {}

/** How long to wait when there is nothing new, or the database does not answer. */
const pollMs = 250

/** How the delivery of a page that fails because of an event is tried again. */
const endless: RetryPolicy = { firstMs: 250, factor: 2, maxMs: 4_000 }

/** The same, until that event becomes a dead letter. */
const limited: RetryPolicy = { ...endless, times: 4 }

/**
 * Delivers the next page, and moves the cursor with it; says how far it moved. After `failures` of
 * the whole page, an event that fails becomes a dead letter.
 */
const advance = (
  subscription: Delivery.Subscription,
  failures?: Delivery.Failures
): Effect.Effect<number, Delivery.SubscriptionFailure, Delivery.Needs> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const journal = yield* Journal
    const { batchMax = Delivery.batchMaxDefault, category, name } = subscription
    const { is_disabled, is_holding, position } = yield* Delivery.lockCursor(sql, name)
    if (is_disabled) return 0
    const page = yield* journal.readCategory(category, position, batchMax, name)
    if (page.through === position) return 0
    const events = is_holding ? yield* Delivery.withoutHeld(sql, name, page.events) : page.events
    if (failures === undefined) {
      if (events.length > 0) yield* subscription.deliver(events)
    } else if ((yield* Delivery.isolate(subscription, events, failures)).length > 0) {
      yield* Delivery.judgeOpen(sql, name)
    }
    yield* sql`
      UPDATE projection_cursor SET position = ${page.through}, moved_at = clock_timestamp()
      WHERE name = ${name} AND journal = ${Delivery.journalId}`
    return page.through - position
  })

/** Whether there is anything to read: asked without a lock and without a write. */
const isBehind = (sql: SqlClient.SqlClient, name: string) =>
  Effect.gen(function* () {
    const { head } = yield* Journal
    const rows = yield* sql<{ readonly position: string; readonly is_disabled: boolean }>`
      SELECT position::text, disabled_at IS NOT NULL AS is_disabled
      FROM projection_cursor WHERE name = ${name} AND journal = ${Delivery.journalId}`
    const [cursor] = rows
    if (cursor === undefined) return true
    return !cursor.is_disabled && Number(cursor.position) < (yield* head)
  })

/** How often the cursor is looked at by those who wait, where it moves in another process. */
const lookMs = 50

/** An event, by its place in its stream. */
export interface Written {
  readonly stream: StreamId
  readonly version: Version
}

/** Whether it has read these events; `partly` while that cannot be waited for. */
const progress = (
  sql: SqlClient.SqlClient,
  name: string,
  written: ReadonlyArray<Written>
): Effect.Effect<"read" | "unread" | "partly", SqlError.SqlError> =>
  Effect.map(
    sql<{ readonly is_read: boolean; readonly is_partial: boolean }>`
      SELECT cursor.position >= coalesce((
          SELECT max(journal.position) FROM journal, jsonb_to_recordset(
            ${JSON.stringify(written)}::jsonb) AS event (stream text, version integer)
          WHERE journal.stream = event.stream AND journal.version = event.version
        ), 0) AS is_read,
        cursor.position < cursor.rebuild_to OR cursor.disabled_at IS NOT NULL AS is_partial
      FROM projection_cursor AS cursor
      WHERE cursor.name = ${name} AND cursor.journal = ${Delivery.journalId}`,
    ([cursor]) => {
      if (cursor === undefined) return "unread"
      if (cursor.is_partial) return "partly"
      return cursor.is_read ? "read" : "unread"
    }
  )

/** Waits until a subscription has read these events, for `waitMs` at most; says whether it has. */
export const waitFor = (name: string, written: ReadonlyArray<Written>, waitMs: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const signals = yield* SubscriptionSignals
    const deadlineMs = performance.now() + waitMs
    for (;;) {
      const found = yield* progress(sql, name, written)
      if (found !== "unread" || performance.now() >= deadlineMs) return found === "read"
      signals.wake()
      yield* signals.untilMoved(lookMs)
    }
  })

/** Advances, with retries; says how far the cursor moved. Fails when the database does. */
const insist = (subscription: Delivery.Subscription) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { name, onPoison = "dead_letter" } = subscription
    let count = 0
    let firstMs = 0
    const attempt = Effect.tapErrorCause(sql.withTransaction(advance(subscription)), (cause) =>
      Effect.gen(function* () {
        yield* Effect.logWarning(`${name} failed, and will retry`, cause)
        if (count++ === 0) firstMs = yield* Clock.currentTimeMillis
      })
    )
    const isolated = Effect.gen(function* () {
      const forMs = (yield* Clock.currentTimeMillis) - firstMs
      return yield* sql.withTransaction(advance(subscription, { count, forMs }))
    })
    return yield* retry(
      Effect.sandbox(attempt),
      onPoison === "stop" ? endless : limited,
      Delivery.isPoison
    ).pipe(
      Effect.catchAll((cause) => (Delivery.isPoison(cause) ? isolated : Effect.failCause(cause)))
    )
  })

/** Follows the journal for ever. */
const follow = (subscription: Delivery.Subscription): Effect.Effect<never, never, Delivery.Needs> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const signals = yield* SubscriptionSignals
    const { batchMax = Delivery.batchMaxDefault, name } = subscription
    const page = Effect.gen(function* () {
      if (!(yield* isBehind(sql, name))) return yield* signals.sleep(pollMs)
      const moved = yield* insist(subscription)
      if (moved > 0) signals.moved()
      if (moved < batchMax) yield* signals.sleep(pollMs)
    })
    // What fails because of the database is tried again for as long as it takes.
    const failed = (cause: Cause.Cause<Delivery.SubscriptionFailure>) =>
      Effect.zipRight(
        Effect.logWarning(`${name} waits for the database`, cause),
        Effect.sleep(pollMs)
      )
    return yield* Effect.forever(Effect.catchAllCause(page, failed))
  })

/** Runs it on one runner of the cluster. */
export const run = (
  subscription: Delivery.Subscription
): Layer.Layer<never, never, Sharding.Sharding | Delivery.Needs> =>
  Singleton.make(`Subscription/${subscription.name}`, follow(subscription))
