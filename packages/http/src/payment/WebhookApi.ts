/** Contract of webhooks of payment providers. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { Schema } from "effect"
import { Examples, RateLimit } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { payloadTooLarge, problem } from "../Problem.ts"
import { orderId } from "../docs/ExampleShop.ts"

/** The signature is invalid or too old, or the body is no event. Nothing was stored. */
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
    // Read as bytes, because the signature is over bytes: no payload schema.
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
