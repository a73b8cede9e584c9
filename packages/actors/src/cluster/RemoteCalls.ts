/**
 * Calls to actors that live elsewhere, each with a deadline. The library sends a message again and
 * again until its entity is found, for ever; a time-out for each call would cost two more fibers.
 */
import { Effect, type Exit, type Fiber, FiberId, Runtime, type Scope } from "effect"

/** How often calls are checked against their deadlines. */
const tickMs = 100

/** How many calls may be open; more are refused. */
const openMax = 65_536

interface Open {
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly deadlineMs: number
  readonly expire: () => void
}

export class RemoteCalls {
  readonly nowMs: () => number
  readonly #fork: <A, E>(call: Effect.Effect<A, E>) => Fiber.RuntimeFiber<A, E>
  readonly #open = new Set<Open>()

  private constructor(
    nowMs: () => number,
    fork: <A, E>(call: Effect.Effect<A, E>) => Fiber.RuntimeFiber<A, E>
  ) {
    this.nowMs = nowMs
    this.#fork = fork
  }

  static readonly make: Effect.Effect<RemoteCalls, never, Scope.Scope> = Effect.gen(function* () {
    const clock = yield* Effect.clock
    const fork = Runtime.runFork(yield* Effect.runtime<never>())
    const calls = yield* Effect.acquireRelease(
      Effect.sync(() => new RemoteCalls(() => clock.unsafeCurrentTimeMillis(), fork)),
      (open) => Effect.sync(() => open.#expire(Number.POSITIVE_INFINITY))
    )
    yield* Effect.sync(() => calls.#expire(calls.nowMs())).pipe(
      Effect.delay(tickMs),
      Effect.forever,
      Effect.forkScoped
    )
    return calls
  })

  /** Calls `respond` once: with the exit, or why there is none. */
  start<A, E>(
    call: Effect.Effect<A, E>,
    timeoutMs: number,
    respond: (exit: Exit.Exit<A, E> | "expired" | "overloaded") => void
  ): void {
    if (this.#open.size >= openMax) return respond("overloaded")
    const fiber = this.#fork(call)
    const deadlineMs = this.nowMs() + timeoutMs
    const open: Open = { fiber, deadlineMs, expire: () => respond("expired") }
    this.#open.add(open)
    fiber.addObserver((exit) => {
      if (this.#open.delete(open)) respond(exit)
    })
  }

  #expire(nowMs: number): void {
    for (const open of this.#open) {
      if (open.deadlineMs > nowMs) continue
      this.#open.delete(open)
      open.fiber.unsafeInterruptAsFork(FiberId.none)
      open.expire()
    }
  }
}
