/** The sandbox provider's webhooks: in Stripe's form, signed as Stripe signs, over real HTTP. */
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { Context, Effect, Layer, Redacted, Ref } from "effect"
import { randomBytes } from "node:crypto"
import { Stripe } from "stripe"
import { digest } from "../cluster/Digest.ts"
import { type WebhookNotice, PaymentWebhookSender } from "./PaymentWebhookSender.ts"
import { toStripe } from "./StripeAmounts.ts"
import { metadataOf } from "./StripeObjects.ts"
import * as StripeWebhook from "./StripeWebhook.ts"

/** How long a receiver may take. */
const patienceMs = 5_000

/** The target of the sandbox's webhooks, and the secret that signs them. */
export class SandboxWebhookTarget extends Context.Tag("@souk/actors/SandboxWebhookTarget")<
  SandboxWebhookTarget,
  {
    readonly secret: Redacted.Redacted
    /** Sets the target of webhooks; before the first call they are lost. */
    readonly aim: (url: string) => Effect.Effect<void>
    readonly target: Effect.Effect<string | undefined>
  }
>() {}

/** A secret per process: sender and receiver are in the same one. */
export const layerTarget: Layer.Layer<SandboxWebhookTarget> = Layer.effect(
  SandboxWebhookTarget,
  Effect.map(Ref.make<string | undefined>(undefined), (target) => ({
    secret: Redacted.make(`whsec_${randomBytes(32).toString("base64url")}`),
    aim: (url: string) => Ref.set(target, url),
    target: Ref.get(target)
  }))
)

/** A shop whose provider is the sandbox expects the sandbox's signature. */
export const layerWebhook: Layer.Layer<StripeWebhook.StripeWebhook, never, SandboxWebhookTarget> =
  Layer.effect(
    StripeWebhook.StripeWebhook,
    Effect.map(SandboxWebhookTarget, ({ secret }) =>
      StripeWebhook.make({ isLive: false, secrets: [secret] })
    )
  )

/** Stripe's event for an authorisation that has succeeded, or has failed for good. */
const bodyOf = ({ amount, code, orderId, reference }: WebhookNotice, nowMs: number): string => {
  const money = toStripe(amount)
  const isHeld = code === undefined
  return JSON.stringify({
    id: `evt_${digest(reference).slice(0, 24)}`,
    object: "event",
    type: isHeld ? "payment_intent.amount_capturable_updated" : "payment_intent.payment_failed",
    created: Math.floor(nowMs / 1_000),
    livemode: false,
    data: {
      object: {
        id: reference,
        object: "payment_intent",
        ...money,
        amount_capturable: isHeld ? money.amount : 0,
        amount_received: 0,
        status: isHeld ? "requires_capture" : "requires_payment_method",
        ...(isHeld ? {} : { last_payment_error: { code: "card_declined", decline_code: code } }),
        metadata: metadataOf(orderId, `${orderId}/authorize`)
      }
    }
  })
}

const make = Effect.gen(function* () {
  const target = yield* SandboxWebhookTarget
  const client = yield* HttpClient.HttpClient
  const post = (notice: WebhookNotice) =>
    Effect.gen(function* () {
      const url = yield* target.target
      if (url === undefined) return
      const { unsafeCurrentTimeMillis } = yield* Effect.clock
      const payload = bodyOf(notice, unsafeCurrentTimeMillis())
      const signature = Stripe.webhooks.generateTestHeaderString({
        payload,
        secret: Redacted.value(target.secret)
      })
      yield* HttpClientRequest.post(url).pipe(
        HttpClientRequest.setHeader("stripe-signature", signature),
        HttpClientRequest.bodyText(payload, "application/json"),
        client.execute,
        Effect.timeout(patienceMs)
      )
    }).pipe(Effect.scoped, Effect.ignoreLogged)
  return PaymentWebhookSender.of({
    send: (notice, times) =>
      Effect.repeatN(post(notice), times - 1).pipe(
        Effect.when(() => times > 0),
        Effect.asVoid
      )
  })
})

export const layer: Layer.Layer<PaymentWebhookSender, never, SandboxWebhookTarget> = Layer.effect(
  PaymentWebhookSender,
  make
).pipe(Layer.provide(FetchHttpClient.layer))
