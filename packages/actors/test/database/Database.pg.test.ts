/** Which database the shop uses, and what it says when there is none. */
import { assert, describe, it } from "@effect/vitest"
import { assertInstanceOf } from "@effect/vitest/utils"
import { ConfigProvider, Context, Effect, Fiber, Layer, Redacted } from "effect"
import { inject } from "vitest"
import * as Database from "../../src/database/Database.ts"
import * as EmbeddedPostgres from "../../src/database/EmbeddedPostgres.ts"
import { freePort } from "../../src/database/FreePort.ts"
import * as PostgresPaths from "../../src/database/PostgresPaths.ts"
import * as Embedded from "../support/Embedded.ts"
import { withDatabase } from "../support/PgServer.ts"
import * as TestPg from "../support/TestPg.ts"

describe("the database", () => {
  it.scopedLive("is the server that SOUK_DATABASE_URL names", () =>
    Effect.gen(function* () {
      const { url } = yield* TestPg.make()
      const database = yield* configured({ SOUK_DATABASE_URL: Redacted.value(url) })
      assert.strictEqual(database.kind, "external")
      assert.strictEqual(yield* Embedded.ask(database.url, "1"), "1")
    })
  )

  it.scopedLive("comes with the shop where that is not set, or empty", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const database = yield* configured({ SOUK_DATA_DIR: dataDir, SOUK_DATABASE_URL: "" })
      assert.strictEqual(database.kind, "embedded")
      assert.strictEqual(yield* Embedded.ask(database.url, "current_database()"), "souk")
    })
  )

  it.scopedLive("is waited for where both are started together", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const paths = yield* PostgresPaths.prepare(dataDir)
      const port = yield* freePort
      const url = PostgresPaths.urlOf(paths, port, "postgres")
      const database = yield* Effect.fork(Database.external(url))
      yield* EmbeddedPostgres.start({ dataDir, overrides: { port: String(port) } })
      assert.strictEqual((yield* Fiber.join(database)).url, url)
    })
  )

  const server = Redacted.make(inject("postgres").url)
  const wrong = {
    "another password": Redacted.value(server).replace(/:[^:@]+@/, ":guess@"),
    "a database that does not exist": Redacted.value(withDatabase(server, "nowhere"))
  }
  for (const [what, url] of Object.entries(wrong)) {
    it.scopedLive(`refuses ${what} at once, and keeps the password to itself`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(configured({ SOUK_DATABASE_URL: url }))
        assertInstanceOf(error, Database.DatabaseUnreachable)
        assert.include(error.message, "SOUK_DATABASE_URL")
        assert.notInclude(error.message, "guess")
        assert.notInclude(error.message, new URL(Redacted.value(server)).password)
      })
    )
  }
})

const configured = (variables: Record<string, string>) => {
  const entries = new Map(Object.entries(variables))
  const provider = ConfigProvider.fromMap(entries, { pathDelim: "_" }) // As from the environment.
  return Layer.build(Database.layer).pipe(
    Effect.map((context) => Context.get(context, Database.Database)),
    Effect.withConfigProvider(provider)
  )
}
