/** The shop's pool, while its server comes and goes. */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Duration, Effect, Exit, Fiber, Layer } from "effect"
import { Database } from "../../src/database/Database.ts"
import * as EmbeddedPostgres from "../../src/database/EmbeddedPostgres.ts"
import * as Processes from "../../src/database/Processes.ts"
import * as SqlPool from "../../src/database/SqlPool.ts"
import * as Embedded from "../support/Embedded.ts"
import { eventually } from "../support/Eventually.ts"
import * as TestPg from "../support/TestPg.ts"

/** Two connections. */
const narrow = Layer.unwrapEffect(
  Effect.map(Database, (database) =>
    PgClient.layerFromPool({
      acquire: SqlPool.make({ applicationName: "two", connectionsMax: 2 }).pipe(
        Effect.provideService(Database, database)
      )
    })
  )
).pipe(Layer.provide(TestPg.database))

describe("the pool", () => {
  it.scopedLive("outlives a killed server: what was under way fails, what follows works", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const server = yield* EmbeddedPostgres.start({ dataDir })
      const database = Layer.succeed(Database, { kind: "embedded", ...server })
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE kept AS SELECT 42 AS n`
        const underWay = yield* Effect.all(
          [
            sql`SELECT pg_sleep(60)`,
            sql.withTransaction(sql`SELECT pg_sleep(60)`),
            Effect.scoped(Effect.zipRight(sql.reserve, Effect.sleep("1 second")))
          ].map(Effect.exit),
          { concurrency: "unbounded" }
        ).pipe(Effect.fork)
        const sleepers = sql`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'`
        yield* eventually(Effect.map(sleepers, (rows) => rows.length === 2))
        Processes.signal(yield* Embedded.serverIn(dataDir), "SIGKILL")
        const [statement, transaction] = yield* underWay
        assert.isTrue(Exit.isFailure(statement!) && Exit.isFailure(transaction!))
        const kept = Effect.option(sql<{ n: number }>`SELECT n FROM kept`)
        yield* eventually(
          Effect.map(kept, (rows) => rows._tag === "Some" && rows.value[0]?.n === 42)
        )
      }).pipe(Effect.provide(Layer.provide(SqlPool.layer, database)))
    })
  )

  it.scopedLive("an interrupted statement cancels no other", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const abandoned = yield* Effect.fork(sql`SELECT pg_sleep(0.4)`)
      const another = yield* Effect.fork(sql`SELECT pg_sleep(0.8)`)
      yield* Effect.sleep("100 millis")
      // In line before any cancellation, it gets the connection of the abandoned statement.
      const innocent = yield* Effect.fork(sql`SELECT pg_sleep(1.2)`)
      yield* Effect.sleep("100 millis")
      yield* Fiber.interruptFork(abandoned)
      yield* Fiber.join(another)
      yield* Fiber.join(innocent)
    }).pipe(Effect.provide(narrow))
  )

  it.scopedLive("a connection comes back when its abandoned statement has ended, not before", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const sleeping = (seconds: number) => sql`SELECT pg_sleep(${seconds})`
      const others = sql<{ n: number }>`
        SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE application_name = 'two' AND state = 'idle'`
      for (const statement of [sleeping(1), sql.withTransaction(sleeping(1))]) {
        const abandoned = yield* Effect.fork(statement)
        yield* Effect.sleep("100 millis")
        yield* Fiber.interruptFork(abandoned)
        yield* Effect.sleep("100 millis")
        const [waited] = yield* Effect.timed(sql`SELECT 1`)
        assert.isBelow(Duration.toMillis(waited), 500)
        yield* eventually(Effect.map(others, ([row]) => row?.n === 1))
      }
      yield* Effect.all([sleeping(0.1), sleeping(0.1)], { concurrency: 2 })
    }).pipe(Effect.provide(narrow))
  )

  it.scopedLive("gives 64-bit integers without losing a digit", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [row] = yield* sql`SELECT 9007199254740993::bigint AS position`
      assert.strictEqual(row?.position, "9007199254740993")
    }).pipe(Effect.provide(TestPg.layer))
  )

  it.scopedLive("never opens more connections than it may", () =>
    Effect.gen(function* () {
      const pool = yield* SqlPool.make({ applicationName: "narrow", connectionsMax: 2 })
      const statements = Array.from({ length: 20 }, () =>
        pool.query("SELECT pg_backend_pid() AS pid")
      )
      const results = yield* Effect.promise(() => Promise.all(statements))
      assert.isAtMost(new Set(results.map(({ rows }) => rows[0].pid)).size, 2)
    }).pipe(Effect.provide(TestPg.database))
  )
})
