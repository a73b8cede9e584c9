/** How a handler waits for an actor to owe nothing any more, for as long as the door has time. */
import type { ActorUnavailable, Reply } from "@souk/actors/runtime/ActorDefinition"
import { Effect, Fiber, Runtime } from "effect"
import { Drain } from "./Drain.ts"

interface Reader<View> {
  readonly read: (id: string, waitMs?: number) => Effect.Effect<Reply<View>, ActorUnavailable>
}

/**
 * Takes what an actor has just decided, and waits up to `waitMs` for it to come to rest. When the
 * closing door hurries, it tells how the actor stands then: the actor itself goes on.
 */
export const make = Effect.gen(function* () {
  const { onHurry } = yield* Drain
  const runFork = Runtime.runFork(yield* Effect.runtime<never>())

  /** A race of two effects would take two fibers, and most are never hurried. */
  const rest = <View>(actor: Reader<View>, id: string, waitMs: number) =>
    Effect.async<Reply<View>, ActorUnavailable>((resume) => {
      const waiting = runFork(actor.read(id, waitMs))
      const leave = onHurry(() => {
        resume(Effect.zipRight(Fiber.interruptFork(waiting), actor.read(id)))
      })
      waiting.addObserver((exit) => {
        leave()
        resume(exit)
      })
      return Effect.zipRight(Effect.sync(leave), Fiber.interrupt(waiting))
    })

  return <View>(actor: Reader<View>, id: string, waitMs: number) =>
    <E, R>(
      decided: Effect.Effect<Reply<View>, E, R>
    ): Effect.Effect<Reply<View>, E | ActorUnavailable, R> =>
      Effect.flatMap(decided, (reply) =>
        reply.isSettled || waitMs <= 0
          ? Effect.succeed(reply)
          : Effect.map(rest(actor, id, waitMs), (later) => ({ ...later, isRepeat: reply.isRepeat }))
      )
})
