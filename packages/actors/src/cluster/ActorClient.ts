/** How anyone talks to an actor, wherever in the cluster it lives. */
import { type Entity, EntityId, Sharding } from "@effect/cluster"
import type { Rpc } from "@effect/rpc"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, Either, Runtime } from "effect"
import { asEffect, type Asking, type Question, type Respond } from "./Asking.ts"
import { LocalActors } from "./LocalActors.ts"
import {
  ActorUnavailable,
  client,
  type CommandOf,
  type RejectionOf,
  type Reply,
  type ViewOf
} from "./Protocol.ts"
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
  /** `handle` for other actors: without a fiber, as long as the actor lives in this process. */
  readonly ask: (
    id: string,
    question: Question<Command>,
    respond: Respond<Reply<View>, Rejection | ActorUnavailable>
  ) => void
  /** `ask` without patience: an actor that is moving is not waited for. */
  readonly askOnce: ActorClient<Command, View, Rejection>["ask"]
  /** What the actor is now, after waiting up to `waitMs` for it to owe nothing any more. */
  readonly read: (id: string, waitMs?: number) => Effect.Effect<Reply<View>, ActorUnavailable>
  /** Makes the actor perform again what it still owes, and waits for that up to `waitMs`. */
  readonly resume: (
    id: string,
    metadata: Metadata,
    waitMs?: number
  ) => Effect.Effect<Reply<View>, Rejection | ActorUnavailable>
}

/** The client of this entity. */
export type Of<E> =
  E extends Entity.Entity<infer _Type, infer Rpcs>
    ? ActorClient<CommandOf<Rpcs>, ViewOf<Rpcs>, RejectionOf<Rpcs>>
    : never

/**
 * The client of an entity. An actor that lives in this process is called directly; the others are
 * sent a message. Asking again does no harm: a command that was decided is known by its id.
 */
export const make = <Type extends string, Rpcs extends Rpc.Any>(
  entity: Entity.Entity<Type, Rpcs>
): Effect.Effect<
  ActorClient<CommandOf<Rpcs>, ViewOf<Rpcs>, RejectionOf<Rpcs>>,
  never,
  Sharding.Sharding | LocalActors
> =>
  Effect.gen(function* () {
    type View = ViewOf<Rpcs>
    type Rejection = RejectionOf<Rpcs>
    const sharding = yield* Sharding.Sharding
    const local = yield* LocalActors
    const elsewhere = new RemoteActors(entity.type, yield* client(entity), local.calls)
    const at = (id: string) => {
      const here = local.find<CommandOf<Rpcs>, View, Rejection>(entity.type)
      const shard = sharding.getShardId(EntityId.make(id), "default")
      return here !== undefined && sharding.hasShardId(shard) ? here : elsewhere
    }
    const runFork = Runtime.runFork(yield* Effect.runtime<never>())
    const settled = <A, E>(asking: Asking<A, E>) => untilSettled(local.calls.nowMs, asking)
    return {
      handle: (id, command, metadata, waitMs = 0, expected) => {
        const question = { command, metadata, waitMs, isFirst: false, expected }
        return settled((respond) => at(id).ask(id, question, respond))
      },
      ask: (id, question, respond) => {
        const startMs = local.calls.nowMs()
        at(id).ask(id, question, (answer) => {
          if (Either.isRight(answer) || !isMoving(answer.left)) return respond(answer)
          const ask: Asking<Reply<View>, Rejection | ActorUnavailable> = (tell) =>
            at(id).ask(id, { ...question, isFirst: false }, tell)
          const again = askAgain(local.calls.nowMs, startMs, ask)
          runFork(Effect.map(Effect.either(again), respond))
        })
      },
      askOnce: (id, question, respond) => at(id).ask(id, question, respond),
      read: (id, waitMs = 0) => settled((respond) => at(id).look(id, waitMs, respond)),
      resume: (id, metadata, waitMs = 0) =>
        settled((respond) => at(id).resume(id, metadata, waitMs, respond))
    }
  })

const isMoving = (error: unknown): boolean =>
  error instanceof ActorUnavailable && error.reason === "moving"

/** Asks again for as long as the actor is under way from one process to another. */
const untilSettled = <A, E>(nowMs: () => number, asking: Asking<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const startMs = nowMs()
    return Effect.catchIf(asEffect(asking), isMoving, () => askAgain(nowMs, startMs, asking))
  })

const askAgain = <A, E>(
  nowMs: () => number,
  startMs: number,
  asking: Asking<A, E>
): Effect.Effect<A, E> =>
  Effect.retry(Effect.delay(asEffect(asking), retryMs), {
    while: (error) => isMoving(error) && nowMs() - startMs < retryMsMax
  })
