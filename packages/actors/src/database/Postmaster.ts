/** Finds, starts and stops the server process, and cleans up after a dead one. */
import { Effect, Option, Schema } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync, rmSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { environment } from "./PostgresInstallation.ts"
import type { PostgresPaths } from "./PostgresPaths.ts"
import * as PostgresLog from "./PostgresLog.ts"
import type { PostgresOptions } from "./PostgresOptions.ts"
import { isAlive, isGoneWithin, orphansIn, signal, worksIn } from "./Processes.ts"

/** The server ended, or did not start. `said` is its last output. */
export class PostgresDidNotStart extends Schema.TaggedError<PostgresDidNotStart>()(
  "PostgresDidNotStart",
  { directory: Schema.String, said: Schema.String }
) {
  override get message() {
    return (
      `Postgres did not start in ${this.directory}. It said: ${this.said}\n` +
      `Repair what it names (more is in ${join(this.directory, "log")}) and start Souk again`
    )
  }
}

export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** Whether it accepts connections; false while it starts, recovers or stops. */
  readonly isReady: boolean
}

/** The live server of this directory, also when another process started it. */
export const find = Effect.fnUntraced(function* (paths: PostgresPaths) {
  const note = yield* readNote(paths)
  if (Option.isNone(note)) return Option.none<Postmaster>()
  const { pid } = note.value
  const isOurs = (yield* isAlive(pid)) && (yield* worksIn(pid, paths.data))
  return isOurs ? note : Option.none<Postmaster>()
})

/**
 * Starts a server and waits until it has written `postmaster.pid`: then it can be found, though it
 * is not ready yet. It gets its own session, so that Ctrl-C in the shop's terminal does not reach
 * it.
 */
export const launch = Effect.fnUntraced(function* (
  paths: PostgresPaths,
  options: PostgresOptions
): Effect.fn.Return<Postmaster, PostgresDidNotStart> {
  yield* endOrphans(paths)
  const staleNote = yield* findStaleNote(paths)
  const child = yield* Effect.try({
    try: () => run(paths, staleNote, options),
    catch: (cause) => didNotStart(paths, String(cause))
  })
  for (let waitedMs = 0; waitedMs < signedWithinMs && isRunning(child); waitedMs += pauseMs) {
    const found = yield* find(paths)
    if (Option.isSome(found) && found.value.pid === child.pid) return found.value
    yield* Effect.sleep(pauseMs)
  }
  child.kill("SIGKILL")
  return yield* didNotStart(paths, yield* PostgresLog.lastWords(paths))
})

/** Stops a server, also of another process: fast, then immediate, then by SIGKILL. Bounded. */
export const stop = Effect.fnUntraced(function* (paths: PostgresPaths, pid: number) {
  const found = yield* find(paths)
  if (!Option.exists(found, (server) => server.pid === pid)) return // The number may be reused.
  for (const [name, limitMs] of stopSignals) {
    signal(pid, name)
    if (yield* isGoneWithin(pid, limitMs)) return
    yield* Effect.logWarning(`Postgres (pid ${pid}) ignores ${name} since ${limitMs / 1_000} s`)
  }
  yield* endOrphans(paths)
})

/** Signals a server to stop without waiting, for a process that is exiting. */
export const stopNow = (paths: PostgresPaths, pid: number): void => {
  try {
    if (Number(readFileSync(noteIn(paths), "utf8").split("\n")[0]) === pid) signal(pid, "SIGINT")
  } catch {
    // Without its pid file the server is gone, and the pid may be another process's.
  }
}

export const didNotStart = ({ directory }: PostgresPaths, said: string): PostgresDidNotStart =>
  new PostgresDidNotStart({ directory, said })

const pauseMs = 10
const signedWithinMs = 30_000

const stopSignals = [
  ["SIGINT", 30_000], // Ends all sessions and writes a checkpoint.
  ["SIGQUIT", 10_000], // Leaves the rest to recovery at the next start.
  ["SIGKILL", 5_000]
] as const

const run = (paths: PostgresPaths, staleNote: string, options: PostgresOptions): ChildProcess => {
  rmSync(paths.startLog, { force: true })
  const output = openSync(paths.startLog, "wx", 0o600)
  const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const server = [paths.binaries.postgres, "-D", paths.data, ...flags]
  const lock = join(paths.data, "souk.lock")
  const child = spawn("/bin/sh", ["-c", lockAndStart, lock, staleNote, ...server], {
    ...Option.getOrElse(paths.user, () => ({})),
    env: environment,
    detached: true,
    stdio: ["ignore", output, output]
  })
  child.once("error", () => undefined) // Then it has no pid, which the caller checks.
  child.unref()
  closeSync(output)
  return child
}

/**
 * Postgres knows another server on its data by process id and shared memory, and sees neither in
 * another container. Two servers on one volume would ruin it, so the server and its children
 * inherit a lock that the kernel keeps for all containers, and frees when the last of them is dead.
 */
const lockAndStart = `
  if command -v flock >/dev/null; then
    exec 9>>"$0" && flock -n 9 || {
      echo "FATAL: another server has locked $0: stop it (it may run in another container)"
      exit 1
    }
  fi
  if [ -n "$1" ]; then rm -f "$1"; fi
  shift
  exec "$@"`

const isRunning = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null

/** Ends the children of a dead server: until then Postgres refuses to start a new one. */
const endOrphans = Effect.fnUntraced(function* (paths: PostgresPaths) {
  for (const name of ["SIGQUIT", "SIGKILL"] as const) {
    const orphans = yield* orphansIn(paths.data)
    for (const pid of orphans) signal(pid, name)
    for (const pid of orphans) yield* isGoneWithin(pid, 5_000)
  }
})

/** A pid file whose pid is another process's by now, or empty. Postgres removes all others. */
const findStaleNote = Effect.fnUntraced(function* (paths: PostgresPaths) {
  const [note, found] = [yield* readNote(paths), yield* find(paths)]
  const misleads = Option.isNone(found) && Option.exists(note, ({ pid }) => signal(pid, 0))
  return misleads ? noteIn(paths) : ""
})

const noteIn = (paths: PostgresPaths): string => join(paths.data, "postmaster.pid")

const readNote = (paths: PostgresPaths): Effect.Effect<Option.Option<Postmaster>> =>
  Effect.tryPromise(() => readFile(noteIn(paths), "utf8")).pipe(
    Effect.map((text) => {
      const [pid, , , port, , , , status] = text.split("\n")
      return { pid: Number(pid), port: Number(port), isReady: status?.trim() === "ready" }
    }),
    Effect.filterOrFail(({ pid, port }) => pid > 0 && port > 0),
    Effect.option
  )
