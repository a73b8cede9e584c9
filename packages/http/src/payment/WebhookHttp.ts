/** Provider events: verified on their raw bytes, kept, and only then acknowledged. */
import { HttpApiBuilder } from "@effect/platform"
import { StripeWebhook } from "@souk/actors/payment/StripeWebhook"
import { WebhookInbox } from "@souk/actors/payment/WebhookInbox"
import { Effect } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { contract } from "../Contract.ts"
import * as RequestBody from "../edge/RequestBody.ts"
import { WebhookApi, WebhookRefused } from "./WebhookApi.ts"

export const layer = HttpApiBuilder.group(contract.add(WebhookApi), "webhooks", (handlers) =>
  Effect.gen(function* () {
    const stripe = yield* StripeWebhook
    const inbox = yield* WebhookInbox
    return handlers.handleRaw("stripe", ({ headers, request }) =>
      Effect.gen(function* () {
        const body = yield* RequestBody.raw(request)
        const event = yield* Effect.mapError(
          stripe.read(body, headers["stripe-signature"]),
          ({ message }) => new WebhookRefused({ reason: message })
        )
        const { eventId, type } = event
        const orderId = event._tag === "StripeEventIgnored" ? undefined : event.orderId
        yield* ActorRequest.orUnavailable(
          inbox.receive({ provider: "stripe", eventId, type, orderId })
        )
        return { received: true } as const
      })
    )
  })
)
