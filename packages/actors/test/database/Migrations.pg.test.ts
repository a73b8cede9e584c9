/** Migrations are applied once, in one transaction each, and never under a running shop. */
import { assert, describe, it } from "@effect/vitest"
import { assertInstanceOf } from "@effect/vitest/utils"
import { Effect, Layer, type Scope } from "effect"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Database } from "../../src/database/Database.ts"
import * as Migrations from "../../src/database/Migrations.ts"
import * as Session from "../../src/database/Session.ts"
import * as InstanceLock from "../../src/database/InstanceLock.ts"
import * as Embedded from "../support/Embedded.ts"
import * as TestPg from "../support/TestPg.ts"

const shelf = { "0001_shelf.sql": "CREATE TABLE shelf (n integer);\nINSERT INTO shelf VALUES (1);" }
const label = { "0002_label.sql": "ALTER TABLE shelf ADD COLUMN label text;" }

describe("migrations", () => {
  it.scopedLive("are applied once, in order, and later ones later", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* apply(shelf), ["0001_shelf.sql"])
      assert.deepStrictEqual(yield* apply(shelf), [])
      assert.deepStrictEqual(yield* apply({ ...shelf, ...label }), ["0002_label.sql"])
      assert.strictEqual(yield* ask("SELECT count(*) FROM shelf WHERE label IS NULL"), "1")
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("are applied by one of many that start at once", () =>
    Effect.gen(function* () {
      const folder = yield* write({ ...shelf, ...label })
      const starts = Array.from({ length: 8 }, () => Migrations.apply(folder))
      const applied = yield* Effect.all(starts, { concurrency: "unbounded" })
      assert.deepStrictEqual(applied.flat(), ["0001_shelf.sql", "0002_label.sql"])
      assert.strictEqual(yield* ask("SELECT count(*) FROM shelf"), "1")
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("refuse a file that was changed after it was applied", () =>
    Effect.gen(function* () {
      yield* apply(shelf)
      const error = yield* Effect.flip(apply({ "0001_shelf.sql": "CREATE TABLE other ();" }))
      assertInstanceOf(error, Migrations.MigrationChanged)
      assert.include(error.message, "0001_shelf.sql is not what was applied")
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("do not mind how a checkout ends its lines", () =>
    Effect.gen(function* () {
      yield* apply(shelf)
      const other = { "0001_shelf.sql": shelf["0001_shelf.sql"].replaceAll("\n", "\r\n") }
      assert.deepStrictEqual(yield* apply(other), [])
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("refuse a database that a newer program has used", () =>
    Effect.gen(function* () {
      yield* apply({ ...shelf, ...label })
      const error = yield* Effect.flip(apply(shelf))
      assertInstanceOf(error, Migrations.DatabaseIsNewer)
      assert.include(error.message, "the database is at migration 2, this Souk knows 1")
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("leave nothing of a file that fails, and say where it does", () =>
    Effect.gen(function* () {
      const broken = {
        "0002_broken.sql": "CREATE TABLE half ();\n\nALTER TABLE nowhere RENAME TO x;"
      }
      const error = yield* Effect.flip(apply({ ...shelf, ...broken }))
      assertInstanceOf(error, Migrations.MigrationFailed)
      assert.include(error.message, "0002_broken.sql")
      assert.strictEqual(yield* ask("to_regclass('half') IS NULL"), "true")
      assert.strictEqual(yield* ask("SELECT max(number) FROM souk_migration"), "1")
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("point at the line of a slip of the pen", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(apply({ "0001_slip.sql": "SELECT 1;\n\nSELEKT 2;" }))
      assertInstanceOf(error, Migrations.MigrationFailed)
      assert.strictEqual(error.line, 3)
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("refuse a folder with a gap in its numbers", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(apply(label))
      assertInstanceOf(error, Migrations.MigrationsUnreadable)
      assert.include(error.message, "0002_label.sql is not number 1")
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("are applied without a shop, and not under one that does not know them", () =>
    Effect.gen(function* () {
      const alone = (files: Record<string, string>) =>
        Effect.flatMap(write(files), Migrations.applyAlone)
      assert.deepStrictEqual(yield* alone(shelf), ["0001_shelf.sql"])
      for (const layer of [InstanceLock.layer, InstanceLock.layerRunner]) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Layer.build(layer)
            assert.deepStrictEqual(yield* alone(shelf), [])
            const error = yield* Effect.flip(alone({ ...shelf, ...label }))
            assertInstanceOf(error, Migrations.ShopStillRuns)
            assert.match(error.message, /^souk (shop|runner), pid \d+ .* 1 pending migrations/)
          })
        )
      }
      const both = [alone({ ...shelf, ...label }), alone({ ...shelf, ...label })]
      const applied = yield* Effect.all(both, { concurrency: "unbounded" })
      assert.deepStrictEqual(applied.flat(), ["0002_label.sql"])
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("are told of, one by one, and nothing is changed by that", () =>
    Effect.gen(function* () {
      const { url } = yield* Database
      const told = (files: Record<string, string>) =>
        Effect.gen(function* () {
          const folder = yield* write(files)
          const session = yield* Session.open(url, "test")
          const all = yield* Migrations.report(session, folder)
          return all.map(({ name, state }) => `${name} ${state}`)
        })
      const both = { ...shelf, ...label }
      assert.deepStrictEqual(yield* told(shelf), ["0001_shelf.sql pending"])
      assert.strictEqual(yield* ask("to_regclass('souk_migration') IS NULL"), "true")
      yield* apply(shelf)
      const half = ["0001_shelf.sql applied", "0002_label.sql pending"]
      assert.deepStrictEqual(yield* told(both), half)
      yield* apply(both)
      const newer = ["0001_shelf.sql applied", "0002_label.sql unknown"]
      assert.deepStrictEqual(yield* told(shelf), newer)
      const other = yield* told({ "0001_shelf.sql": "SELECT 1", ...label })
      assert.deepStrictEqual(other, ["0001_shelf.sql changed", "0002_label.sql applied"])
    }).pipe(Effect.provide(empty))
  )

  it.scopedLive("of the shop itself are all in the template of these tests", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Migrations.apply(Migrations.folder), [])
    }).pipe(Effect.provide(TestPg.database))
  )
})

const empty = Layer.scoped(Database, TestPg.make("template0"))

const write = (files: Record<string, string>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const folder = await mkdtemp(join(tmpdir(), "souk-sql-"))
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      return folder
    }),
    (folder) => Effect.promise(() => rm(folder, { recursive: true }))
  )

const apply = (files: Record<string, string>) => Effect.flatMap(write(files), Migrations.apply)

const ask = (expression: string) =>
  Effect.flatMap(Database, ({ url }) => Embedded.ask(url, expression))
