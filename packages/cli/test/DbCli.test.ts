/** `souk db`: the state of a database, from the shop or directly, and changes of it. */
import { assert, layer } from "@effect/vitest"
import type { DatabaseReport } from "@souk/http/operations/DatabaseApi"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import { database, healthy } from "./support/StubOperator.ts"
import * as Stub from "./support/StubShop.ts"

const db = (...args: ReadonlyArray<string>) => souk(["db", ...args])

/** A database without a shop, and the calls to it. */
const local = (report: DatabaseReport, applied: ReadonlyArray<string> = []) => ({
  report: () => Effect.succeed(report),
  migrate: () => Effect.succeed(applied)
})

const pending: DatabaseReport = {
  ...healthy,
  migrations: healthy.migrations.map((one) =>
    one.number === 2 ? { ...one, state: "pending" as const } : one
  )
}

const env = { SOUK_DATABASE_URL: "postgres://somewhere/souk" }

/** Runs `effect` while the stub's database is in another state, and puts it back. */
const whileIn = <A, E, R>(report: DatabaseReport, effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => Object.assign(database, { report, step: 4_000 })),
    () => effect,
    () => Effect.sync(() => Object.assign(database, { report: healthy, step: 4_000 }))
  )

layer(Stub.layer)("souk db", (it) => {
  it.effect("status shows migrations and read models, and exits with 0", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* db("status")
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /said by +the shop\nPostgres +16\.4\njournal +up to position 3702\n/)
      assert.match(stdout, /0002_lists\.sql +applied +bbbbbbbbbbbb\n/)
      assert.match(stdout, /order_list +3702 +-/)
      assert.include(stderr, "The database is up to date.")
      const json = yield* db("status", "--json")
      assert.deepStrictEqual(JSON.parse(json.stdout), { source: "shop", ...healthy })
    })
  )

  it.effect("status ends with 1 where a list has stopped, and not where one is rebuilt", () =>
    Effect.gen(function* () {
      const [model] = healthy.readModels
      const stopped = {
        ...healthy,
        readModels: [{ ...model!, position: 3, behindMs: 45_000 }]
      }
      const behind = yield* whileIn(stopped, db("status"))
      assert.strictEqual(behind.code, 1)
      assert.include(behind.stdout, "45.0 s")
      assert.include(behind.stderr, "order_list is 45 s behind the journal")
      const rebuilt = {
        ...healthy,
        readModels: [{ ...model!, position: 0, behindMs: 45_000, rebuildTo: 3_702 }]
      }
      const rebuilding = yield* whileIn(
        rebuilt,
        Effect.suspend(() => {
          database.step = 0
          return db("status")
        })
      )
      assert.strictEqual(rebuilding.code, 0)
      assert.include(rebuilding.stdout, "wait: it is filled again up to 3702")
    })
  )

  it.effect("status reads the database itself without a shop or a key", () =>
    Effect.gen(function* () {
      const noShop = { ...env, SOUK_URL: yield* Stub.deserted }
      const direct = yield* souk(["db", "status"], { env: noShop, database: local(pending) })
      assert.strictEqual(direct.code, 1)
      assert.include(direct.stdout, "the database itself")
      assert.include(direct.stderr, "No shop was asked")
      assert.include(direct.stderr, "0002_lists.sql is pending\n  Next: souk db migrate")
      const keyless = { ...env, SOUK_ADMIN_KEY: "", SOUK_DATA_DIR: "/nowhere" }
      const noKey = yield* souk(["db", "status", "--json"], {
        env: keyless,
        database: local(healthy)
      })
      assert.strictEqual(noKey.code, 0)
      assert.strictEqual(JSON.parse(noKey.stdout).source, "database")
      const neither = yield* souk(["db", "status"], { env: { SOUK_URL: yield* Stub.deserted } })
      assert.strictEqual(neither.code, 1)
      assert.include(neither.stderr, "npm start")
      const wrongKey = yield* souk(["db", "status"], {
        env: { ...env, SOUK_ADMIN_KEY: "sk_wrong" },
        database: local(healthy)
      })
      assert.strictEqual(wrongKey.code, 4)
      const gone = yield* souk(["db", "status"], { env: noShop })
      assert.strictEqual(gone.code, 1)
      assert.include(gone.stderr, "no connection")
    })
  )

  it.effect("status names migrations that differ", () =>
    Effect.gen(function* () {
      const states = [
        ["changed", "put 0002_lists.sql back as it was"],
        ["unknown", "use the newer Souk that applied it"]
      ] as const
      for (const [state, next] of states) {
        const migrations = healthy.migrations.map((one) =>
          one.number === 2 ? { ...one, state } : one
        )
        const { code, stderr } = yield* whileIn({ ...healthy, migrations }, db("status"))
        assert.strictEqual(code, 1)
        assert.include(stderr, next)
      }
    })
  )

  it.effect("migrate prints what it applied, or would apply, and requires an address", () =>
    Effect.gen(function* () {
      const migrate = (...args: ReadonlyArray<string>) =>
        souk(["db", "migrate", ...args], { env, database: local(pending, ["0002_lists.sql"]) })
      const applied = yield* migrate()
      assert.deepStrictEqual([applied.code, applied.stdout], [0, "0002_lists.sql\n"])
      assert.include(applied.stderr, "Applied 1.")
      const dry = yield* migrate("--dry-run", "--json")
      assert.deepStrictEqual(JSON.parse(dry.stdout), { dryRun: true, pending: ["0002_lists.sql"] })
      const none = yield* souk(["db", "migrate"], { env, database: local(healthy) })
      assert.deepStrictEqual([none.code, none.stdout], [0, "Nothing was pending.\n"])
      for (const SOUK_DATABASE_URL of ["", undefined]) {
        const around = SOUK_DATABASE_URL === undefined ? {} : { env: { SOUK_DATABASE_URL } }
        const nowhere = yield* souk(["db", "migrate"], around)
        assert.strictEqual(nowhere.code, 2)
        assert.include(nowhere.stderr, "migrated by that shop when it starts")
      }
    })
  )

  it.effect("migrate ends with 6 for a conflict, else with 1", () =>
    Effect.gen(function* () {
      const codes = [
        ["ShopStillRuns", 6, "shop_still_runs"],
        ["DatabaseIsNewer", 6, "database_is_newer"],
        ["MigrationChanged", 6, "migration_changed"],
        ["MigrationFailed", 1, "migration_failed"],
        ["ConnectionFailed", 1, "connection_failed"]
      ] as const
      for (const [_tag, exitCode, code] of codes) {
        const migrate = () => Effect.fail({ _tag, message: "it cannot be" })
        const ran = yield* souk(["db", "migrate", "--json"], {
          env,
          database: { ...local(healthy), migrate }
        })
        assert.strictEqual(ran.code, exitCode)
        assert.deepInclude(JSON.parse(ran.stderr).error, { code, message: "it cannot be" })
      }
    })
  )

  it.effect("rebuild waits until the list is complete, and joins one in progress", () =>
    whileIn(
      healthy,
      Effect.gen(function* () {
        const dry = yield* db("rebuild", "order_list", "--dry-run")
        assert.deepStrictEqual([dry.code, database.rebuilds], [0, 0])
        assert.include(dry.stdout, "up to position 3702")
        const { code, stderr, stdout } = yield* db("rebuild", "order_list", "--yes")
        assert.strictEqual(code, 0, stderr)
        assert.strictEqual(stdout, "order_list is rebuilt, up to position 3702.\n")
        assert.strictEqual(database.rebuilds, 1)
        database.step = 0
        const late = yield* db("rebuild", "order_list", "--yes", "--for", "0")
        assert.strictEqual(late.code, 1)
        assert.include(late.stderr, "is not rebuilt after 0 seconds; the shop continues with it")
        assert.strictEqual(database.rebuilds, 2)
        database.step = 4_000
        const joined = yield* db("rebuild", "order_list", "--yes", "--json")
        assert.deepStrictEqual(JSON.parse(joined.stdout), {
          name: "order_list",
          to: 3_702,
          isJoined: true,
          isDone: true
        })
        assert.strictEqual(database.rebuilds, 2)
      })
    )
  )

  it.effect("rebuild asks for a confirmation, and refuses unknown lists", () =>
    Effect.gen(function* () {
      const before = database.rebuilds
      const args = ["db", "rebuild", "order_list"]
      assert.strictEqual((yield* souk(args, { isTerminal: true, typed: "no" })).code, 3)
      assert.strictEqual((yield* souk(args, { stdin: "" })).code, 2)
      assert.strictEqual((yield* db("rebuild", "journal", "--yes")).code, 5)
      assert.strictEqual((yield* db("rebuild", "Order List", "--yes")).code, 2)
      assert.strictEqual(database.rebuilds, before)
    })
  )
})
