/**
 * A thread that hashes passwords one after another at low priority, so that logins do not slow down
 * orders on a busy machine.
 */
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import { Worker } from "node:worker_threads"
import { Deferred, Effect, FiberId, Schema, type Scope } from "effect"

/** Leaves a thirtieth of a busy core for hashing; 19 would leave next to nothing. */
const niceness = 15

export interface HashOptions {
  readonly algorithm: number
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

type Task =
  | { readonly password: string; readonly options: HashOptions }
  | { readonly password: string; readonly known: string }

export interface HashThread {
  readonly hash: (password: string, options: HashOptions) => Effect.Effect<string>
  /** Whether the password belongs to the PHC string `known`. */
  readonly verify: (known: string, password: string) => Effect.Effect<boolean>
}

/**
 * The program of the thread. It is text because a worker needs JavaScript, and tests run
 * TypeScript. The priority is set on Linux only: elsewhere it would apply to the whole process.
 */
const program = `
  import { setPriority } from "node:os"
  import { parentPort, workerData } from "node:worker_threads"
  const { library, niceness } = workerData
  const { default: argon2 } = await import(library)
  if (process.platform === "linux") setPriority(0, niceness)
  const run = ({ known, options, password }) =>
    known === undefined ? argon2.hashSync(password, options) : argon2.verifySync(known, password)
  parentPort.on("message", ({ id, ...task }) => {
    try {
      parentPort.postMessage({ id, result: run(task) })
    } catch (error) {
      parentPort.postMessage({ id, error: String(error) })
    }
  })`

const Reply = Schema.Struct({
  id: Schema.Int,
  result: Schema.optional(Schema.Union(Schema.String, Schema.Boolean)),
  error: Schema.optional(Schema.String)
})

const decode = Schema.decodeUnknownSync(Reply)

const start = (): Worker => {
  const library = pathToFileURL(createRequire(import.meta.url).resolve("@node-rs/argon2")).href
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`)
  const worker = new Worker(url, { workerData: { library, niceness }, execArgv: [], env: {} })
  worker.unref()
  return worker
}

/** The thread, until the scope ends. If it ends earlier, the next task starts another one. */
export const make: Effect.Effect<HashThread, never, Scope.Scope> = Effect.gen(function* () {
  const open = new Map<number, Deferred.Deferred<string | boolean>>()
  let worker: Worker | undefined
  let lastId = 0

  const settle = (id: number, outcome: Effect.Effect<string | boolean>): void => {
    const waiting = open.get(id)
    open.delete(id)
    if (waiting !== undefined) Deferred.unsafeDone(waiting, outcome)
  }

  const launch = (): Worker => {
    const launched = start()
    let cause: unknown = "the hashing thread ended"
    launched.on("message", (message) => {
      const { error, id, result } = decode(message)
      settle(id, result === undefined ? Effect.die(error) : Effect.succeed(result))
    })
    launched.on("error", (error) => {
      cause = error
    })
    launched.once("exit", () => {
      if (worker === launched) worker = undefined
      for (const id of open.keys()) settle(id, Effect.die(cause))
    })
    return launched
  }

  yield* Effect.addFinalizer(() => Effect.promise(async () => worker?.terminate()))

  // The thread cannot interrupt a hash, so a request waits for it even if its client disconnects:
  // otherwise disconnecting clients could queue hashes beyond the limit.
  const run = (task: Task) =>
    Effect.suspend(() => {
      const id = ++lastId
      const waiting = Deferred.unsafeMake<string | boolean>(FiberId.none)
      open.set(id, waiting)
      worker ??= launch()
      worker.postMessage({ id, ...task })
      return Deferred.await(waiting)
    }).pipe(Effect.uninterruptible)

  return {
    hash: (password, options) => Effect.map(run({ password, options }), String),
    verify: (known, password) => Effect.map(run({ password, known }), (result) => result === true)
  }
})
