/** Locks that Postgres holds for the life of a connection, so that they cannot go stale. */
import { Effect, Schema } from "effect"
import { hostname } from "node:os"
import * as RetrySchedule from "../runtime/RetrySchedule.ts"
import type { QueryFailed, Session } from "./Session.ts"

/** The holder of the lock. `pid` is 0 when its name does not have the form of `holderName`. */
export class LockHeld extends Schema.TaggedError<LockHeld>()("LockHeld", {
  holder: Schema.String,
  pid: Schema.Number,
  since: Schema.String
}) {
  override get message() {
    return `the lock belongs to ${this.holder} (since ${this.since}): stop that process first`
  }
}

// Two-key locks live in a key space of their own, so these never conflict with the one-key locks
// of the cluster's shards. The first key spells SOUK.
export const firstKey = 0x53_4f_55_4b
// The fourth orders the journal's appends, and is taken in sql/0001_journal.sql.
export const secondKey = { dataDirectory: 1, singleNode: 2, migrations: 3 } as const
export type Lock = keyof typeof secondKey

/** Exclusive (`alone`), or shared with other holders of this kind (`together`). */
export type How = "alone" | "together"

/**
 * Takes the lock for as long as the session lasts, or fails with its holder. Retries for
 * `patienceMs`, so that a holder that has just died can disappear from the server.
 */
export const take = (
  session: Session,
  lock: Lock,
  patienceMs: number,
  how: How = "alone"
): Effect.Effect<void, LockHeld | QueryFailed> =>
  RetrySchedule.retry(
    tryTake(session, lock, how),
    { firstMs: pauseMs, times: Math.ceil(patienceMs / pauseMs) },
    (error) => error._tag === "LockHeld"
  )

const pauseMs = 100

/** The application name of this process at the server: it names the holder to refused processes. */
export const holderName = (role: string): string =>
  `souk ${role}, pid ${process.pid} on ${hostname()}`.slice(0, applicationNameMax)

const applicationNameMax = 63 // Postgres cuts what is longer.

const statements = {
  alone: "SELECT pg_try_advisory_lock($1, $2) AS granted",
  together: "SELECT pg_try_advisory_lock_shared($1, $2) AS granted"
}

const tryTake = Effect.fnUntraced(function* (session: Session, lock: Lock, how: How) {
  const keys = [firstKey, secondKey[lock]]
  const [row] = yield* session.rows(
    Schema.Struct({ granted: Schema.Boolean }),
    statements[how],
    keys
  )
  if (row?.granted === true) return
  const [found] = yield* session.rows(Holder, findHolder, keys)
  const { holder, since } = found ?? { holder: "a process that has just left", since: "unknown" }
  return yield* new LockHeld({ holder, since, pid: Number(/, pid (\d+)/.exec(holder)?.[1] ?? 0) })
})

const Holder = Schema.Struct({ holder: Schema.String, since: Schema.String })

const findHolder = `
  SELECT coalesce(nullif(activity.application_name, ''), 'an unnamed client') AS holder,
         coalesce(to_char(activity.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ'), 'unknown') AS since
  FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
  WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
    AND held.classid = $1::bigint::oid AND held.objid = $2::bigint::oid
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())`
