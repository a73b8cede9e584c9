/**
 * Tells streams with a due reminder to resume, so that no saga depends on the process that began
 * it.
 */
import { type Sharding, Singleton } from "@effect/cluster"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Clock, Effect, Layer, Schema } from "effect"
import * as Aggregate from "@souk/domain/kernel/Aggregate"
import { LocalActors } from "../cluster/ActorClient.ts"
import * as LeasedQueue from "./LeasedQueue.ts"
import { type DueReminder, Reminders } from "./Reminder.ts"

/** A reminder of a stream that no entity serves, as after a return to an older version. */
class CategoryUnknown extends Schema.TaggedError<CategoryUnknown>()("CategoryUnknown", {
  stream: Schema.String
}) {
  override get message() {
    return `no entity serves ${this.stream}`
  }
}

/** Each attempt is a request of its own: its id has the stream and the time. */
const metadataOf = (stream: string, nowMs: number): Metadata => ({
  commandId: CommandId.make(`sweep/${stream}/${nowMs}`),
  correlationId: Aggregate.idOf(stream),
  causationId: "sweeper",
  who: "sweeper"
})

const resume = (actors: LocalActors["Type"]) =>
  Effect.fnUntraced(function* ({ stream }: DueReminder) {
    const tell = actors.resume(Aggregate.categoryOf(stream))
    if (tell === undefined) return yield* new CategoryUnknown({ stream })
    const nowMs = yield* Clock.currentTimeMillis
    return yield* tell(Aggregate.idOf(stream), metadataOf(stream, nowMs))
  })

/** One in the cluster; two of them for a moment do no harm, because claims are exclusive. */
export const layer: Layer.Layer<never, never, Sharding.Sharding | LocalActors | Reminders> =
  Layer.unwrapEffect(
    Effect.map(Effect.all([LocalActors, Reminders]), ([actors, reminders]) =>
      Singleton.make(
        "Sweeper",
        LeasedQueue.work(
          reminders,
          {
            name: "sweeper",
            everyMs: 1_000,
            claimsMax: 500,
            concurrency: 32,
            leaseMs: 5_000,
            leaseMsMax: 60_000
          },
          resume(actors)
        )
      )
    )
  )
