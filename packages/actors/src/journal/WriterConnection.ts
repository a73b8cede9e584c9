/** The writer's own connection. A new one is used once its predecessors have been terminated. */
import { Deferred, Effect, Schedule, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as Pg from "pg"
import { Database } from "../database/Database.ts"
import * as Session from "../database/Session.ts"
import * as QueryWatchdog from "../database/QueryWatchdog.ts"
import * as RetrySchedule from "../runtime/RetrySchedule.ts"

/** The first and the longest pause between two attempts to connect. */
const retries: RetrySchedule.RetryPolicy = { firstMs: 50, factor: 2, maxMs: 1_000, jitter: true }

/** How long it may take to open a connection and to terminate its predecessors. */
const openMsMax = 30_000

/** How long a predecessor may take to end: it finishes its present commit. */
const predecessorMsMax = 10_000

/** When the server cancels a statement, and when an unresponsive server is given up. */
const statementMsMax = 20_000
export const silenceMsMax = 25_000

/** How long the orderly close of a connection may take. */
const closeMsMax = 1_000

export interface WriterConnection {
  /** The connection, if there is one. All earlier ones of this writer have been terminated. */
  readonly client: () => Pg.Client | undefined
  /** Waits until there is one. */
  readonly ready: Effect.Effect<Pg.Client>
  /** Drops a connection in an unknown state, and opens the next. */
  readonly discard: (client: Pg.Client) => void
  /** For how long there has been no connection; 0 while there is one. */
  readonly lostForMs: () => number
  /** Must be told of each statement: ends a connection whose server does not respond. */
  readonly watchdog: QueryWatchdog.QueryWatchdog
}

export const make: Effect.Effect<WriterConnection, never, Database | Scope.Scope> = Effect.gen(
  function* () {
    const { url } = yield* Database
    const clock = yield* Effect.clock
    const latch = yield* Effect.makeLatch(false)
    const watchdog = yield* QueryWatchdog.watch(silenceMsMax)
    // By this name the connections of this writer, and only they, are found again.
    const name = `souk journal ${randomUUID()}`
    let current: Pg.Client | undefined
    let lostAtMs = clock.unsafeCurrentTimeMillis()

    const discard = (client: Pg.Client): void => {
      if (client === current) {
        current = undefined
        lostAtMs = clock.unsafeCurrentTimeMillis()
        latch.unsafeClose()
      }
      client.end(ignore) // With a statement under way this cuts the connection.
    }
    const use = Effect.fnUntraced(function* (client: Pg.Client) {
      const ended = yield* listen(client)
      const farewell = Effect.gen(function* () {
        discard(client)
        yield* Effect.timeoutOption(Effect.interruptible(ended), closeMsMax)
      })
      yield* Effect.gen(function* () {
        yield* Effect.timeout(open(client, name), openMsMax)
        current = client
        yield* latch.open
        yield* ended
        yield* Effect.logWarning("journal writer connection lost; reconnecting")
      }).pipe(Effect.ensuring(farewell))
    })
    const keep = Effect.flatMap(
      Effect.try(() => new Pg.Client(Session.connection(url))),
      use
    )
    yield* Effect.forkScoped(Effect.forever(RetrySchedule.retry(keep, retries)))
    const ready: Effect.Effect<Pg.Client> = Effect.suspend(() =>
      current === undefined ? Effect.zipRight(latch.await, ready) : Effect.succeed(current)
    )
    return {
      client: () => current,
      ready,
      discard,
      watchdog: watchdog,
      lostForMs: () => (current === undefined ? clock.unsafeCurrentTimeMillis() - lostAtMs : 0)
    }
  }
)

const ignore = () => undefined

/** Succeeds once the connection has ended, on either side. */
const listen = (client: Pg.Client): Effect.Effect<Effect.Effect<void>> =>
  Effect.map(Deferred.make<void>(), (ended) => {
    client.on("error", ignore) // An "end" follows every error.
    client.once("end", () => Deferred.unsafeDone(ended, Effect.void))
    return Deferred.await(ended)
  })

/**
 * Terminates earlier connections: after that, nothing that was sent over them can be committed.
 */
const open = (client: Pg.Client, name: string) =>
  Effect.tryPromise(() => client.connect()).pipe(
    Effect.zipRight(Effect.tryPromise(() => client.query(settings(name)))),
    Effect.zipRight(
      Effect.tryPromise(() => client.query(terminatePredecessor, [name])).pipe(
        Effect.repeat({
          until: ({ rows }) => rows.length === 0,
          schedule: Schedule.spaced("20 millis")
        }),
        Effect.timeout(predecessorMsMax)
      )
    )
  )

// Set after connecting, so that options in the address cannot override it. The lock that orders
// commits needs each statement to see what was committed before it.
const settings = (name: string) => `
  SET application_name = '${name}';
  SET statement_timeout = ${statementMsMax};
  SET idle_in_transaction_session_timeout = ${statementMsMax};
  SET default_transaction_isolation = 'read committed'`

// A backend leaves this view after the end of its transaction.
const terminatePredecessor = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name = $1 AND pid <> pg_backend_pid()`
