/** How a handler waits for an actor to owe nothing any more, for as long as the door has time. */
import type { ActorClient } from "@souk/actors/cluster/ActorClient"
import type { ActorUnavailable, Reply } from "@souk/actors/cluster/Protocol"
import { Effect } from "effect"
import { Drain } from "./Drain.ts"

type Reader<View> = Pick<ActorClient<never, View, never>, "read">

/**
 * Takes what an actor has just decided, and waits up to `waitMs` for it to come to rest. When the
 * closing door hurries, it tells how the actor stands then: the actor itself goes on.
 */
export const make = Effect.map(
  Drain,
  ({ hurried }) =>
    <View>(actor: Reader<View>, id: string, waitMs: number) =>
    <E, R>(
      decided: Effect.Effect<Reply<View>, E, R>
    ): Effect.Effect<Reply<View>, E | ActorUnavailable, R> =>
      Effect.flatMap(decided, (reply) => {
        if (reply.isAtRest || waitMs <= 0) return Effect.succeed(reply)
        const now = Effect.zipRight(
          hurried,
          Effect.suspend(() => actor.read(id))
        )
        const later = Effect.raceFirst(actor.read(id, waitMs), now)
        return Effect.map(later, (later) => ({ ...later, isRepeat: reply.isRepeat }))
      })
)
