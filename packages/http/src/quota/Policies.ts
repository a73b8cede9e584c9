/** How often anybody may ask, and for what. */
import { Config, type ConfigError, Context, Layer } from "effect"

export interface Policies {
  /** How long a window is. */
  readonly windowSeconds: number
  /** Requests in a window, of one caller or one address; 0 is no limit. */
  readonly default: number
  /** Orders placed by one customer. */
  readonly checkout: number
  /** Requests under /v1/auth from one address. */
  readonly auth: number
}

export type Policy = "default" | "checkout" | "auth"

/** Far above what people do, and below what keeps a shop from serving others. */
const generous: Policies = {
  windowSeconds: 60,
  default: 6_000,
  checkout: 60,
  auth: 300
}

export class QuotaPolicies extends Context.Reference<QuotaPolicies>()("@souk/http/QuotaPolicies", {
  defaultValue: () => generous
}) {}

const limit = (name: string, fallback: number) =>
  Config.integer(name).pipe(
    Config.withDefault(fallback),
    Config.validate({
      message: "a rate limit is 0 (none) to 1000000 requests a minute",
      validation: (limit) => limit >= 0 && limit <= 1_000_000
    })
  )

/** `SOUK_RATE_LIMIT`, `SOUK_RATE_LIMIT_CHECKOUT`, `SOUK_RATE_LIMIT_AUTH`, each a minute. */
export const layer: Layer.Layer<never, ConfigError.ConfigError> = Layer.effect(
  QuotaPolicies,
  Config.all({
    windowSeconds: Config.succeed(generous.windowSeconds),
    default: limit("RATE_LIMIT", generous.default),
    checkout: limit("RATE_LIMIT_CHECKOUT", generous.checkout),
    auth: limit("RATE_LIMIT_AUTH", generous.auth)
  }).pipe(Config.nested("SOUK"))
)
