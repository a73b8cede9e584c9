/** The embedded server in good and in bad days, all in this process. */
import { assert, describe, it } from "@effect/vitest"
import { assertInstanceOf } from "@effect/vitest/utils"
import { Effect, Option, Redacted, Scope } from "effect"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as EmbeddedPostgres from "../../src/database/EmbeddedPostgres.ts"
import { freePort } from "../../src/database/FreePort.ts"
import * as PostgresPaths from "../../src/database/PostgresPaths.ts"
import * as PostgresOptions from "../../src/database/PostgresOptions.ts"
import * as PostgresOwner from "../../src/database/PostgresOwner.ts"
import { PathClosed } from "../../src/database/PostgresUser.ts"
import * as Postmaster from "../../src/database/Postmaster.ts"
import * as Processes from "../../src/database/Processes.ts"
import * as Embedded from "../support/Embedded.ts"
import { eventually } from "../support/Eventually.ts"
import { withDatabase } from "../support/PgServer.ts"

const { ask, run } = Embedded
const { start } = EmbeddedPostgres

describe("starting and stopping", () => {
  it.scopedLive("keeps data and password over an orderly stop, and leaves no process", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.emptyDir
      const first = yield* Effect.scoped(
        Effect.tap(start({ dataDir }), ({ url }) => run(url, "CREATE TABLE kept AS SELECT 42 AS n"))
      )
      assert.deepStrictEqual(yield* Embedded.processesIn(dataDir), [])
      const second = yield* start({ dataDir })
      assert.strictEqual(yield* ask(second.url, "SELECT n FROM kept"), "42")
      assert.strictEqual(passwordOf(first), passwordOf(second))
    })
  )

  it.scopedLive("is set up so that what is confirmed stays, and strangers stay out", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const { url } = yield* start({ dataDir })
      for (const [name, value] of expectedSettings) {
        assert.strictEqual(yield* ask(url, `current_setting('${name}')`), value, name)
      }
      assert.strictEqual(yield* ask(url, "SELECT datcollate FROM pg_database LIMIT 1"), "C")
      const stranger = Redacted.make(Redacted.value(url).replace(passwordOf({ url }), "guess"))
      assert.strictEqual((yield* Effect.flip(ask(stranger, "1"))).code, "28P01")
      const { mode } = yield* Effect.promise(() => stat(join(dataDir, "postgres", "password")))
      assert.strictEqual(mode & 0o777, 0o600)
    })
  )

  it.scopedLive("removes the halves that killed starts have left", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.emptyDir
      const half = join(dataDir, "postgres.new-4194305-abcd", "data")
      yield* Effect.promise(() => mkdir(half, { recursive: true }))
      yield* start({ dataDir })
      assert.deepStrictEqual(yield* Effect.promise(() => readdir(dataDir)), ["postgres"])
    })
  )

  it.scopedLive("ignores a pid file whose pid is another process's by now", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      yield* Effect.scoped(start({ dataDir }))
      const note = join(dataDir, "postgres", "data", "postmaster.pid")
      const text = `${process.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n1 1\nready\n`
      yield* Effect.promise(() => writeFile(note, text))
      const { url } = yield* start({ dataDir })
      assert.strictEqual(yield* ask(url, "1"), "1")
    })
  )

  it.scopedLive("leaves no process when it is interrupted on the way up", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      yield* Effect.scoped(start({ dataDir }))
      yield* Effect.raceFirst(
        Effect.scoped(start({ dataDir })),
        eventually(Effect.map(Embedded.processesIn(dataDir), (pids) => pids.length > 0))
      )
      assert.deepStrictEqual(yield* Embedded.processesIn(dataDir), [])
    })
  )
})

describe("refusals", () => {
  it.scopedLive("a second shop on the same data, whose first shop does not notice", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const first = yield* start({ dataDir })
      const error = yield* Effect.flip(Effect.scoped(start({ dataDir })))
      assertInstanceOf(error, PostgresOwner.DataDirInUse)
      assert.strictEqual(error.pid, process.pid)
      assert.include(error.message, "stop that process, or set SOUK_DATA_DIR")
      assert.strictEqual(yield* ask(first.url, "1"), "1")
    })
  )

  it.scopedLive("one of two shops that start at once in an empty directory", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.emptyDir
      const both = [start({ dataDir }), start({ dataDir })].map(Effect.either)
      const [one, other] = yield* Effect.all(both, { concurrency: 2 })
      const winners = [one, other].flatMap((result) =>
        result?._tag === "Right" ? [result.right] : []
      )
      const losers = [one, other].flatMap((result) =>
        result?._tag === "Left" ? [result.left] : []
      )
      assert.deepStrictEqual(
        losers.map(({ _tag }) => _tag),
        ["DataDirInUse"]
      )
      assert.deepStrictEqual(yield* Effect.forEach(winners, ({ url }) => ask(url, "1")), ["1"])
    })
  )

  it.scopedLive("settings that Postgres does not take, in its own words", () =>
    Effect.gen(function* () {
      const overrides = { shared_buffers: "plenty" }
      const error = yield* Effect.flip(start({ dataDir: yield* Embedded.dataDir, overrides }))
      assertInstanceOf(error, Postmaster.PostgresDidNotStart)
      assert.include(error.said, "shared_buffers")
    })
  )

  it.scopedLive.skipIf(!existsSync("/usr/bin/flock"))("a server in another container", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      yield* Effect.scoped(start({ dataDir }))
      const lock = join(dataDir, "postgres", "data", "souk.lock")
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => spawn("flock", [lock, "-c", "echo mine; cat"])),
        (process) => Effect.sync(() => process.stdin.end())
      )
      yield* Effect.async<void>((resume) => {
        other.stdout.once("data", () => resume(Effect.void))
      })
      const error = yield* Effect.flip(start({ dataDir }))
      assert.include(error.message, "another server has locked")
    })
  )

  it.scopedLive("a server that does not know our password", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      yield* start({ dataDir })
      const password = join(dataDir, "postgres", "password")
      yield* Effect.promise(() => writeFile(password, "another one"))
      const error = yield* Effect.flip(Effect.scoped(start({ dataDir })))
      assertInstanceOf(error, PostgresOwner.ServerNotOurs)
      assert.strictEqual(error.pid, yield* Embedded.serverIn(dataDir))
    })
  )

  it.scopedLive.skipIf(process.getuid?.() !== 0)("a closed directory on the way, by name", () =>
    Effect.gen(function* () {
      const closed = yield* Embedded.emptyDir
      yield* Effect.promise(() => chmod(closed, 0o700))
      const error = yield* Effect.flip(start({ dataDir: join(closed, "shop") }))
      assertInstanceOf(error, PathClosed)
      assert.include(error.message, `chmod o+x ${closed}`)
    })
  )
})

