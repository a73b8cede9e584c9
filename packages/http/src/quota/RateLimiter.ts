/** Who has asked too often: counted by the caller, or by address without one. */
import { RateLimitStore } from "@souk/actors/quota/RateLimitStore"
import { Context, Effect, Layer } from "effect"
import { QuotaExceeded } from "../Problem.ts"
import { WindowCounters, type RateLimit } from "./WindowCounters.ts"
import { type Policy, QuotaPolicies } from "./Policies.ts"

/** How often processes compare what they have counted, and how much at once. */
const tellMs = 1_000
const tellMax = 1_000

/** Where one request keeps what it was charged, for the headers of its answer. */
export class RateLimitState extends Context.Reference<RateLimitState>()(
  "@souk/http/RateLimitState",
  {
    defaultValue: (): { quota: RateLimit | undefined } => ({ quota: undefined })
  }
) {}

export class RateLimiter extends Context.Tag("@souk/http/RateLimiter")<
  RateLimiter,
  {
    /** Charges a request, whose meter this is; says so when nothing is left. */
    readonly take: (
      policy: Policy,
      subject: string,
      meter: RateLimitState["Type"]
    ) => QuotaExceeded | undefined
  }
>() {}

const make = Effect.gen(function* () {
  const counters = new WindowCounters(yield* QuotaPolicies)
  const book = yield* RateLimitStore
  const clock = yield* Effect.clock
  // While the book is away, each process goes by its own count.
  yield* Effect.suspend(() => {
    const uses = counters.untold(tellMax)
    return uses.length === 0
      ? Effect.void
      : Effect.map(book.add(uses), (totals) => counters.learn(uses, totals))
  }).pipe(Effect.ignore, Effect.delay(tellMs), Effect.forever, Effect.forkScoped)
  return RateLimiter.of({
    take: (policy, subject, meter) => {
      const quota = counters.take(policy, subject, clock.unsafeCurrentTimeMillis())
      meter.quota = quota
      return quota?.isExceeded === true
        ? new QuotaExceeded({ violatedPolicies: [policy], retryAfterSeconds: quota.resetSeconds })
        : undefined
    }
  })
})

export const layer: Layer.Layer<RateLimiter> = Layer.scoped(RateLimiter, make)

/** `RateLimit` and its policy, as the draft of the IETF (revision 10) writes them. */
export const headersOf = (quota: RateLimit | undefined): Readonly<Record<string, string>> =>
  quota === undefined
    ? {}
    : {
        "ratelimit-policy": `"${quota.policy}";q=${quota.limit};w=${quota.windowSeconds}`,
        ratelimit: `"${quota.policy}";r=${quota.remaining};t=${quota.resetSeconds}`
      }
