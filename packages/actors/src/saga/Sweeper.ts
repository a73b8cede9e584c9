/**
 * Looks again at every stream that is overdue, so that no saga depends on the process that began
 * it.
 */
import { type Sharding, Singleton } from "@effect/cluster"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Clock, Effect, Layer } from "effect"
import * as ActorClient from "../cluster/ActorClient.ts"
import type { LocalActors } from "../cluster/LocalActors.ts"
import { OrderEntity, remind as remindOrder } from "../order/OrderEntity.ts"
import { PaymentEntity, remind as remindPayment } from "../payment/PaymentEntity.ts"
import { type DueStream, SagaDue } from "./SagaDue.ts"

/** How often the list is looked at. */
const everyMs = 1_000

/** How many streams are taken at a time, and how many of them are reminded at once. */
const claimsMax = 500
const remindersMax = 32

/** How long a reminded stream is left alone: from the first time to the last. */
const leaseMs = 5_000
const leaseMsMax = 60_000

type Remind = (id: string, metadata: Metadata) => Effect.Effect<unknown, { readonly _tag: string }>

/** The rooms that can owe something, and how each is reminded of it. */
const reminders: Effect.Effect<
  ReadonlyMap<string, Remind>,
  never,
  Sharding.Sharding | LocalActors
> = Effect.gen(function* () {
  const orders = yield* ActorClient.make(OrderEntity)
  const payments = yield* ActorClient.make(PaymentEntity)
  return new Map<string, Remind>([
    [OrderEntity.name, (id, metadata) => orders.handle(id, remindOrder, metadata)],
    [PaymentEntity.name, (id, metadata) => payments.handle(id, remindPayment, metadata)]
  ])
})

/** Every reminder is a new request: its id says which stream was reminded, and when. */
const metadataOf = (stream: string, nowMs: number): Metadata => ({
  commandId: CommandId.make(`sweep/${stream}/${nowMs}`),
  correlationId: stream.slice(stream.indexOf("-") + 1),
  causationId: "sweeper",
  who: "sweeper"
})

const sweep = (rooms: ReadonlyMap<string, Remind>) =>
  Effect.gen(function* () {
    const due = yield* SagaDue
    const streams = yield* due.claim(claimsMax, leaseMs, leaseMsMax)
    const nowMs = yield* Clock.currentTimeMillis
    const remind = ({ attempts, stream }: DueStream) => {
      const dash = stream.indexOf("-")
      const room = rooms.get(stream.slice(0, dash))
      if (room === undefined) return Effect.logError(`${stream} is due, but nobody answers for it`)
      return Effect.catchAll(room(stream.slice(dash + 1), metadataOf(stream, nowMs)), (error) =>
        Effect.logWarning(`${stream} could not be reminded (${attempts} times before)`, error)
      )
    }
    yield* Effect.forEach(streams, remind, { concurrency: remindersMax, discard: true })
  })

/** One in the cluster; two of them for a moment do no harm, because claims are exclusive. */
export const layer: Layer.Layer<never, never, Sharding.Sharding | LocalActors | SagaDue> =
  Layer.unwrapEffect(
    Effect.map(reminders, (rooms) =>
      Singleton.make(
        "Sweeper",
        sweep(rooms).pipe(
          Effect.catchAllCause((cause) => Effect.logWarning("a sweep failed", cause)),
          Effect.delay(everyMs),
          Effect.forever
        )
      )
    )
  )
