/** A Postgres outside the shop, for shops with SOUK_DATABASE_URL. */
import * as EmbeddedPostgres from "@souk/actors/database/EmbeddedPostgres"
import type { PostgresOptions } from "@souk/actors/database/PostgresOptions"
import { Effect, Exit, Logger, LogLevel, Redacted, Scope } from "effect"
import { readFileSync } from "node:fs"
import { chmod, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { signal } from "./Processes.ts"

export interface Postgres {
  readonly url: string
  /** The server's first process; another one after each start. */
  readonly pid: () => number
  /** The server's immediate shutdown, with a recovery at the next start. */
  readonly crash: () => void
  readonly stop: () => Promise<void>
}

/** Starts a server. `overrides` change its settings to unsafe ones. */
export const startPostgres = async (overrides: PostgresOptions = {}): Promise<Postgres> => {
  const dataDir = await mkdtemp(join(tmpdir(), "souk-postgres-"))
  await chmod(dataDir, 0o711)
  const scope = Effect.runSync(Scope.make())
  const stop = async () => {
    await Effect.runPromise(quietly(Scope.close(scope, Exit.void)))
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const server = EmbeddedPostgres.start({ dataDir, overrides }).pipe(Scope.extend(scope))
    const { url } = await Effect.runPromise(quietly(server))
    // The server is restarted at the same port.
    const pid = () => {
      const note = readFileSync(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8")
      return Number(note.split("\n")[0])
    }
    const crash = () => signal(pid(), "SIGQUIT")
    return { url: Redacted.value(url), pid, crash, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const quietly = Logger.withMinimumLogLevel(LogLevel.Error)
