/** Runs the actors of a category: in this process's memory, and as an entity of the cluster. */
import { type Entity, EntityId, Sharding } from "@effect/cluster"
import type { Rpc } from "@effect/rpc"
import type { AggregateTypes } from "@souk/domain/kernel/Aggregate"
import type { Decision } from "@souk/domain/kernel/Decider"
import type { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Effect, FiberSet, Layer, type Option } from "effect"
import { Journal } from "../journal/Journal.ts"
import type { ActorDefinition, Actors } from "../runtime/ActorDefinition.ts"
import { ActorHost, MailboxMax } from "../runtime/ActorHost.ts"
import * as ActorClient from "./ActorClient.ts"
import { LocalActors } from "./ActorClient.ts"
import * as Protocol from "./Protocol.ts"
import { ShardOwnership } from "./ShardOwnership.ts"

/** How often the deadlines of waiting requests and of idle actors are checked. */
const tickMs = 100

/** The host of a category's actors, known to `LocalActors`. */
const host = <A extends AggregateTypes>(
  definition: ActorDefinition<A>,
  shardOf: (id: string) => string
) =>
  Effect.gen(function* () {
    const made = new ActorHost(definition, {
      journal: yield* Journal,
      run: yield* FiberSet.makeRuntime<never>(),
      clock: yield* Effect.clock,
      ownership: yield* ShardOwnership,
      mailboxMax: yield* MailboxMax,
      shardOf
    })
    yield* Effect.sync(() => made.tick()).pipe(
      Effect.delay(tickMs),
      Effect.forever,
      Effect.forkScoped
    )
    return made
  })

/** A definition whose aggregate decides each command of an entity, and replies in its types. */
interface Decides<Rpcs extends Rpc.Any> {
  readonly aggregate: {
    readonly decider: {
      readonly decide: (
        state: never,
        command: Protocol.TypesOf<Rpcs>["Command"],
        at: Timestamp
      ) => Decision<unknown, Protocol.TypesOf<Rpcs>["Rejection"]>
    }
    readonly viewOf: (
      state: never,
      id: never,
      at: Timestamp
    ) => Option.Option<Protocol.TypesOf<Rpcs>["View"]>
  }
}

/**
 * A message of another runner comes to the entity's handlers, a call of this process to the host
 * itself; both end there, so order and idempotency are the same for both.
 */
export const layer = <Type extends string, Rpcs extends Rpc.Any, A extends AggregateTypes, R>(
  entity: Entity.Entity<Type, Rpcs>,
  build: Effect.Effect<ActorDefinition<A> & Decides<Rpcs>, never, R>
): Layer.Layer<never, never, R | Journal | Sharding.Sharding | LocalActors> =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const sharding = yield* Sharding.Sharding
      const shardOf = (id: string) => String(sharding.getShardId(EntityId.make(id), "default"))
      const made = yield* host(yield* build, shardOf)
      // True because `Decides` compares the entity's messages with the aggregate's types.
      const actors = made as unknown as Actors<Protocol.TypesOf<Rpcs>>
      const { resume } = yield* ActorClient.make(entity)
      const ownership = yield* ShardOwnership
      ownership.register(made)
      const local = yield* LocalActors
      local.add(made, resume)
      return Protocol.layer(entity, {
        handle: (id, request) => Effect.async((resume) => actors.handle(id, request, resume)),
        read: (id, waitMs) => Effect.async((resume) => actors.read(id, waitMs, resume)),
        resume: (id, metadata, waitMs) =>
          Effect.async((resume) => actors.resume(id, metadata, waitMs, resume))
      })
    })
  )
