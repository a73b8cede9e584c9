/** How anyone talks to an actor, wherever in the cluster it lives. */
import { EntityId, Sharding } from "@effect/cluster"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, Fiber } from "effect"
import { LocalActors } from "./LocalActors.ts"
import { ActorUnavailable, type Protocol, type Reply } from "./Protocol.ts"

/** Beyond the time the actor was asked to wait, how long its answer may be under way. */
const graceMs = 10_000

/** After this a message nobody could deliver is given up; the cluster itself would never do so. */
const abandonMs = 60_000

export interface ActorClient<Command, View, Rejection> {
  /** Decides `command`; waits up to `waitMs` for the actor to owe nothing any more. */
  readonly handle: (
    id: string,
    command: Command,
    metadata: Metadata,
    waitMs?: number
  ) => Effect.Effect<Reply<View>, Rejection | ActorUnavailable>
  /** What the actor is now, after waiting up to `waitMs` for it to owe nothing any more. */
  readonly read: (id: string, waitMs?: number) => Effect.Effect<Reply<View>, ActorUnavailable>
}

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
    return {
      handle: (id, command, metadata, waitMs = 0) =>
        Effect.suspend(
          () =>
            host(id)?.handle(id, command, metadata, waitMs) ??
            remotely(`${protocol.name}-${id}`, waitMs, at(id).Handle({ command, metadata, waitMs }))
        ),
      read: (id, waitMs = 0) =>
        Effect.suspend(
          () =>
            host(id)?.read(id, waitMs) ??
            remotely(`${protocol.name}-${id}`, waitMs, at(id).Read({ waitMs }))
        )
    }
  })

/**
 * In a fiber of its own, so that a caller that gives up only stops waiting: interrupting the call
 * itself could interrupt the actor, or everybody who waits for the same activation.
 */
const remotely = <A, E>(
  actor: string,
  waitMs: number,
  call: Effect.Effect<A, E>
): Effect.Effect<A, E | ActorUnavailable> => {
  const unreachable = (detail: string) => () =>
    new ActorUnavailable({ actor, reason: "unreachable", detail })
  const bounded = Effect.timeoutFail(call, {
    duration: abandonMs,
    onTimeout: unreachable("nobody answers")
  })
  return Effect.flatMap(Effect.forkDaemon(bounded), (fiber) =>
    Effect.timeoutFail(Fiber.join(fiber), {
      duration: waitMs + graceMs,
      onTimeout: unreachable("no answer in time")
    })
  )
}
