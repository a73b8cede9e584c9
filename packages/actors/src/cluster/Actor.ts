/** Brings a room's actors to life: in this process's memory, and under their cluster address. */
import { EntityId, Sharding } from "@effect/cluster"
import type { Intent } from "@souk/domain/kernel/Saga"
import { Effect, FiberSet, Layer } from "effect"
import { Journal } from "../journal/Journal.ts"
import { ActorHost, MailboxMax } from "./ActorHost.ts"
import type { Definition } from "./Definition.ts"
import { LocalActors } from "./LocalActors.ts"
import { ShardOwnership } from "./ShardOwnership.ts"
import { Post } from "./Post.ts"
import type { Protocol } from "./Protocol.ts"
import { desk } from "./RemoteActors.ts"

/** How often waiting callers and idle actors are looked at. */
const tickMs = 100

export const layer = <State, Command, Event, Rejection, View, I extends Intent, R>(
  protocol: Protocol<Command, View, Rejection>,
  build: Effect.Effect<Definition<State, Command, Event, Rejection, View, I>, never, R>
): Layer.Layer<never, never, R | Journal | Sharding.Sharding | LocalActors> =>
  Layer.scopedDiscard(
    Effect.gen(function* () {
      const definition = yield* build
      const journal = yield* Journal
      const local = yield* LocalActors
      const run = yield* FiberSet.makeRuntime<never>()
      const clock = yield* Effect.clock
      const ownership = yield* ShardOwnership
      const mailboxMax = yield* MailboxMax
      const sharding = yield* Sharding.Sharding
      const shardOf = (id: string) => String(sharding.getShardId(EntityId.make(id), "default"))
      const host = new ActorHost(protocol.name, definition, {
        journal,
        run,
        clock,
        ownership,
        mailboxMax,
        shardOf
      })
      ownership.lodge(host.residents)
      local.add(protocol.name, host)
      yield* Effect.sync(() => host.tick()).pipe(
        Effect.delay(tickMs),
        Effect.forever,
        Effect.forkScoped
      )
      const post = yield* Post
      yield* Effect.acquireRelease(
        Effect.sync(() => post.open(protocol.name, desk(protocol, host))),
        (opened) => Effect.sync(() => opened.close())
      )
    })
  )
