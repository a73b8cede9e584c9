/** Processes of this machine, for a database server that may have been killed. */
import { Effect, Option } from "effect"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { readdir, readFile, readlink } from "node:fs/promises"
import { promisify } from "node:util"

/** Whether it runs. A zombie does not run. */
export const isAlive = (pid: number): Effect.Effect<boolean> =>
  Effect.map(
    statusOf(pid),
    Option.match({
      onNone: () => signal(pid, 0), // No such process, or a system without /proc.
      onSome: (status) => !status.isDead
    })
  )

/** Whether this is its working directory, as a Postgres server works in its data directory. */
export const worksIn = (pid: number, directory: string): Effect.Effect<boolean> =>
  existsSync("/proc/self")
    ? Effect.map(
        attempt(() => readlink(`/proc/${pid}/cwd`)),
        Option.contains(directory)
      )
    : Effect.map(
        attempt(() => commandOf(pid)),
        Option.exists((line) => line.includes(directory))
      )

/**
 * The children that a killed server has left in its data directory; they may take a moment to end.
 * A server that is just starting is not among them.
 */
export const orphansIn = Effect.fnUntraced(function* (directory: string) {
  const names = yield* attempt(() => readdir("/proc"))
  const pids = Option.getOrElse(names, () => [])
    .map(Number)
    .filter(Number.isInteger)
  const instances = yield* Effect.filter(pids, (pid) => worksIn(pid, directory))
  return yield* Effect.filter(
    instances,
    Effect.fnUntraced(function* (pid) {
      const title = yield* attempt(() => readFile(`/proc/${pid}/cmdline`, "utf8"))
      const status = yield* statusOf(pid)
      const isChild = Option.exists(title, (title) => title.startsWith("postgres:"))
      return isChild && Option.exists(status, ({ parent }) => !instances.includes(parent))
    })
  )
})

/** Sends the signal, and returns whether the process exists. */
export const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/** Waits until it has ended, and returns whether it did in time. Bounded, so fit for finalizers. */
export const isGoneWithin = Effect.fnUntraced(function* (pid: number, limitMs: number) {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += pauseMs) {
    if (!(yield* isAlive(pid))) return true
    yield* Effect.sleep(pauseMs)
  }
  return !(yield* isAlive(pid))
})

const pauseMs = 20

const attempt = <A>(read: () => Promise<A>) => Effect.option(Effect.tryPromise(read))

const commandOf = async (pid: number): Promise<string> =>
  (await promisify(execFile)("ps", ["-ww", "-o", "command=", "-p", String(pid)])).stdout

// "4711 (a (strange) name) S 1 …": a name may hold anything, so count from its last bracket.
const statusOf = (pid: number) =>
  Effect.map(
    attempt(() => readFile(`/proc/${pid}/stat`, "utf8")),
    Option.map((line) => {
      const [state, parent] = line.slice(line.lastIndexOf(")") + 2).split(" ")
      return { isDead: state === "Z" || state === "X", parent: Number(parent) }
    })
  )
