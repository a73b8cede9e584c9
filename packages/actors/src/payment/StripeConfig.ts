/** How to reach Stripe, how long to wait for it, and which secrets its webhooks are signed with. */
import { Config, Option, Redacted } from "effect"

export interface StripeConfig {
  readonly secretKey: Redacted.Redacted
  readonly apiBase: URL
  /** How long one request may take, waiting for a connection included. */
  readonly timeoutMs: number
  /** How many requests may be under way at a time. One more is told to come again. */
  readonly requestsMax: number
}

export interface StripeWebhookConfig {
  /** The secret in force, and during its rotation the one before it. */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** Whether the events are about real money. */
  readonly isLive: boolean
}

const stripe = new URL("https://api.stripe.com")

const isLive = (key: Redacted.Redacted): boolean => Redacted.value(key).includes("_live_")

/** An empty value, as composition files like to pass it on, counts as none. */
const optionalSecret = (name: string) =>
  Config.option(Config.redacted(name)).pipe(
    Config.map(Option.filter((secret) => Redacted.value(secret) !== ""))
  )

const secretKey = Config.redacted("STRIPE_SECRET_KEY").pipe(
  Config.validate({
    message: "is not a secret or restricted key of Stripe's, as sk_test_... or rk_live_...",
    validation: (key) => /^(sk|rk)_(test|live)_[A-Za-z0-9]{8,}$/.test(Redacted.value(key))
  })
)

const apiBase = Config.url("STRIPE_API_BASE").pipe(
  Config.withDefault(stripe),
  Config.validate({
    message: "is not http(s)://host[:port]",
    validation: ({ origin, href, protocol }) =>
      href === `${origin}/` && (protocol === "http:" || protocol === "https:")
  })
)

/** The default is half a minute below Stripe's own limit, and above what slow banks need. */
const timeoutMs = Config.integer("STRIPE_TIMEOUT_MS").pipe(
  Config.withDefault(20_000),
  Config.validate({
    message: "is not between 100 and 50000",
    validation: (ms) => ms >= 100 && ms <= 50_000
  })
)

/** Stripe allows about a hundred requests a second, and an authorisation takes about one. */
const requestsMax = Config.integer("STRIPE_REQUESTS_MAX").pipe(
  Config.withDefault(64),
  Config.validate({
    message: "is not between 1 and 1000",
    validation: (count) => count >= 1 && count <= 1_000
  })
)

export const config: Config.Config<StripeConfig> = Config.all({
  secretKey,
  apiBase,
  timeoutMs,
  requestsMax
}).pipe(
  Config.validate({
    message: "STRIPE_API_BASE is not Stripe's: a live key goes nowhere else",
    validation: ({ apiBase, secretKey }) => !isLive(secretKey) || apiBase.origin === stripe.origin
  }),
  Config.nested("SOUK")
)

const isLongEnough = (secret: Redacted.Redacted): boolean =>
  /^whsec_[!-~]{16,}$/.test(Redacted.value(secret))

export const webhookConfig: Config.Config<StripeWebhookConfig> = Config.all({
  current: Config.redacted("STRIPE_WEBHOOK_SECRET"),
  previous: optionalSecret("STRIPE_WEBHOOK_SECRET_PREVIOUS"),
  secretKey: optionalSecret("STRIPE_SECRET_KEY")
}).pipe(
  Config.map(({ current, previous, secretKey }) => ({
    secrets: [current, ...Option.toArray(previous)],
    isLive: Option.exists(secretKey, isLive)
  })),
  Config.validate({
    message: "STRIPE_WEBHOOK_SECRET is not whsec_... of at least 16 characters",
    validation: ({ secrets }) => secrets.every(isLongEnough)
  }),
  Config.nested("SOUK")
)
