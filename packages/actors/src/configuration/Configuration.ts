/** Every variable that Souk and its command line read, and the table that the README shows. */
import { Option } from "effect"
import {
  number,
  oneOf,
  optional,
  secret,
  shape,
  text,
  type Variable,
  whole,
  withDefault
} from "./Variable.ts"

/** A host name or IP address, and a TCP port. */
export interface Address {
  readonly host: string
  readonly port: number
}

const hostPattern = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._*-]+)):(\d{1,5})$/

/** An IPv6 address stands in brackets. */
const address = shape("host:port, such as 10.0.0.5:34431 or [fd00::5]:34431", (text) => {
  const [, six, name, digits] = hostPattern.exec(text) ?? []
  const host = six ?? name
  const port = Number(digits)
  return host !== undefined && port >= 1 && port <= 65_535
    ? Option.some<Address>({ host, port })
    : Option.none()
})

/** Origins as browsers send them; a path or a slash at the end would never match. */
const originPattern = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/

const origins = shape(
  "origins with commas between them, such as https://shop.example,http://localhost:5173",
  (text) => {
    const all = text.split(",").flatMap((one) => one.trim() || [])
    return all.every((one) => originPattern.test(one))
      ? Option.some<ReadonlySet<string>>(new Set(all))
      : Option.none()
  }
)

const origin = shape("http(s)://host[:port]", (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && url.href === `${url.origin}/` && /^https?:$/.test(url.protocol)
    ? Option.some(url)
    : Option.none()
})

const databaseUrl = {
  ...secret("postgres://user:password@host:port/database"),
  parse: (text: string) =>
    /^postgres(ql)?:\/\//.test(text) && URL.canParse(text) ? secret("").parse(text) : Option.none()
}

const limit = whole(0, 1_000_000)
const seconds = whole(1, 86_400)

/** What Souk holds stock and waits for a payment, in seconds, unless told otherwise. */
export const holdSeconds = 900