describe("coming back", () => {
  it.scopedLive("restarts a killed server at the same address, with all that was confirmed", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const { url } = yield* start({ dataDir })
      yield* run(url, "CREATE TABLE kept AS SELECT 42 AS n")
      const before = yield* Embedded.serverIn(dataDir)
      Processes.signal(before, "SIGKILL")
      yield* answers(url)
      assert.notStrictEqual(yield* Embedded.serverIn(dataDir), before)
      assert.strictEqual(yield* ask(url, "SELECT n FROM kept"), "42")
    })
  )

  it.scopedLive("ends the orphans of a killed server, however busy they are", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const { url } = yield* start({ dataDir })
      yield* Effect.fork(run(url, "DO $$ BEGIN LOOP END LOOP; END $$"))
      yield* eventually(Effect.map(ask(url, busy), (count) => count === "1"))
      Processes.signal(yield* Embedded.serverIn(dataDir), "SIGKILL")
      yield* answers(url)
      assert.strictEqual(yield* ask(url, busy), "0")
    })
  )

  it.scopedLive("restarts again and again, also when every helper is killed as well", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const { url } = yield* start({ dataDir })
      for (let times = 0; times < 3; times++) {
        for (const pid of yield* Embedded.processesIn(dataDir)) Processes.signal(pid, "SIGKILL")
        yield* answers(url)
      }
    })
  )

  it.scopedLive("keeps a server that only had to end all its sessions", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const { url } = yield* start({ dataDir })
      const server = yield* Embedded.serverIn(dataDir)
      const helper = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
      const before = yield* ask(url, startOfOwner)
      Processes.signal(Number(yield* ask(url, helper)), "SIGKILL")
      yield* eventually(
        Effect.map(Effect.option(ask(url, startOfOwner)), (now) =>
          Option.exists(now, (start) => start !== undefined && start !== before)
        )
      )
      assert.strictEqual(yield* Embedded.serverIn(dataDir), server)
    })
  )

  it.scopedLive("takes its lock again when only its own connection was ended", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const { url } = yield* start({ dataDir })
      const before = yield* Embedded.serverIn(dataDir)
      yield* Embedded.endOwner(url)
      yield* eventually(Effect.map(ask(url, keepers), (count) => count === "1"))
      assert.strictEqual(yield* Embedded.serverIn(dataDir), before)
      const error = yield* Effect.flip(Effect.scoped(start({ dataDir })))
      assert.strictEqual(error._tag, "DataDirInUse")
    })
  )

  it.scopedLive("gives up, and leaves the server alone, once another process has the lock", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const rivals = yield* Effect.scope
      const server = yield* Effect.scoped(
        Effect.gen(function* () {
          const { url, lost } = yield* start({ dataDir })
          const server = withDatabase(url, "postgres")
          yield* Scope.extend(Embedded.standInLine(server, "dataDirectory"), rivals)
          yield* Embedded.endOwner(url)
          const error = yield* Effect.flip(lost)
          assert.include(error.message, "in use by a rival")
          return yield* Embedded.serverIn(dataDir)
        })
      )
      assert.isTrue(yield* Processes.isAlive(server))
    })
  )

  it.scopedLive("moves a server that was restarted at another port back to its port", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      yield* Effect.scoped(start({ dataDir }))
      const paths = yield* PostgresPaths.prepare(dataDir)
      const [here, elsewhere] = [yield* freePort, yield* freePort]
      yield* Postmaster.launch(
        paths,
        PostgresOptions.options({ port: elsewhere, logs: paths.logs })
      )
      const owner = yield* PostgresOwner.makeOwner(paths, {})
      const tenure = yield* PostgresOwner.begin(owner, Option.some(here))
      assert.strictEqual(tenure.port, here)
    })
  )
})

const expectedSettings = Object.entries({
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",
  data_checksums: "on",
  server_encoding: "UTF8",
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "60"
})

const passwordOf = ({ url }: Pick<EmbeddedPostgres.EmbeddedPostgres, "url">) =>
  new URL(Redacted.value(url)).password

const answers = (url: Redacted.Redacted) =>
  eventually(
    ask(url, "1").pipe(
      Effect.as(true),
      Effect.orElseSucceed(() => false)
    )
  )

const busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"

const startOfOwner = `SELECT backend_start FROM pg_stat_activity
  WHERE application_name LIKE 'souk keeper%'`

const keepers = `SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND granted AND application_name LIKE 'souk keeper%'`
