/**
 * Processes stored webhooks. A webhook is only a hint: it makes the payment ask the provider, so
 * that duplicates, any order of arrival and forgeries have the same effect.
 */
import { type Sharding, Singleton } from "@effect/cluster"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, type Layer } from "effect"
import * as ActorClient from "../cluster/ActorClient.ts"
import type { LocalActors } from "../cluster/ActorClient.ts"
import * as LeasedQueue from "../reminder/LeasedQueue.ts"
import { OrderEntity } from "../order/OrderEntity.ts"
import { PaymentEntity } from "./PaymentEntity.ts"
import type { PaymentGateway } from "./PaymentGateway.ts"
import * as ProviderLookup from "./ProviderLookup.ts"
import { type ClaimedEvent, WebhookInbox } from "./WebhookInbox.ts"

/**
 * A webhook settles a payment within about a quarter of a second. An event about an order that does
 * not exist yet is tried again after 2 s, later hourly.
 */
const worker: LeasedQueue.Worker = {
  name: "webhook inbox",
  everyMs: 250,
  claimsMax: 100,
  concurrency: 16,
  leaseMs: 2_000,
  leaseMsMax: 3_600_000
}

/** After this many attempts, in about two days, it is dropped: the order is not of this shop. */
const attemptsMax = 60

/** How long a finished event is kept; Stripe repeats one for three days. */
const rememberMs = 30 * 24 * 3_600_000

/** How often old events are deleted, and how many at a time: about ten a second at most. */
const forgetEveryMs = 60_000
const forgetMax = 1_000

/** How long the provider may take to answer. */
const settleMs = 10_000

const metadataOf = (event: ClaimedEvent, step: string): Metadata => ({
  commandId: CommandId.make(`webhook/${event.eventId}/${step}/${event.attempts}`.slice(0, 200)),
  correlationId: event.orderId,
  causationId: `${event.provider}:${event.eventId}`.slice(0, 200),
  who: `provider:${event.provider}`
})

/** Whether it is about a refund: then a succeeded refund may have been returned. */
const isAboutRefund = ({ type }: ClaimedEvent): boolean => /^(charge\.)?refund\./.test(type)

const workOff = Effect.gen(function* () {
  const inbox = yield* WebhookInbox
  const payments = yield* ActorClient.make(PaymentEntity)
  const orders = yield* ActorClient.make(OrderEntity)
  const words = yield* ProviderLookup.make
  return yield* LeasedQueue.work(inbox, worker, (event) =>
    Effect.gen(function* () {
      const { orderId } = event
      const { view } = yield* payments.read(orderId)
      if (view === undefined && event.attempts < attemptsMax) {
        return yield* inbox.fail(event, `there is no payment of ${orderId} yet`)
      }
      if (view !== undefined) {
        const metadata = metadataOf(event, "payment")
        const settled = yield* payments.resume(orderId, metadata, settleMs)
        if (isAboutRefund(event)) yield* words.reviewRefunds(settled.view ?? view, metadata)
        yield* orders.resume(orderId, metadataOf(event, "order"))
      }
      yield* inbox.finish(event)
    })
  )
})

const forgetOld = Effect.flatMap(WebhookInbox, (inbox) => inbox.forget(rememberMs, forgetMax)).pipe(
  Effect.catchAllCause((cause) => Effect.logWarning("old webhooks could not be deleted", cause)),
  Effect.delay(forgetEveryMs),
  Effect.forever
)

/** A singleton of the cluster; two at once do no harm, because claims are exclusive. */
export const layer: Layer.Layer<
  never,
  never,
  Sharding.Sharding | LocalActors | PaymentGateway | WebhookInbox
> = Singleton.make(
  "WebhookWorker",
  Effect.all([workOff, forgetOld], { concurrency: 2, discard: true })
)
