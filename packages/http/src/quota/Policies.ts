/** How often anybody may ask, and for what. */
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Context, Effect, Layer } from "effect"

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

export const layer: Layer.Layer<never, ConfigError.ConfigError> = Layer.effect(
  QuotaPolicies,
  Effect.all({
    windowSeconds: Effect.succeed(generous.windowSeconds),
    default: Configuration.rateLimit,
    checkout: Configuration.rateLimitCheckout,
    auth: Configuration.rateLimitAuth
  })
)
