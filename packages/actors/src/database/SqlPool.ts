/** The shop's connections: a bounded number, shared, and replaced when the server was away. */
import { PgClient } from "@effect/sql-pg"
import type { SqlClient } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { Effect, Layer, type Scope } from "effect"
import * as Pg from "pg"
import * as AdvisoryLock from "./AdvisoryLock.ts"
import { Database } from "./Database.ts"
import * as Session from "./Session.ts"

const ignore = () => undefined

type Release = (error?: Error | boolean) => void

/**
 * A connection that goes back to its pool when its last statement has ended, also when the caller
 * has given that statement up. Nothing is cancelled: the driver's library would ask a second
 * connection to cancel whatever the first one executes by then, which may be the statement of the
 * next caller. It needs the process id for that, so it is not told. `statement_timeout` bounds how
 * long a statement that was given up keeps its connection.
 */
class Connection extends Pg.Client {
  #release: Release = ignore

  /** Set by the pool for each use, read and called by the user. */
  get release(): Release {
    return (error) => {
      const isIdle = Reflect.get(this, "readyForQuery") === true
      if (isIdle || error !== undefined) this.#release(error)
      else this.#releaseWhenIdle()
    }
  }

  set release(release: Release) {
    this.#release = release
  }

  get processID(): undefined {
    return undefined
  }

  set processID(_: number | null) {
    // Kept by the server; see above.
  }

  #releaseWhenIdle(): void {
    const done = () => {
      this.off("drain", done)
      this.off("end", done)
      this.#release()
    }
    this.on("drain", done)
    this.on("end", done)
  }
}

/**
 * A pool of its own kind, with at least one connection made. A server that dies fails the
 * statements under way, and nothing else: the next statement gets a new connection.
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly applicationName: string
  readonly connectionsMax: number
  /** Settings for each new connection, in SQL. */
  readonly settings?: string
}): Effect.fn.Return<Pg.Pool, SqlError, Database | Scope.Scope> {
  const { url } = yield* Database
  const pool = new Pg.Pool({
    ...Session.connection(url),
    Client: Connection,
    application_name: options.applicationName,
    max: options.connectionsMax,
    // The pool waits for it before it lets anybody use the connection.
    onConnect: async (client) => {
      if (options.settings !== undefined) await client.query(options.settings)
    },
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000
  })
  pool.on("error", ignore) // An idle connection has ended: the pool has dropped it already.
  pool.on("connect", (client) => client.on("error", ignore)) // One in use: its statement fails.
  yield* Effect.addFinalizer(() => close(pool))
  yield* Effect.tryPromise({
    try: () => pool.query("SELECT 1"),
    catch: (cause) => new SqlError({ cause, message: "cannot connect to the database" })
  })
  return pool
})

export const layer: Layer.Layer<PgClient.PgClient | SqlClient, SqlError, Database> =
  Layer.unwrapEffect(
    Effect.map(Database, (database) =>
      PgClient.layerFromPool({
        acquire: make({ applicationName: "souk", connectionsMax: 10 }).pipe(
          Effect.provideService(Database, database)
        )
      })
    )
  )

/**
 * A few connections for the locks of shards. The server ends each after `idleMsMax` of silence, and
 * frees what it held: so it is when a process hangs, and when its machine has vanished.
 */
export const layerLocks = (
  idleMsMax: number
): Layer.Layer<PgClient.PgClient | SqlClient, SqlError, Database> =>
  Layer.unwrapEffect(
    Effect.map(Database, (database) =>
      PgClient.layerFromPool({
        acquire: make({
          applicationName: AdvisoryLock.holderName("shards"),
          connectionsMax: 4,
          settings: `SET idle_session_timeout = ${idleMsMax}`
        }).pipe(Effect.provideService(Database, database))
      })
    )
  )

const close = (pool: Pg.Pool): Effect.Effect<void> =>
  Effect.promise(() => pool.end()).pipe(
    Effect.interruptible,
    Effect.timeoutOption("2 seconds"),
    Effect.asVoid
  )
