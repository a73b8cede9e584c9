/** How anyone talks to an actor, wherever in the cluster it lives. */
import { EntityId, Sharding } from "@effect/cluster"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, Either, Runtime, Schedule } from "effect"
import { asEffect, type Question, type Respond } from "./Asking.ts"
import { LocalActors } from "./LocalActors.ts"
import { Post } from "./Post.ts"
import { ActorUnavailable, type Protocol, type Reply } from "./Protocol.ts"
import { RemoteActors } from "./RemoteActors.ts"

/** How often an actor that is moving is asked again, and for how long altogether. */
const retryMs = 100
const retryMsMax = 10_000

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
  /** `handle` for other actors: without a fiber, as long as the actor is not moving. */
  readonly ask: (
    id: string,
    question: Question<Command>,
    respond: Respond<Reply<View>, Rejection | ActorUnavailable>
  ) => void
  /** `ask` without patience: an actor that is moving is not waited for. */
  readonly askOnce: ActorClient<Command, View, Rejection>["ask"]
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
    const clock = yield* Effect.clock
    const elsewhere = new RemoteActors(protocol, yield* Post, () => clock.unsafeCurrentTimeMillis())
    const at = (id: string) => {
      const here = local.find<Command, View, Rejection>(protocol.name)
      const shard = sharding.getShardId(EntityId.make(id), "default")
      return here !== undefined && sharding.hasShardId(shard) ? here : elsewhere
    }
    const runFork = Runtime.runFork(yield* Effect.runtime<never>())
    const asking = (id: string, question: Question<Command>) =>
      asEffect<Reply<View>, Rejection | ActorUnavailable>((respond) =>
        at(id).ask(id, question, respond)
      )
    return {
      handle: (id, command, metadata, waitMs = 0, expected) =>
        untilSettled(asking(id, { command, metadata, waitMs, isFirst: false, expected })),
      ask: (id, question, respond) =>
        at(id).ask(id, question, (answer) => {
          if (Either.isRight(answer) || !isMoving(answer.left)) return respond(answer)
          const again = settling(asking(id, { ...question, isFirst: false }))
          runFork(Effect.map(Effect.either(again), respond))
        }),
      askOnce: (id, question, respond) => at(id).ask(id, question, respond),
      read: (id, waitMs = 0) =>
        untilSettled(asEffect((respond) => at(id).look(id, waitMs, respond)))
    }
  })

const isMoving = (error: unknown): boolean =>
  error instanceof ActorUnavailable && error.reason === "moving"

/** Asks again for as long as the actor is under way from one process to another. */
const untilSettled = <A, E>(ask: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.catchIf(ask, isMoving, () => settling(ask))

const settling = <A, E>(ask: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.retry(Effect.delay(ask, retryMs), {
    while: isMoving,
    schedule: Schedule.upTo(Schedule.forever, retryMsMax)
  })
