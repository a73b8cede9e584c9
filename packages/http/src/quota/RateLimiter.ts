/** Rate limits of requests by caller, or by address for requests without a caller. */
import { Configuration } from "@souk/actors/configuration/Configuration"
import { RateLimitStore } from "@souk/actors/quota/RateLimitStore"
import { type ConfigError, Context, Effect, Layer } from "effect"
import { QuotaExceeded } from "../Problem.ts"
import { type Policies, type Policy, type RateLimit, WindowCounters } from "./WindowCounters.ts"

/** Far above what people do, and low enough that one client cannot starve the others. */
const defaults: Policies = {
  windowSeconds: 60,
  default: 6_000,
  checkout: 60,
  auth: 300
}

export class QuotaPolicies extends Context.Reference<QuotaPolicies>()("@souk/http/QuotaPolicies", {
  defaultValue: () => defaults
}) {}

export const layerPolicies: Layer.Layer<never, ConfigError.ConfigError> = Layer.effect(
  QuotaPolicies,
  Effect.all({
    windowSeconds: Effect.succeed(defaults.windowSeconds),
    default: Configuration.rateLimit,
    checkout: Configuration.rateLimitCheckout,
    auth: Configuration.rateLimitAuth
  })
)

/** How often processes share what they have counted, and how many counts at a time. */
const shareMs = 1_000
const shareMax = 1_000

/** What a request was charged, for the headers of its response. */
export class RateLimitState extends Context.Reference<RateLimitState>()(
  "@souk/http/RateLimitState",
  {
    defaultValue: (): { quota: RateLimit | undefined } => ({ quota: undefined })
  }
) {}

export class RateLimiter extends Context.Tag("@souk/http/RateLimiter")<
  RateLimiter,
  {
    /** Counts a request and records it in `state`; returns an error if the limit is exceeded. */
    readonly take: (
      policy: Policy,
      subject: string,
      state: RateLimitState["Type"]
    ) => QuotaExceeded | undefined
  }
>() {}

const make = Effect.gen(function* () {
  const counters = new WindowCounters(yield* QuotaPolicies)
  const store = yield* RateLimitStore
  const clock = yield* Effect.clock
  // While the store is unavailable, each process enforces its own counts.
  yield* Effect.suspend(() => {
    const uses = counters.unshared(shareMax)
    return uses.length === 0
      ? Effect.void
      : Effect.map(store.add(uses), (totals) => counters.learn(uses, totals))
  }).pipe(Effect.ignore, Effect.delay(shareMs), Effect.forever, Effect.forkScoped)
  return RateLimiter.of({
    take: (policy, subject, state) => {
      const quota = counters.take(policy, subject, clock.unsafeCurrentTimeMillis())
      state.quota = quota
      return quota?.isExceeded === true
        ? new QuotaExceeded({ violatedPolicies: [policy], retryAfterSeconds: quota.resetSeconds })
        : undefined
    }
  })
})

export const layer: Layer.Layer<RateLimiter> = Layer.scoped(RateLimiter, make)

/** `RateLimit` and `RateLimit-Policy`, as the IETF draft (revision 10) has them. */
export const headersOf = (quota: RateLimit | undefined): Readonly<Record<string, string>> =>
  quota === undefined
    ? {}
    : {
        "ratelimit-policy": `"${quota.policy}";q=${quota.limit};w=${quota.windowSeconds}`,
        ratelimit: `"${quota.policy}";r=${quota.remaining};t=${quota.resetSeconds}`
      }
