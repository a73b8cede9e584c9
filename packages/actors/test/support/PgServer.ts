/** One Postgres for a whole test run, with a migrated template that each test clones. */
import { Effect, Exit, Redacted, Scope } from "effect"
import { execFile, spawn } from "node:child_process"
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { TestProject } from "vitest/node"
import { Database } from "../../src/database/Database.ts"
import * as EmbeddedPostgres from "../../src/database/EmbeddedPostgres.ts"
import * as Migrations from "../../src/database/Migrations.ts"
import * as PostgresPaths from "../../src/database/PostgresPaths.ts"
import * as Session from "../../src/database/Session.ts"

declare module "vitest" {
  interface ProvidedContext {
    readonly postgres: {
      /** A superuser's address. */
      readonly url: string
      /** The database to clone. */
      readonly template: string
      /** The data directory of a server that was never started, to be copied. */
      readonly dataDir: string
    }
  }
}

// Several runs may share one server, as when SOUK_TEST_DATABASE_URL names it.
const template = `souk_template_${process.pid}`

/** Vitest's global setup: what it returns is called when the run has ended, also in failure. */
export default async (project: TestProject) => {
  const scope = Effect.runSync(Scope.make())
  const stop = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const provided = await Effect.runPromise(Scope.extend(start, scope)).catch(async (cause) => {
    await stop()
    throw cause
  })
  project.provide("postgres", provided)
  return stop
}

/** Copies what `PostgresPaths.prepare` has made: much faster than making another one. */
export const copyDataDir = (from: string, to: string) =>
  Effect.promise(() => promisify(execFile)("cp", ["-Rp", join(from, "postgres"), to]))

/** The same server, another database. */
export const withDatabase = (url: Redacted.Redacted, name: string): Redacted.Redacted => {
  const address = new URL(Redacted.value(url))
  address.pathname = `/${name}`
  return Redacted.make(address.href)
}

const start = Effect.gen(function* () {
  const directory = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "souk-test-run-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  yield* Effect.promise(() => chmod(directory, 0o711)) // As root, Postgres' user has to pass.
  clearUpAfterDeath(directory)
  const dataDir = join(directory, "pristine")
  yield* PostgresPaths.prepare(dataDir)
  const given = process.env["SOUK_TEST_DATABASE_URL"]
  const url = given ? Redacted.make(given) : yield* startServer(dataDir, join(directory, "server"))
  yield* Effect.acquireRelease(makeTemplate(url), () => Effect.ignoreLogged(dropTemplate(url)))
  return { url: Redacted.value(url), template, dataDir }
})

const startServer = Effect.fnUntraced(function* (pristine: string, dataDir: string) {
  yield* Effect.promise(() => mkdir(dataDir))
  yield* copyDataDir(pristine, dataDir)
  const server = yield* EmbeddedPostgres.start({ dataDir })
  return server.url
})

/**
 * Clears up even after `kill -9`: the script reads from a pipe that only we hold, so the reading
 * ends when we do, in whatever way. After an orderly end it finds nothing left to do.
 */
const clearUpAfterDeath = (directory: string) => {
  const script = `read -r line
    [ -d "$0" ] || exit 0
    kill -QUIT "$(head -n 1 "$0/server/postgres/data/postmaster.pid")"
    sleep 1
    rm -rf "$0"`
  const child = spawn("sh", ["-c", script, directory], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"]
  })
  child.unref()
}

const makeTemplate = Effect.fnUntraced(function* (url: Redacted.Redacted) {
  yield* administer(url, `CREATE DATABASE ${template}`)
  yield* Migrations.apply(Migrations.folder).pipe(
    Effect.provideService(Database, {
      kind: "external",
      url: withDatabase(url, template),
      lost: Effect.never
    })
  )
  // Cloning fails while a session is connected to the template.
  yield* administer(url, `ALTER DATABASE ${template} ALLOW_CONNECTIONS false`)
})

const dropTemplate = (url: Redacted.Redacted) => administer(url, `DROP DATABASE ${template}`)

const administer = (url: Redacted.Redacted, statement: string) =>
  Session.open(url, "souk test run").pipe(
    Effect.flatMap((session) => session.run(statement)),
    Effect.scoped
  )
