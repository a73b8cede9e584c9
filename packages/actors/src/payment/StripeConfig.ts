/** Configuration of Stripe: address, time limit, and the secrets of its webhooks. */
import { Config, Either, Option, Redacted } from "effect"
import { Configuration } from "../configuration/Configuration.ts"
import { invalid, needed } from "../configuration/Variable.ts"

export interface StripeConfig {
  readonly secretKey: Redacted.Redacted
  readonly apiBase: URL
  /** How long one request may take, including the wait for a connection. */
  readonly timeoutMs: number
  /** How many requests may be under way at a time. More are refused as unavailable. */
  readonly requestsMax: number
}

export interface StripeWebhookConfig {
  /** The current secret, and during a rotation the previous one. */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** Whether the events are about real money. */
  readonly isLive: boolean
}

const isLive = (key: Redacted.Redacted): boolean => Redacted.value(key).includes("_live_")

const because = "SOUK_PAYMENT_GATEWAY is stripe"

const { stripeApiBase } = Configuration

export const config: Config.Config<StripeConfig> = Config.mapOrFail(
  Config.all({
    secretKey: needed(Configuration.stripeSecretKey, because),
    apiBase: stripeApiBase,
    timeoutMs: Configuration.stripeTimeoutMs,
    requestsMax: Configuration.stripeRequestsMax
  }),
  (config) => {
    const { fallback } = stripeApiBase.variable
    return isLive(config.secretKey) && config.apiBase.origin !== fallback
      ? Either.left(
          invalid(
            stripeApiBase.variable,
            config.apiBase.href,
            `${fallback} alone, for SOUK_STRIPE_SECRET_KEY is a live key`
          )
        )
      : Either.right(config)
  }
)

export const webhookConfig: Config.Config<StripeWebhookConfig> = Config.all({
  current: needed(Configuration.stripeWebhookSecret, because),
  previous: Configuration.stripeWebhookSecretPrevious,
  secretKey: Configuration.stripeSecretKey
}).pipe(
  Config.map(({ current, previous, secretKey }) => ({
    secrets: [current, ...Option.toArray(previous)],
    isLive: Option.exists(secretKey, isLive)
  }))
)
