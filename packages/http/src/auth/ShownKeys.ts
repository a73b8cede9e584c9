/** API keys as callers show them: looked up once in some seconds, not once a request. */
import { ApiKeys, type ShownKey } from "@souk/actors/auth/ApiKeys"
import { CredentialChanges } from "@souk/actors/auth/CredentialChanges"
import { digest } from "@souk/actors/cluster/Digest"
import type { JournalUnavailable } from "@souk/actors/journal/Journal"
import { Context, Effect, Layer, type Option } from "effect"
import * as SharedLookup from "../SharedLookup.ts"

/**
 * How long what a key stands for is remembered. Other processes of the shop are told of a change by
 * Postgres when it commits; one that is cut off from Postgres goes on for so long at most.
 */
const memoryMs = 5_000

/** How many keys, good and bad, are remembered. */
const keysMax = 10_000

export class ShownKeys extends Context.Tag("@souk/http/ShownKeys")<
  ShownKeys,
  {
    readonly find: (key: string) => Effect.Effect<Option.Option<ShownKey>, JournalUnavailable>
    /**
     * Changes keys or what bounds them, and forgets what was remembered, in one step: whatever
     * becomes of the caller, and of the answer.
     */
    readonly changing: <A, E, R>(change: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  }
>() {}

export const layer: Layer.Layer<ShownKeys, never, ApiKeys | CredentialChanges> = Layer.scoped(
  ShownKeys,
  Effect.gen(function* () {
    const { find } = yield* ApiKeys
    const { follow } = yield* CredentialChanges
    const keys = yield* SharedLookup.make({ capacity: keysMax, timeToLive: memoryMs, lookup: find })
    yield* follow(keys.forget)
    return ShownKeys.of({
      find: (key) => keys.get(digest(key)),
      changing: (change) => Effect.uninterruptible(Effect.ensuring(change, keys.forget))
    })
  })
)
