/** Cache of API keys, so that a key is looked up once in some seconds, not for every request. */
import { ApiKeys, type ShownKey } from "@souk/actors/auth/ApiKeys"
import { CredentialChanges } from "@souk/actors/auth/CredentialChanges"
import { digest } from "@souk/actors/cluster/Digest"
import type { JournalUnavailable } from "@souk/actors/journal/Journal"
import { Context, Effect, Layer, type Option } from "effect"
import * as SharedLookup from "../SharedLookup.ts"

/**
 * How long a key is cached. Postgres notifies other processes of a change when it commits; a
 * process without a connection uses the old value for this time at most.
 */
const cachedMs = 5_000

/** Size of the cache, unknown keys included. */
const keysMax = 10_000

export class ShownKeys extends Context.Tag("@souk/http/ShownKeys")<
  ShownKeys,
  {
    readonly find: (key: string) => Effect.Effect<Option.Option<ShownKey>, JournalUnavailable>
    /**
     * Runs a change of keys or of roles and clears the cache, also if the change fails or the
     * client disconnects.
     */
    readonly changing: <A, E, R>(change: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  }
>() {}

export const layer: Layer.Layer<ShownKeys, never, ApiKeys | CredentialChanges> = Layer.scoped(
  ShownKeys,
  Effect.gen(function* () {
    const { find } = yield* ApiKeys
    const { follow } = yield* CredentialChanges
    const keys = yield* SharedLookup.make({ capacity: keysMax, timeToLive: cachedMs, lookup: find })
    yield* follow(keys.forget)
    return ShownKeys.of({
      find: (key) => keys.get(digest(key)),
      changing: (change) => Effect.uninterruptible(Effect.ensuring(change, keys.forget))
    })
  })
)
