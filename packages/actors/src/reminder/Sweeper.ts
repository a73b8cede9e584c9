/**
 * Tells streams with a due reminder to resume, so that no saga depends on the process that began
 * it.
 */
import { type Sharding, Singleton } from "@effect/cluster"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Clock, Effect, Layer, Schema } from "effect"
import * as ActorClient from "../cluster/ActorClient.ts"
import type { LocalActors } from "../cluster/LocalActors.ts"
import type { Protocol } from "../cluster/Protocol.ts"
import { OrderEntity, remind as resumeOrder } from "../order/OrderEntity.ts"
import { PaymentEntity, remind as resumePayment } from "../payment/PaymentEntity.ts"
import { remind as resumeShipment, ShipmentEntity } from "../shipment/ShipmentEntity.ts"
import * as LeasedQueue from "./LeasedQueue.ts"
import { type DueReminder, Reminders } from "./Reminder.ts"

type Resume = (id: string, metadata: Metadata) => Effect.Effect<unknown, { readonly _tag: string }>

type Resumers = Effect.Effect<ReadonlyMap<string, Resume>, never, Sharding.Sharding | LocalActors>

const resumer = <Command, View, Rejection extends { readonly _tag: string }>(
  entity: Protocol<Command, View, Rejection>,
  resume: Command
) =>
  Effect.map(ActorClient.make(entity), (client): readonly [string, Resume] => [
    entity.name,
    (id, metadata) => client.handle(id, resume, metadata)
  ])

/** How a stream of each category is told to resume. */
const resumers: Resumers = Effect.map(
  Effect.all([
    resumer(OrderEntity, resumeOrder),
    resumer(PaymentEntity, resumePayment),
    resumer(ShipmentEntity, resumeShipment)
  ]),
  (entries) => new Map(entries)
)

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
  correlationId: stream.slice(stream.indexOf("-") + 1),
  causationId: "sweeper",
  who: "sweeper"
})

const resume = (categories: ReadonlyMap<string, Resume>) =>
  Effect.fnUntraced(function* ({ stream }: DueReminder) {
    const dash = stream.indexOf("-")
    const tell = categories.get(stream.slice(0, dash))
    if (tell === undefined) return yield* new CategoryUnknown({ stream })
    const nowMs = yield* Clock.currentTimeMillis
    return yield* tell(stream.slice(dash + 1), metadataOf(stream, nowMs))
  })

/** One in the cluster; two of them for a moment do no harm, because claims are exclusive. */
export const layer: Layer.Layer<never, never, Sharding.Sharding | LocalActors | Reminders> =
  Layer.unwrapEffect(
    Effect.map(Effect.all([resumers, Reminders]), ([categories, reminders]) =>
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
          resume(categories)
        )
      )
    )
  )
