/** The actors of one category in other processes, reached through their cluster entity. */
import { ClusterError } from "@effect/cluster"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { streamId } from "@souk/domain/kernel/Aggregate"
import {
  Cause,
  Effect,
  Either,
  Exit,
  Option,
  type Fiber,
  FiberId,
  Runtime,
  type Scope
} from "effect"
import {
  type ActorRequest,
  type ActorTypes,
  type Actors,
  ActorUnavailable,
  type Reply,
  type Respond
} from "../runtime/ActorDefinition.ts"
import type { Messages, Undelivered } from "./Protocol.ts"

/**
 * How long one message may wait at its actor. A longer wait is split into several messages, so that
 * it survives the death of a process.
 */
const sliceMs = 2_000

/** Beyond the time a message may wait at its actor, how long its reply may take. */
const graceMs = 3_000

type Exits<A, E> = Exit.Exit<A, E | Undelivered> | "expired" | "overloaded"

export class RemoteActors<T extends ActorTypes> implements Actors<T> {
  readonly #category: string
  readonly #entity: Messages<T, Undelivered>
  readonly #calls: RemoteCalls

  constructor(category: string, entity: Messages<T, Undelivered>, calls: RemoteCalls) {
    this.#category = category
    this.#entity = entity
    this.#calls = calls
  }

  handle(
    id: string,
    request: ActorRequest<T["Command"]>,
    respond: Respond<Reply<T["View"]>, T["Rejection"] | ActorUnavailable>
  ): void {
    const send = (waitMs: number) => this.#entity.handle(id, { ...request, waitMs })
    this.#send(id, request.waitMs, send, respond)
  }

  read(id: string, waitMs: number, respond: Respond<Reply<T["View"]>, ActorUnavailable>): void {
    this.#send(id, waitMs, (slice) => this.#entity.read(id, slice), respond)
  }

  resume(
    id: string,
    metadata: Metadata,
    waitMs: number,
    respond: Respond<Reply<T["View"]>, T["Rejection"] | ActorUnavailable>
  ): void {
    this.#send(id, waitMs, (slice) => this.#entity.resume(id, metadata, slice), respond)
  }

  /** Sends one message, and then, if there is still something to wait for, only reads. */
  #send<E>(
    id: string,
    waitMs: number,
    message: (
      waitMs: number
    ) => Effect.Effect<Reply<T["View"]>, E | ActorUnavailable | Undelivered>,
    respond: Respond<Reply<T["View"]>, E | ActorUnavailable>
  ): void {
    const endMs = this.#calls.nowMs() + waitMs
    const slice = Math.min(waitMs, sliceMs)
    this.#calls.start(message(slice), slice + graceMs, (exit) => {
      const answer = this.#answer(id, exit)
      if (Either.isLeft(answer)) return respond(answer)
      const leftMs = endMs - this.#calls.nowMs()
      if (answer.right.isSettled || leftMs <= 0) return respond(answer)
      const { isRepeat } = answer.right
      this.read(id, leftMs, (later) =>
        respond(Either.map(later, (reply) => ({ ...reply, isRepeat })))
      )
    })
  }

  #answer<E>(
    id: string,
    exit: Exits<Reply<T["View"]>, E | ActorUnavailable>
  ): Either.Either<Reply<T["View"]>, E | ActorUnavailable> {
    const unavailable = (reason: ActorUnavailable["reason"], detail: string) =>
      Either.left(new ActorUnavailable({ actor: streamId(this.#category, id), reason, detail }))
    if (exit === "expired") return unavailable("not_owner", "no answer in time")
    if (exit === "overloaded") return unavailable("overloaded", "too many calls have no answer")
    if (Exit.isSuccess(exit)) return Either.right(exit.value)
    const failure = Cause.failureOption(exit.cause)
    if (Option.isSome(failure)) {
      if (!isUndelivered(failure.value)) return Either.left(failure.value)
      const isFull = ClusterError.MailboxFull.is(failure.value)
      // Otherwise a message that was sent again while its first copy is at work.
      return unavailable(isFull ? "overloaded" : "not_owner", failure.value._tag)
    }
    if (Cause.isInterruptedOnly(exit.cause))
      return unavailable("not_owner", "its entity is closing")
    return unavailable("unreachable", Cause.pretty(exit.cause))
  }
}

const isUndelivered = (error: unknown): error is Undelivered =>
  ClusterError.MailboxFull.is(error) ||
  ClusterError.AlreadyProcessingMessage.is(error) ||
  error instanceof ClusterError.PersistenceError

/** How often calls are checked against their deadlines. */
const tickMs = 100

/** How many calls may be open; more are refused. */
const openMax = 65_536

interface Open {
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly deadlineMs: number
  readonly expire: () => void
}

/**
 * Calls to actors of other processes, each with a deadline. The library sends a message again until
 * its entity is found, without a limit; a time-out for each call would cost two more fibers.
 */
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
