/** How anyone talks to an actor, wherever in the cluster it lives. */
import { EntityId, Sharding } from "@effect/cluster"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Cause, Clock, Effect, Either, Exit, Fiber, Runtime, Schedule } from "effect"
import type { Question, Respond } from "./Asking.ts"
import { LocalActors } from "./LocalActors.ts"
import { ActorUnavailable, type Messages, type Protocol, type Reply } from "./Protocol.ts"

/** How often an actor that is moving is asked again, and for how long altogether. */
const retryMs = 100
const retryMsMax = 10_000

/**
 * How long another process may let us wait in one message. A longer wait is made of several, so
 * that it does not hang on a process that has died.
 */
const sliceMs = 2_000

/** Beyond the time the actor was asked to wait, how long its answer may be under way. */
const graceMs = 3_000

/** After this a message nobody could deliver is given up; the cluster itself would never do so. */
const abandonMs = 60_000

export interface ActorClient<Command, View, Rejection> {
  /**
   * Decides `command`, if `expected` is left out or names the version the actor is at; waits up to
   * `waitMs` for the actor to owe nothing any more.
   */
  readonly handle: (
    id: string,
    command: Command,
    metadata: Metadata,
    waitMs?: number,
    expected?: ReadonlyArray<number>
  ) => Effect.Effect<Reply<View>, Rejection | ActorUnavailable>
  /** `handle` for other actors: without a fiber when both live in this process. */
  readonly ask: (
    id: string,
    question: Question<Command>,
    respond: Respond<Reply<View>, Rejection | ActorUnavailable>
  ) => void
  /** What the actor is now, after waiting up to `waitMs` for it to owe nothing any more. */
  readonly read: (id: string, waitMs?: number) => Effect.Effect<Reply<View>, ActorUnavailable>
}

/** Asking again does no harm: a command that was decided is known by its id. */
export const make = <Command, View, Rejection>(
  protocol: Protocol<Command, View, Rejection>
): Effect.Effect<ActorClient<Command, View, Rejection>, never, Sharding.Sharding | LocalActors> =>
  Effect.gen(function* () {
    const sharding = yield* Sharding.Sharding
    const local = yield* LocalActors
    const at = yield* protocol.remote
    const host = (id: string) => {
      const found = local.find<Command, View, Rejection>(protocol.name)
      if (found === undefined) return undefined
      const shard = sharding.getShardId(EntityId.make(id), "default")
      return sharding.hasShardId(shard) ? found : undefined
    }
    const runFork = Runtime.runFork(yield* Effect.runtime<never>())
    const client: ActorClient<Command, View, Rejection> = {
      handle: (id, command, metadata, waitMs = 0, expected) =>
        untilSettled(() => {
          const here = host(id)
          if (here !== undefined) return here.handle(id, command, metadata, waitMs, expected)
          const { Handle, Read } = at(id)
          const asked = { command, metadata, waitMs: Math.min(waitMs, sliceMs) }
          const first = Handle(expected === undefined ? asked : { ...asked, expected })
          return waiting(`${protocol.name}-${id}`, first, Read, waitMs)
        }),
      ask: (id, question, respond) => {
        const elsewhere = () => {
          const { command, expected, metadata, waitMs } = question
          const answer = Effect.either(client.handle(id, command, metadata, waitMs, expected))
          runFork(Effect.map(answer, respond))
        }
        const here = host(id)
        if (here === undefined) return elsewhere()
        here.ask(id, question, (answer) => {
          if (Either.isLeft(answer) && isMoving(answer.left)) elsewhere()
          else respond(answer)
        })
      },
      read: (id, waitMs = 0) =>
        untilSettled(() => {
          const here = host(id)
          if (here !== undefined) return here.read(id, waitMs)
          const { Read } = at(id)
          const first = Read({ waitMs: Math.min(waitMs, sliceMs) })
          return waiting(`${protocol.name}-${id}`, first, Read, waitMs)
        })
    }
    return client
  })

const isMoving = (error: unknown): boolean =>
  error instanceof ActorUnavailable && error.reason === "moving"

/** Asks again for as long as the actor is under way from one process to another. */
const untilSettled = <A, E>(ask: () => Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.catchIf(Effect.suspend(ask), isMoving, () =>
    Effect.retry(Effect.delay(Effect.suspend(ask), retryMs), {
      while: isMoving,
      schedule: Schedule.upTo(Schedule.forever, retryMsMax)
    })
  )

/** Asks `first`, and then, if there is still something to wait for, only how it stands. */
const waiting = <View, E>(
  actor: string,
  first: Effect.Effect<Reply<View>, E>,
  read: Messages<never, View, never>["Read"],
  waitMs: number
): Effect.Effect<Reply<View>, E | ActorUnavailable> =>
  Effect.gen(function* () {
    const endMs = (yield* Clock.currentTimeMillis) + waitMs
    let reply = yield* remotely(actor, first)
    while (!reply.isAtRest) {
      const leftMs = endMs - (yield* Clock.currentTimeMillis)
      if (leftMs <= 0) break
      const next = yield* remotely(actor, read({ waitMs: Math.min(leftMs, sliceMs) }))
      reply = { ...next, isRepeat: reply.isRepeat }
    }
    return reply
  })

/**
 * In a fiber of its own, so that a caller that gives up only stops waiting: interrupting the call
 * itself could interrupt the actor, or everybody who waits for the same activation. When it is the
 * actor's process that interrupts the call, the actor is leaving that process.
 */
const remotely = <A, E>(
  actor: string,
  call: Effect.Effect<A, E>
): Effect.Effect<A, E | ActorUnavailable> => {
  const moving = (detail: string) => new ActorUnavailable({ actor, reason: "moving", detail })
  const bounded = Effect.timeoutFail(call, {
    duration: abandonMs,
    onTimeout: () => moving("nobody answers")
  })
  return Effect.flatMap(Effect.forkDaemon(bounded), (fiber) =>
    Fiber.await(fiber).pipe(
      Effect.timeoutFail({
        duration: sliceMs + graceMs,
        onTimeout: () => moving("no answer in time")
      }),
      Effect.flatMap((exit) =>
        Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)
          ? Effect.fail(moving("its process is leaving"))
          : exit
      )
    )
  )
}
