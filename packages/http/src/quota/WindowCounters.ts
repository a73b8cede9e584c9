/**
 * Counts requests in windows that begin at the same moment in every process. Plain
 * code: it runs for each request, and costs a look into a map.
 */
import type { RateLimitUse } from "@souk/actors/quota/RateLimitStore"
import type { Policies, Policy } from "./Policies.ts"

/** How many callers are told apart in one window; those beyond it share a quota. */
const subjectsMax = 100_000

/** A use of less than this part of a limit is not shared with other processes. */
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
  /** How much of `here` the other processes know of. */
  told: number
  elsewhere: number
}

export class WindowCounters {
  readonly #policies: Policies
  #endsAtMs = 0
  #counts = new Map<string, Count>()

  constructor(policies: Policies) {
    this.#policies = policies
  }

  /** One more request of `subject`; nothing where there is no limit. */
  take(policy: Policy, subject: string, nowMs: number): RateLimit | undefined {
    const limit = this.#policies[policy]
    if (limit === 0) return undefined
    this.#turn(nowMs)
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

  /** What the others have to know. They are told what is new since the last time. */
  untold(max: number): ReadonlyArray<RateLimitUse> {
    const uses: Array<RateLimitUse> = []
    for (const [name, count] of this.#counts) {
      const { here, limit, told } = count
      if (here === told || here < limit * quietShare) continue
      if (uses.length === max) break
      uses.push({ name, endsAtMs: this.#endsAtMs, used: here - told })
    }
    return uses
  }

  /** What was told is in the book now, and this is what stands there. */
  learn(uses: ReadonlyArray<RateLimitUse>, totals: ReadonlyArray<RateLimitUse>): void {
    for (const { endsAtMs, name, used } of uses) {
      const count = this.#counts.get(name)
      if (count !== undefined && endsAtMs === this.#endsAtMs) count.told += used
    }
    for (const { endsAtMs, name, used } of totals) {
      const count = this.#counts.get(name)
      if (count !== undefined && endsAtMs === this.#endsAtMs) {
        count.elsewhere = Math.max(0, used - count.told)
      }
    }
  }

  #turn(nowMs: number): void {
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
    const count = { limit, here: 0, told: 0, elsewhere: 0 }
    this.#counts.set(name, count)
    return count
  }
}
