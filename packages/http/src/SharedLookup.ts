/** Shared lookups: concurrent callers share one lookup per key, and its result is cached. */
import { Cache, Duration, Effect, Exit, Fiber, Option } from "effect"

export interface SharedLookup<Key, A, E> {
  /** A lookup outlives the caller that started it, because other callers may wait for it. */
  readonly get: (key: Key) => Effect.Effect<A, E>
  /**
   * Clears the cache. A lookup in progress answers the callers that wait for it but is not cached:
   * it may have read an old value.
   */
  readonly forget: Effect.Effect<void>
}

/** Failures are not cached. */
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
      // A lookup in progress stores its result in the old cache.
      forget: Effect.map(open, (cache) => {
        current = cache
      })
    }
  })
