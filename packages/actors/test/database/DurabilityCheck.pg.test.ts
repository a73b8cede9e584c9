/** Which servers the shop refuses to trust. */
import { assert, describe, it } from "@effect/vitest"
import { assertInstanceOf } from "@effect/vitest/utils"
import { Effect } from "effect"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Database } from "../../src/database/Database.ts"
import * as EmbeddedPostgres from "../../src/database/EmbeddedPostgres.ts"
import * as DurabilityCheck from "../../src/database/DurabilityCheck.ts"
import * as Embedded from "../support/Embedded.ts"
import * as TestPg from "../support/TestPg.ts"

describe("settings", () => {
  it.scopedLive("accepts a server as it comes with the shop", () =>
    DurabilityCheck.check.pipe(Effect.provide(TestPg.database))
  )

  for (const setting of ["fsync", "full_page_writes", "synchronous_commit"]) {
    it.scopedLive(`refuses a server that was started with ${setting}=off`, () =>
      Effect.gen(function* () {
        const error = yield* refusalOf({ [setting]: "off" })
        assertInstanceOf(error, DurabilityCheck.UnsafeDurabilitySetting)
        assert.deepStrictEqual([error.setting, error.value], [setting, "off"])
        assert.include(error.repair, `ALTER SYSTEM SET ${setting} = on`)
      })
    )
  }

  it.scopedLive("refuses commits that do not wait for the standbys there are", () =>
    Effect.gen(function* () {
      const overrides = { synchronous_standby_names: "*", synchronous_commit: "local" }
      const error = yield* refusalOf(overrides)
      assertInstanceOf(error, DurabilityCheck.UnsafeDurabilitySetting)
      assert.strictEqual(error.value, "local")
    })
  )

  for (const mode of ["local", "remote_write", "remote_apply"]) {
    it.scopedLive(`accepts synchronous_commit=${mode} where there are no standbys`, () =>
      Effect.gen(function* () {
        yield* alterDatabase(`SET synchronous_commit = ${mode}`)
        yield* DurabilityCheck.check
      }).pipe(Effect.provide(TestPg.database))
    )
  }

  it.scopedLive("names a repair that works, where the setting belongs to the database", () =>
    Effect.gen(function* () {
      const { url } = yield* Database
      yield* alterDatabase("SET synchronous_commit = off")
      const error = yield* Effect.flip(DurabilityCheck.check)
      assertInstanceOf(error, DurabilityCheck.UnsafeDurabilitySetting)
      yield* Embedded.run(url, error.repair)
      yield* DurabilityCheck.check
    }).pipe(Effect.provide(TestPg.database))
  )

  it.scopedLive("refuses a database that is read-only", () =>
    Effect.gen(function* () {
      yield* alterDatabase("SET default_transaction_read_only = on")
      const error = yield* Effect.flip(DurabilityCheck.check)
      assert.strictEqual(error._tag, "DatabaseReadOnly")
    }).pipe(Effect.provide(TestPg.database))
  )

  it.scopedLive("refuses a replica", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      yield* Effect.scoped(EmbeddedPostgres.start({ dataDir }))
      const signal = join(dataDir, "postgres", "data", "standby.signal")
      yield* Effect.promise(() => writeFile(signal, ""))
      const error = yield* refusalIn(dataDir, {})
      assert.include(error.message, "replica")
    })
  )
})

const alterDatabase = Effect.fnUntraced(function* (change: string) {
  const { url } = yield* Database
  const name = yield* Embedded.ask(url, "current_database()")
  yield* Embedded.run(url, `ALTER DATABASE ${name} ${change}`)
})

const refusalOf = (overrides: Record<string, string>) =>
  Effect.flatMap(Embedded.dataDir, (dataDir) => refusalIn(dataDir, overrides))

const refusalIn = Effect.fnUntraced(function* (dataDir: string, overrides: Record<string, string>) {
  const server = yield* EmbeddedPostgres.start({ dataDir, overrides })
  const database = { kind: "embedded", ...server } as const
  return yield* DurabilityCheck.check.pipe(Effect.flip, Effect.provideService(Database, database))
})
