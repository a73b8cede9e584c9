/**
 * Works off what providers told us. A webhook is a hint and never a fact: it makes the payment ask
 * the provider itself, so that duplicates, any order of arrival and forgeries come to the same.
 */
import { type Sharding, Singleton } from "@effect/cluster"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, type Layer } from "effect"
import * as ActorClient from "../cluster/ActorClient.ts"
import type { LocalActors } from "../cluster/LocalActors.ts"
import { OrderEntity, remind as remindOrder } from "../order/OrderEntity.ts"
import { PaymentEntity, remind as remindPayment } from "./PaymentEntity.ts"
import type { PaymentGateway } from "./PaymentGateway.ts"
import * as ProviderWords from "./ProviderWords.ts"
import { type Parked, WebhookInbox } from "./WebhookInbox.ts"

/** How often the inbox is looked at; a webhook settles a payment within about this. */
const everyMs = 250

const claimsMax = 100
const atOnceMax = 16

/** An event about an order nobody knows yet is looked at again: after 2 s, and at last hourly. */
const leaseMs = 2_000
const leaseMsMax = 3_600_000

/** After this many looks, two days or so, it is given up: the order never was ours. */
const attemptsMax = 60

/** How long an event that is done with is remembered; Stripe sends one again for three days. */
const rememberMs = 30 * 24 * 3_600_000

/** How often old events are forgotten, and how many at a time: some ten a second at most. */
const forgetEveryMs = 60_000
const forgetMax = 1_000

/** How long the provider may take to tell the truth. */
const settleMs = 10_000

const metadataOf = (event: Parked, step: string): Metadata => ({
  commandId: CommandId.make(`webhook/${event.eventId}/${step}/${event.attempts}`.slice(0, 200)),
  correlationId: event.orderId,
  causationId: `${event.provider}:${event.eventId}`.slice(0, 200),
  who: `provider:${event.provider}`
})

/** Whether it is about money on its way back: then what is done may have come undone. */
const isAboutRefund = ({ type }: Parked): boolean => /^(charge\.)?refund\./.test(type)

const workOff = Effect.gen(function* () {
  const inbox = yield* WebhookInbox
  const payments = yield* ActorClient.make(PaymentEntity)
  const orders = yield* ActorClient.make(OrderEntity)
  const words = yield* ProviderWords.make
  const work = (event: Parked) =>
    Effect.gen(function* () {
      const { orderId } = event
      const { view } = yield* payments.read(orderId)
      if (view === undefined && event.attempts < attemptsMax) return
      if (view !== undefined) {
        const metadata = metadataOf(event, "payment")
        const settled = yield* payments.handle(orderId, remindPayment, metadata, settleMs)
        if (isAboutRefund(event)) yield* words.reviewRefunds(settled.view ?? view, metadata)
        yield* orders.handle(orderId, remindOrder, metadataOf(event, "order"))
      }
      yield* inbox.finish(event)
    }).pipe(
      Effect.catchAll((error) => Effect.logWarning(`webhook ${event.eventId} has to wait`, error))
    )
  const events = yield* inbox.claim(claimsMax, leaseMs, leaseMsMax)
  yield* Effect.forEach(events, work, { concurrency: atOnceMax, discard: true })
})

const forgetOld = Effect.flatMap(WebhookInbox, (inbox) => inbox.forget(rememberMs, forgetMax))

/** For as long as it runs; what goes wrong once is tried again next time. */
const regularly = <A, E, R>(work: Effect.Effect<A, E, R>, intervalMs: number) =>
  work.pipe(
    Effect.catchAllCause((cause) => Effect.logWarning("the webhook inbox has to wait", cause)),
    Effect.delay(intervalMs),
    Effect.forever
  )

/** One in the cluster; two of them for a moment do no harm, because claims are exclusive. */
export const layer: Layer.Layer<
  never,
  never,
  Sharding.Sharding | LocalActors | PaymentGateway | WebhookInbox
> = Singleton.make(
  "WebhookWorker",
  Effect.all([regularly(workOff, everyMs), regularly(forgetOld, forgetEveryMs)], {
    concurrency: 2,
    discard: true
  })
)
