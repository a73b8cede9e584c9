/** Embedded servers in directories of their own, for tests that mistreat them. */
import { Effect, Option, type Redacted, Schema, type Scope } from "effect"
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inject } from "vitest"
import * as AdvisoryLock from "../../src/database/AdvisoryLock.ts"
import * as PostgresPaths from "../../src/database/PostgresPaths.ts"
import * as Postmaster from "../../src/database/Postmaster.ts"
import * as Processes from "../../src/database/Processes.ts"
import * as Session from "../../src/database/Session.ts"
import { eventually } from "./Eventually.ts"
import { copyDataDir } from "./PgServer.ts"

/** An empty directory. It is gone afterwards, and so is whatever still runs in it. */
export const emptyDir: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "souk-test-"))),
  (path) =>
    Effect.gen(function* () {
      yield* killAll(path)
      yield* Effect.promise(() => rm(path, { recursive: true, force: true }))
    })
)

/** A directory with a database that was never started. */
export const dataDir: Effect.Effect<string, never, Scope.Scope> = Effect.tap(emptyDir, (path) =>
  copyDataDir(inject("postgres").dataDir, path)
)

/** The processes that work below this path: of an embedded server, all. */
export const processesIn = Effect.fnUntraced(function* (path: string) {
  const names = yield* Effect.promise(() => readdir("/proc"))
  return yield* Effect.filter(
    names.map(Number).filter(Number.isInteger),
    Effect.fnUntraced(function* (pid) {
      const directory = yield* Effect.promise(() => readlink(`/proc/${pid}/cwd`).catch(() => ""))
      return directory.startsWith(path) && (yield* Processes.isAlive(pid))
    })
  )
})

/** Kills a server with all its helpers, and waits until they are gone. */
export const killAll = (path: string) =>
  eventually(
    Effect.map(processesIn(path), (pids) => {
      for (const pid of pids) Processes.signal(pid, "SIGKILL")
      return pids.length === 0
    })
  )

/** The process id of the server in this directory, once it is there. */
export const serverIn = (path: string) =>
  PostgresPaths.prepare(path).pipe(
    Effect.flatMap(Postmaster.find),
    Effect.repeat({ until: Option.isSome }),
    Effect.flatMap(Option.map(({ pid }) => pid))
  )

/** The value of one expression, over a connection of its own. */
export const ask = (url: Redacted.Redacted, expression: string) =>
  Session.open(url, "test").pipe(
    Effect.flatMap((session) => session.rows(Answer, `SELECT (${expression})::text AS value`)),
    Effect.map(([row]) => row?.value ?? undefined),
    Effect.scoped
  )

/** Runs statements over a connection of its own. */
export const run = (url: Redacted.Redacted, script: string) =>
  Effect.scoped(Effect.flatMap(Session.open(url, "test"), (session) => session.run(script)))

/** Another process that waits for a lock of ours, and has it as soon as it is free. */
export const standInLine = Effect.fnUntraced(function* (
  url: Redacted.Redacted,
  lock: AdvisoryLock.Lock
) {
  const rival = yield* Session.open(url, "a rival")
  const keys = `${AdvisoryLock.firstKey}, ${AdvisoryLock.secondKey[lock]}`
  yield* Effect.forkScoped(rival.run(`SELECT pg_advisory_lock(${keys})`))
  const waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
  yield* eventually(Effect.map(ask(url, waiting), (count) => count !== "0"))
})

/** Ends the connection with which the embedded server's keeper holds its lock. */
export const endOwner = (url: Redacted.Redacted) =>
  ask(
    url,
    `SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE application_name LIKE 'souk keeper%'`
  )

const Answer = Schema.Struct({ value: Schema.NullOr(Schema.String) })
