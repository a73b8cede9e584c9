/** Pools of connections: bounded, shared, and replaced after the server was lost. */
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
 * A connection that returns to its pool when its last statement has ended, also when the caller was
 * interrupted. The statement is not cancelled: the library would ask a second connection to cancel
 * the present statement of the first, which may be that of the next caller. It needs the process id
 * for that, so the id is hidden. `statement_timeout` bounds how long an abandoned statement keeps
 * its connection.
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
 * Opens a pool with at least one connection. A server that dies fails only the statements under
 * way: the next one gets a new connection.
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
    // The pool waits for it before it hands out the connection.
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
 * frees its locks: when the process hangs, and when its machine has vanished.
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
