/** Shops and their servers as processes, killed in turns. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Processes from "../../src/database/Processes.ts"
import * as Embedded from "../support/Embedded.ts"
import { eventually } from "../support/Eventually.ts"
import { withDatabase } from "../support/PgServer.ts"
import * as ShopProcess from "../support/ShopProcess.ts"

const limitMs = 180_000 // Each of these starts several processes, on machines of any speed.

describe("a shop that is a process", () => {
  it.scopedLive(
    "is killed: the next one finds the server at work, and stops it in the end",
    () =>
      Effect.gen(function* () {
        const dataDir = yield* Embedded.dataDir
        const first = yield* ShopProcess.start(dataDir)
        yield* Embedded.run(first.url, "CREATE TABLE kept AS SELECT 42 AS n")
        const server = yield* Embedded.serverIn(dataDir)
        yield* first.kill

        const second = yield* ShopProcess.start(dataDir)
        assert.strictEqual(yield* Embedded.serverIn(dataDir), server)
        assert.strictEqual(yield* Embedded.ask(second.url, "SELECT n FROM kept"), "42")

        const { said } = yield* Effect.flip(ShopProcess.start(dataDir))
        assert.include(said, `in use by souk keeper, pid ${second.pid}`)
        assert.strictEqual(yield* Embedded.ask(second.url, "1"), "1")

        yield* second.interrupt
        assert.deepStrictEqual(yield* Embedded.processesIn(dataDir), [])
      }),
    limitMs
  )

  it.scopedLive(
    "dies of an uncaught exception, and its server ends with it",
    () =>
      Effect.gen(function* () {
        const dataDir = yield* Embedded.dataDir
        const shop = yield* ShopProcess.start(dataDir)
        yield* shop.crash
        assert.include(shop.said(), "Error: a bug")
        yield* eventually(Effect.map(Embedded.processesIn(dataDir), (pids) => pids.length === 0))
      }),
    limitMs
  )

  it.scopedLive(
    "is killed, and its server too: the next one recovers what was confirmed",
    () =>
      Effect.gen(function* () {
        const dataDir = yield* Embedded.dataDir
        const first = yield* ShopProcess.start(dataDir)
        yield* Embedded.run(first.url, "CREATE TABLE kept AS SELECT 42 AS n")
        yield* first.kill
        Processes.signal(yield* Embedded.serverIn(dataDir), "SIGKILL")
        const second = yield* ShopProcess.start(dataDir)
        assert.strictEqual(yield* Embedded.ask(second.url, "SELECT n FROM kept"), "42")
      }),
    limitMs
  )

  it.scopedLive(
    "ends with words when another process has taken its data over",
    () =>
      Effect.gen(function* () {
        const dataDir = yield* Embedded.dataDir
        const shop = yield* ShopProcess.start(dataDir)
        const server = withDatabase(shop.url, "postgres")
        yield* Embedded.standInLine(server, "dataDirectory")
        yield* Embedded.endOwner(server)
        yield* shop.ended
        assert.include(shop.said(), "in use by a rival")
      }),
    limitMs
  )
})
