/** Runs a room's actors: in this process's memory, and as an entity of the cluster. */
import { type Entity, EntityId, Sharding } from "@effect/cluster"
import type { Rpc } from "@effect/rpc"
import type { Intent } from "@souk/domain/kernel/Saga"
import type { Tagged } from "@souk/domain/kernel/Tagged"
import { Effect, FiberSet, Layer } from "effect"
import { Journal } from "../journal/Journal.ts"
import * as ActorClient from "./ActorClient.ts"
import { ActorHost, MailboxMax } from "./ActorHost.ts"
import { asEffect } from "./Asking.ts"
import type { Definition } from "./Definition.ts"
import { LocalActors } from "./LocalActors.ts"
import * as Protocol from "./Protocol.ts"
import { ShardOwnership } from "./ShardOwnership.ts"

/** How often waiting callers and idle actors are looked at. */
const tickMs = 100

/** The host of a room's actors, known to `LocalActors`. */
const host = <
  Type extends string,
  Rpcs extends Rpc.Any,
  State,
  Other extends Tagged,
  Event,
  I extends Intent
>(
  entity: Entity.Entity<Type, Rpcs>,
  definition: Definition<
    State,
    Protocol.CommandOf<Rpcs> | Other,
    Event,
    Protocol.RejectionOf<Rpcs>,
    Protocol.ViewOf<Rpcs>,
    I
  >
) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const local = yield* LocalActors
    const run = yield* FiberSet.makeRuntime<never>()
    const clock = yield* Effect.clock
    const ownership = yield* ShardOwnership
    const mailboxMax = yield* MailboxMax
    const sharding = yield* Sharding.Sharding
    const { resume } = yield* ActorClient.make(entity)
    const shardOf = (id: string) => String(sharding.getShardId(EntityId.make(id), "default"))
    const around = { journal, run, clock, ownership, mailboxMax, shardOf }
    const made = new ActorHost(entity.type, definition, around)
    ownership.lodge(made.residents)
    local.add(entity.type, made, resume)
    yield* Effect.sync(() => made.tick()).pipe(
      Effect.delay(tickMs),
      Effect.forever,
      Effect.forkScoped
    )
    return made
  })

/**
 * A message of another runner comes to the entity's handlers, a call of this process to the host
 * itself; both end there, so that order and idempotency do not depend on the way.
 */
export const layer = <
  Type extends string,
  Rpcs extends Rpc.Any,
  State,
  Other extends Tagged,
  Event,
  I extends Intent,
  R
>(
  entity: Entity.Entity<Type, Rpcs>,
  build: Effect.Effect<
    Definition<
      State,
      Protocol.CommandOf<Rpcs> | Other,
      Event,
      Protocol.RejectionOf<Rpcs>,
      Protocol.ViewOf<Rpcs>,
      I
    >,
    never,
    R
  >
): Layer.Layer<never, never, R | Journal | Sharding.Sharding | LocalActors> =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const actors = yield* host(entity, yield* build)
      return Protocol.layer(entity, {
        ask: (id, question) => asEffect((respond) => actors.ask(id, question, respond)),
        read: (id, waitMs) => asEffect((respond) => actors.look(id, waitMs, respond)),
        resume: (id, metadata, waitMs) =>
          asEffect((respond) => actors.resume(id, metadata, waitMs, respond))
      })
    })
  )
