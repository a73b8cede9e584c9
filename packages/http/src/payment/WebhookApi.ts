/** The contract of what payment providers tell us by themselves. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { Schema } from "effect"
import { Examples, RateLimit } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { payloadTooLarge, problem } from "../Problem.ts"
import { orderId } from "../docs/ExampleShop.ts"

/** The request is not what the provider signed, or not lately, or no event. Nothing was kept. */
export class WebhookRefused extends Schema.TaggedError<WebhookRefused>()("WebhookRefused", {
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

const stripe = HttpApiEndpoint.post("stripe", "/v1/webhooks/stripe")
  .annotate(Access, "everyone")
  .annotate(OpenApi.Summary, "Receive a Stripe event, or a sandbox event in Stripe's format")
  .annotate(Examples, {
    request: {
      StripeEvent: {
        id: "evt_1",
        object: "event",
        type: "payment_intent.amount_capturable_updated",
        created: 1_772_357_400,
        data: { object: { id: "pi_1", object: "payment_intent", metadata: { order_id: orderId } } }
      }
    },
    response: { Received: { received: true } }
  })
  .annotate(OpenApi.Override, {
    // Read as bytes, since those are what is signed: no schema of ours decodes it.
    requestBody: {
      required: true,
      content: { "application/json": { schema: { type: "object", title: "An event of Stripe" } } }
    }
  })
  .setHeaders(Schema.Struct({ "stripe-signature": Schema.optional(Schema.String) }))
  .addSuccess(Schema.Struct({ received: Schema.Literal(true) }))
  .addError(
    problem(WebhookRefused, { status: 400, title: "Webhook signature verification failed" })
  )
  .addError(payloadTooLarge)

export const WebhookApi = HttpApiGroup.make("webhooks").annotate(RateLimit, "none").add(stripe)
