/** Lookups that callers share: one a key at a time, whose answer is then good for a while. */
import { Cache, Duration, Effect, Exit, Fiber, Option } from "effect"

export interface SharedLookup<Key, A, E> {
  /** The answer. A lookup outlives the caller that started it: the others wait for it as well. */
  readonly get: (key: Key) => Effect.Effect<A, E>
  /**
   * From now on everything is looked up again. A lookup under way answers those who wait for it,
   * and not later: it may have read what has changed since.
   */
  readonly forget: Effect.Effect<void>
}

/** Failures are told to those who wait, and not remembered. */
export const make = <Key, A, E>(options: {
  readonly capacity: number
  readonly timeToLive: Duration.DurationInput
  readonly lookup: (key: Key) => Effect.Effect<A, E>
}): Effect.Effect<SharedLookup<Key, A, E>> =>
  Effect.gen(function* () {
    const open = Cache.makeWith({
      capacity: options.capacity,
      lookup: options.lookup,
      timeToLive: Exit.match({
        onFailure: () => Duration.zero,
        onSuccess: () => Duration.decode(options.timeToLive)
      })
    })
    let current = yield* open
    return {
      get: (key) =>
        Effect.suspend(() => {
          const cache = current
          return Effect.flatMap(
            cache.getOptionComplete(key),
            Option.match({
              onSome: Effect.succeed,
              onNone: () =>
                Effect.flatMap(Effect.forkDaemon(Effect.interruptible(cache.get(key))), Fiber.join)
            })
          )
        }),
      // A lookup under way keeps its answer in the cache that it belongs to.
      forget: Effect.map(open, (cache) => {
        current = cache
      })
    }
  })