export const Configuration = {
  host: withDefault(
    text("an IP address or a host name of this machine", /^[^\s/]+$/),
    "127.0.0.1",
    {
      name: "SOUK_HOST",
      meaning: "where to listen"
    }
  ),
  port: withDefault(whole(0, 65_535), "3000", {
    name: "SOUK_PORT",
    meaning: "the port to listen on; 0 is any free one",
    cli: "the port of a shop on this machine, when SOUK_URL is unset"
  }),
  databaseUrl: optional(databaseUrl, {
    name: "SOUK_DATABASE_URL",
    fallback: "a Postgres of its own",
    meaning: "PostgreSQL 14 or later, not behind a transaction pooler",
    cli: "the database, for souk db migrate, and souk db status without a shop"
  }),
  dataDir: withDefault(text("a folder"), ".souk", {
    name: "SOUK_DATA_DIR",
    meaning: "the embedded database, the generated admin key, and the key that signs access tokens",
    cli: "the data dir of a shop on this machine; .souk when unset"
  }),
  adminKey: optional(secret("at least 16 characters", /^.{16,}$/s), {
    name: "SOUK_ADMIN_KEY",
    fallback: "made on the first start",
    meaning: "the bearer key of the API",
    cli: "the admin key"
  }),
  authKey: optional(secret("the private JWK of an Ed25519 key"), {
    name: "SOUK_AUTH_KEY",
    fallback: "made on the first start",
    meaning: "the key that this process signs access tokens with"
  }),
  paymentGateway: withDefault(oneOf("sandbox", "stripe"), "sandbox", {
    name: "SOUK_PAYMENT_GATEWAY",
    meaning: "which provider moves the money; `sandbox` moves none"
  }),
  stripeSecretKey: optional(
    secret(
      "a secret or restricted key of Stripe, as sk_test_... or rk_live_...",
      /^(sk|rk)_(test|live)_[A-Za-z0-9]{8,}$/
    ),
    {
      name: "SOUK_STRIPE_SECRET_KEY",
      fallback: "none",
      meaning: "needed with `SOUK_PAYMENT_GATEWAY=stripe`"
    }
  ),
  stripeWebhookSecret: optional(
    secret("whsec_... of at least 16 characters", /^whsec_[!-~]{16,}$/),
    {
      name: "SOUK_STRIPE_WEBHOOK_SECRET",
      fallback: "none",
      meaning: "what Stripe signs its webhooks with; needed with `SOUK_PAYMENT_GATEWAY=stripe`"
    }
  ),
  stripeWebhookSecretPrevious: optional(
    secret("whsec_... of at least 16 characters", /^whsec_[!-~]{16,}$/),
    {
      name: "SOUK_STRIPE_WEBHOOK_SECRET_PREVIOUS",
      fallback: "none",
      meaning: "during a rotation, the secret before it"
    }
  ),
  stripeApiBase: withDefault(origin, "https://api.stripe.com", {
    name: "SOUK_STRIPE_API_BASE",
    meaning: "where Stripe is; with a live key nothing else is allowed"
  }),
  // Half a minute below Stripe's own limit, and above what slow banks need.
  stripeTimeoutMs: withDefault(whole(100, 50_000), "20000", {
    name: "SOUK_STRIPE_TIMEOUT_MS",
    meaning: "how long one request to Stripe may take"
  }),
  // Stripe allows about a hundred requests a second, and an authorisation takes about one.
  stripeRequestsMax: withDefault(whole(1, 1_000), "64", {
    name: "SOUK_STRIPE_REQUESTS_MAX",
    meaning: "how many requests to Stripe are under way at a time"
  }),
  reservationSeconds: withDefault(seconds, String(holdSeconds), {
    name: "SOUK_RESERVATION_SECONDS",
    meaning: "how long stock is held for an order that does not proceed"
  }),
  paymentDeadlineSeconds: optional(seconds, {
    name: "SOUK_PAYMENT_DEADLINE_SECONDS",
    fallback: `${holdSeconds}, or what the stock is held if that is less`,
    meaning: "how long a payment may take, the customer's bank included; at most the reservation"
  }),
  rateLimit: withDefault(limit, "6000", {
    name: "SOUK_RATE_LIMIT",
    meaning: "requests a minute of a caller or address; 0 is no limit, and the admin key has none"
  }),
  rateLimitCheckout: withDefault(limit, "60", {
    name: "SOUK_RATE_LIMIT_CHECKOUT",
    meaning: "orders a minute of a customer; 0 is no limit"
  }),
  rateLimitAuth: withDefault(limit, "300", {
    name: "SOUK_RATE_LIMIT_AUTH",
    meaning: "logins a minute of an address; 0 is no limit"
  }),
  corsOrigins: optional(origins, {
    name: "SOUK_CORS_ORIGINS",
    fallback: "none",
    meaning: "storefronts in browsers that may use the API"
  }),
  trustedProxies: withDefault(whole(0, 10), "0", {
    name: "SOUK_TRUSTED_PROXIES",
    meaning: "how many proxies of your own add to `X-Forwarded-For`; logins are counted by address"
  }),
  cluster: withDefault(oneOf("off", "on"), "off", {
    name: "SOUK_CLUSTER",
    meaning: "`on`: one of several runners"
  }),
  runnerAddress: optional(address, {
    name: "SOUK_RUNNER_ADDRESS",
    fallback: "none",
    meaning: "by which the other runners reach this one; keep it over restarts"
  }),
  runnerListen: optional(address, {
    name: "SOUK_RUNNER_LISTEN",
    fallback: "the runner address",
    meaning: "where to listen for the other runners, if that is another address"
  }),
  runnerTransport: withDefault(oneOf("own", "library"), "own", {
    name: "SOUK_RUNNER_TRANSPORT",
    meaning: "`library` is for comparisons; all runners must agree on it"
  }),
  shutdownDelaySeconds: withDefault(number(0, 600), "0", {
    name: "SOUK_SHUTDOWN_DELAY_SECONDS",
    meaning: "how long to keep serving after `/readyz` fails, so that load balancers leave first"
  }),
  url: optional(text("the address of a shop, such as http://127.0.0.1:3000"), {
    name: "SOUK_URL",
    fallback: "the shop on this machine",
    meaning: "the shop that `souk` talks to",
    cli: "the shop; when unset, that on this machine at SOUK_PORT, or at 3000",
    isCliOnly: true
  }),
  noColor: optional(text("any text"), {
    name: "NO_COLOR",
    fallback: "colours",
    meaning: "`souk` prints no colours",
    cli: "when not empty, no colours",
    isCliOnly: true
  }),
  terminal: optional(text("any text"), {
    name: "TERM",
    fallback: "colours",
    meaning: "`dumb`: `souk` prints no colours",
    isCliOnly: true
  })
} as const

/** In the order of the table. */
export const variables: ReadonlyArray<Variable<unknown>> = Object.values(Configuration)

/** Variables of earlier versions, and what they are called now. */
export const renamed: Readonly<Record<string, string>> = {
  SOUK_DRAIN_SECONDS: Configuration.shutdownDelaySeconds.variable.name
}
