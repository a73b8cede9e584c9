/** One shop to a database. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Database } from "../../src/database/Database.ts"
import * as InstanceLock from "../../src/database/InstanceLock.ts"
import * as Embedded from "../support/Embedded.ts"
import { eventually } from "../support/Eventually.ts"
import * as TestPg from "../support/TestPg.ts"

describe("a single node", () => {
  it.scopedLive("refuses a second shop on its database, by name", () =>
    Effect.gen(function* () {
      yield* Layer.build(InstanceLock.layer)
      const error = yield* Effect.flip(Layer.build(Layer.fresh(InstanceLock.layer)))
      assert.strictEqual(error._tag, "ShopAlreadyRuns")
      assert.include(error.message, `souk shop, pid ${process.pid}`)
    }).pipe(Effect.provide(TestPg.database))
  )

  it.scopedLive("is refused where runners of a cluster work, and they where it does", () =>
    Effect.gen(function* () {
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Layer.build(InstanceLock.layerRunner)
          yield* Layer.build(Layer.fresh(InstanceLock.layerRunner))
          const error = yield* Effect.flip(Layer.build(InstanceLock.layer))
          assert.include(error.message, `souk runner, pid ${process.pid}`)
        })
      )
      yield* Layer.build(InstanceLock.layer)
      const error = yield* Effect.flip(Layer.build(InstanceLock.layerRunner))
      assert.include(error.message, "set SOUK_CLUSTER=on for all of them")
    }).pipe(Effect.provide(TestPg.database))
  )

  it.scopedLive("lets another shop work on another database of the same server", () =>
    Effect.gen(function* () {
      yield* Layer.build(Layer.provide(InstanceLock.layer, TestPg.database))
      yield* Layer.build(Layer.fresh(Layer.provide(InstanceLock.layer, TestPg.database)))
    })
  )

  it.scopedLive("leaves room for the next shop when it ends", () =>
    Effect.gen(function* () {
      yield* Effect.scoped(Layer.build(InstanceLock.layer))
      yield* Layer.build(InstanceLock.layer)
    }).pipe(Effect.provide(TestPg.database))
  )

  it.scopedLive("takes its lock again after its connection was ended", () =>
    Effect.gen(function* () {
      const { url } = yield* Database
      yield* Layer.build(InstanceLock.layer)
      const before = yield* Embedded.ask(url, holder)
      yield* Embedded.ask(url, endHolder)
      yield* eventually(
        Effect.map(Embedded.ask(url, holder), (now) => now !== undefined && now !== before)
      )
    }).pipe(Effect.provide(TestPg.database))
  )

  it.scopedLive("says that it is lost once another shop has come in between", () =>
    Effect.gen(function* () {
      const { url } = yield* Database
      const { lost } = yield* InstanceLock.InstanceLock
      yield* Embedded.standInLine(url, "singleNode")
      yield* Embedded.ask(url, endHolder)
      const error = yield* Effect.flip(lost)
      assert.include(error.message, "another shop works on this database: a rival")
    }).pipe(Effect.provide(Layer.provideMerge(InstanceLock.layer, TestPg.database)))
  )
})

const holder = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'souk shop%'`

const endHolder = `SELECT pg_terminate_backend(pid) FROM (${holder}) AS holder`
