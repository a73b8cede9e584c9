/**
 * A thread that does nothing but hash passwords, one after another, and gives way to everything
 * else: where there are fewer cores than work, logins wait for orders and not the other way round.
 */
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import { Worker } from "node:worker_threads"
import { Deferred, Effect, FiberId, Schema, type Scope } from "effect"

/** Nineteen would give hashing next to nothing while orders come; this is a thirtieth of a core. */
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
 * What the thread runs. As text, because a thread begins with text or with JavaScript in a file,
 * and tests run what is neither. On Linux a thread has a priority of its own; elsewhere that of the
 * whole process would be changed, so there it stays as it is.
 */
const program = `
  import { setPriority } from "node:os"
  import { parentPort, workerData } from "node:worker_threads"
  const { library, niceness } = workerData
  const { default: argon2 } = await import(library)
  if (process.platform === "linux") setPriority(0, niceness)
  const told = ({ known, options, password }) =>
    known === undefined ? argon2.hashSync(password, options) : argon2.verifySync(known, password)
  parentPort.on("message", ({ id, ...task }) => {
    try {
      parentPort.postMessage({ id, told: told(task) })
    } catch (error) {
      parentPort.postMessage({ id, flaw: String(error) })
    }
  })`

const Reply = Schema.Struct({
  id: Schema.Int,
  told: Schema.optional(Schema.Union(Schema.String, Schema.Boolean)),
  fieldError: Schema.optional(Schema.String)
})

const decode = Schema.decodeUnknownSync(Reply)

const start = (): Worker => {
  const library = pathToFileURL(createRequire(import.meta.url).resolve("@node-rs/argon2")).href
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`)
  const worker = new Worker(url, { workerData: { library, niceness }, execArgv: [], env: {} })
  worker.unref()
  return worker
}

/** The thread, for as long as the scope lasts; one that has ended is followed by another. */
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
    let fieldError: unknown = "the thread that hashes has ended"
    launched.on("message", (message) => {
      const { fieldError: why, id, told } = decode(message)
      settle(id, told === undefined ? Effect.die(why) : Effect.succeed(told))
    })
    launched.on("error", (error) => {
      fieldError = error
    })
    launched.once("exit", () => {
      if (worker === launched) worker = undefined
      for (const id of open.keys()) settle(id, Effect.die(fieldError))
    })
    return launched
  }

  yield* Effect.addFinalizer(() => Effect.promise(async () => worker?.terminate()))

  // A hash cannot be called off, so whoever asked for it keeps their turn until it is made: the
  // thread would otherwise be given the next one for everybody who hangs up.
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
    verify: (known, password) => Effect.map(run({ password, known }), (told) => told === true)
  }
})
