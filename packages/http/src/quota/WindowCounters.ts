/**
 * Counts requests in windows that begin at the same time in every process. Plain code, because it
 * runs for every request; it costs one lookup in a map.
 */
import type { RateLimitUse } from "@souk/actors/quota/RateLimitStore"

/** Requests per window; 0 is no limit. */
export interface Policies {
  readonly windowSeconds: number
  /** Of one caller or one address. */
  readonly default: number
  /** Orders placed by one customer. */
  readonly checkout: number
  /** Requests under `/v1/auth` from one address. */
  readonly auth: number
}

export type Policy = "default" | "checkout" | "auth"

/** How many callers are counted separately in one window; all others share one count. */
const subjectsMax = 100_000

/** Counts below this part of the limit are not shared with other processes. */
const quietShare = 1 / 8

export interface RateLimit {
  readonly policy: Policy
  readonly limit: number
  readonly windowSeconds: number
  readonly remaining: number
  readonly resetSeconds: number
  readonly isExceeded: boolean
}

interface Count {
  readonly limit: number
  here: number
  /** How much of `here` is shared with other processes. */
  shared: number
  elsewhere: number
}

export class WindowCounters {
  readonly #policies: Policies
  #endsAtMs = 0
  #counts = new Map<string, Count>()

  constructor(policies: Policies) {
    this.#policies = policies
  }

  /** Counts one request of `subject`; undefined if the policy has no limit. */
  take(policy: Policy, subject: string, nowMs: number): RateLimit | undefined {
    const limit = this.#policies[policy]
    if (limit === 0) return undefined
    this.#startWindow(nowMs)
    const count = this.#count(policy, subject, limit)
    const isExceeded = count.here + count.elsewhere >= limit
    if (!isExceeded) count.here++
    return {
      policy,
      limit,
      windowSeconds: this.#policies.windowSeconds,
      remaining: Math.max(0, limit - count.here - count.elsewhere),
      resetSeconds: Math.max(1, Math.ceil((this.#endsAtMs - nowMs) / 1_000)),
      isExceeded
    }
  }

  /** Counts that other processes do not know yet. */
  unshared(max: number): ReadonlyArray<RateLimitUse> {
    const uses: Array<RateLimitUse> = []
    for (const [name, count] of this.#counts) {
      const { here, limit, shared } = count
      if (here === shared || here < limit * quietShare) continue
      if (uses.length === max) break
      uses.push({ name, endsAtMs: this.#endsAtMs, used: here - shared })
    }
    return uses
  }

  /** Records that `uses` are in the store, and the totals that the store holds. */
  learn(uses: ReadonlyArray<RateLimitUse>, totals: ReadonlyArray<RateLimitUse>): void {
    for (const { endsAtMs, name, used } of uses) {
      const count = this.#counts.get(name)
      if (count !== undefined && endsAtMs === this.#endsAtMs) count.shared += used
    }
    for (const { endsAtMs, name, used } of totals) {
      const count = this.#counts.get(name)
      if (count !== undefined && endsAtMs === this.#endsAtMs) {
        count.elsewhere = Math.max(0, used - count.shared)
      }
    }
  }

  #startWindow(nowMs: number): void {
    const windowMs = this.#policies.windowSeconds * 1_000
    if (nowMs < this.#endsAtMs && nowMs >= this.#endsAtMs - windowMs) return
    this.#endsAtMs = (Math.floor(nowMs / windowMs) + 1) * windowMs
    this.#counts = new Map()
  }

  #count(policy: Policy, subject: string, limit: number): Count {
    const isFull = this.#counts.size >= subjectsMax
    const name = `${policy}/${subject}`
    const found = this.#counts.get(name)
    if (found !== undefined) return found
    if (isFull && subject !== "others") return this.#count(policy, "others", limit)
    const count = { limit, here: 0, shared: 0, elsewhere: 0 }
    this.#counts.set(name, count)
    return count
  }
}
