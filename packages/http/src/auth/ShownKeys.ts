/** API keys as callers show them: looked up once in some seconds, not once a request. */
import { ApiKeys, type ShownKey } from "@souk/actors/auth/ApiKeys"
import { digest } from "@souk/actors/cluster/Digest"
import type { JournalUnavailable } from "@souk/actors/journal/Journal"
import { Context, Effect, Layer, type Option } from "effect"
import * as SharedLookup from "../SharedLookup.ts"

/** How long another process may go on taking a key that was revoked here. */
const memoryMs = 5_000

/** How many keys, good and bad, are remembered. */
const keysMax = 10_000

export class ShownKeys extends Context.Tag("@souk/http/ShownKeys")<
  ShownKeys,
  {
    readonly find: (key: string) => Effect.Effect<Option.Option<ShownKey>, JournalUnavailable>
    /** After a change of keys: the next use is looked up again. */
    readonly forget: Effect.Effect<void>
  }
>() {}

export const layer: Layer.Layer<ShownKeys, never, ApiKeys> = Layer.effect(
  ShownKeys,
  Effect.gen(function* () {
    const { find } = yield* ApiKeys
    const keys = yield* SharedLookup.make({
      capacity: keysMax,
      timeToLive: memoryMs,
      lookup: find
    })
    return ShownKeys.of({ find: (key) => keys.get(digest(key)), forget: keys.forget })
  })
)
