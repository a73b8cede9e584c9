/** The shop's pool, while its server comes and goes. */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { Database } from "../../src/database/Database.ts"
import * as EmbeddedPostgres from "../../src/database/EmbeddedPostgres.ts"
import * as Processes from "../../src/database/Processes.ts"
import * as SqlPool from "../../src/database/SqlPool.ts"
import * as Embedded from "../support/Embedded.ts"
import { eventually } from "../support/Eventually.ts"
import * as TestPg from "../support/TestPg.ts"

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
