/**
 * Verifies and decodes Stripe's webhooks: the body is not read before its signature is verified.
 */
import { Clock, type ConfigError, Context, Effect, Layer, Redacted, Schema } from "effect"
import { Stripe } from "stripe"
import { type StripeWebhookConfig, webhookConfig } from "./StripeConfig.ts"
import * as StripeEvent from "./StripeEvent.ts"

export class MissingSignature extends Schema.TaggedError<MissingSignature>()(
  "MissingSignature",
  {}
) {
  override get message() {
    return "the header Stripe-Signature is missing: only Stripe may post here"
  }
}

export class BadSignature extends Schema.TaggedError<BadSignature>()("BadSignature", {}) {
  override get message() {
    return "the signature is not by our secret over these bytes: compare SOUK_STRIPE_WEBHOOK_SECRET"
  }
}

/** Signed by Stripe too long ago: a replay, or a wrong clock. */
export class StaleSignature extends Schema.TaggedError<StaleSignature>()("StaleSignature", {
  toleranceSeconds: Schema.Int
}) {
  override get message() {
    return `the signature is older than ${this.toleranceSeconds} seconds: check the clock`
  }
}

/** Signed by Stripe, but not an event: it has no valid id and type. */
export class MalformedEvent extends Schema.TaggedError<MalformedEvent>()("MalformedEvent", {}) {
  override get message() {
    return "the body is signed and is no event: it has no id and type that Souk can read"
  }
}

export type WebhookRefusal = MissingSignature | BadSignature | StaleSignature | MalformedEvent

export class StripeWebhook extends Context.Tag("@souk/actors/StripeWebhook")<
  StripeWebhook,
  {
    /**
     * Decodes the raw bytes of a request, if its header `Stripe-Signature` is valid for
     * them. Replays within the tolerance pass: their event has the same id.
     */
    readonly read: (
      body: Uint8Array,
      signature: string | undefined
    ) => Effect.Effect<StripeEvent.StripeEvent, WebhookRefusal>
  }
>() {}

/** As Stripe recommends, and as its package does by default. */
const toleranceSeconds = 300

/** The package compares in constant time, and throws on any error. */
const isSigned = (
  body: string,
  signature: string,
  secret: Redacted.Redacted,
  nowMs: number,
  tolerance: number
): boolean => {
  try {
    return (
      Stripe.webhooks.signature?.verifyHeader(
        body,
        signature,
        Redacted.value(secret),
        tolerance,
        undefined,
        nowMs
      ) ?? false
    )
  } catch {
    return false
  }
}

/** The bytes as the signed text; none if they are not UTF-8. */
const textOf = (body: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return undefined
  }
}

/** A reader of webhooks that are signed with one of these secrets. */
export const make = ({ isLive, secrets }: StripeWebhookConfig): StripeWebhook["Type"] =>
  StripeWebhook.of({
    read: (body, signature) =>
      Effect.gen(function* () {
        if (signature === undefined || signature === "") return yield* new MissingSignature()
        const nowMs = yield* Clock.currentTimeMillis
        const text = textOf(body)
        // Zero means any age.
        const secret = secrets.find(
          (secret) => text !== undefined && isSigned(text, signature, secret, nowMs, 0)
        )
        if (secret === undefined || text === undefined) return yield* new BadSignature()
        if (!isSigned(text, signature, secret, nowMs, toleranceSeconds)) {
          return yield* new StaleSignature({ toleranceSeconds })
        }
        const event = yield* Effect.mapError(
          StripeEvent.parse(text, isLive),
          () => new MalformedEvent()
        )
        if (event._tag === "StripeEventIgnored" && event.reason === StripeEvent.notAsPromised) {
          const { eventId, reason, type } = event
          yield* Effect.logWarning(`${eventId} (${type}) is ${reason}: compare the API version`)
        }
        return event
      })
  })

export const layer: Layer.Layer<StripeWebhook, ConfigError.ConfigError> = Layer.effect(
  StripeWebhook,
  Effect.map(webhookConfig, make)
)
