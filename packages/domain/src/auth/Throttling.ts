/** How long to wait after failed attempts: longer each time, up to a limit. */

export interface Policy {
  /** So many failures cost nothing. */
  readonly failuresFree: number
  /** The wait after the first that does; each further failure doubles it. */
  readonly delayMs: number
  /** No wait is longer: an endless lock would be a weapon against its owner. */
  readonly delayMsMax: number
  /** After so long without a failure all is forgotten. */
  readonly memoryMs: number
}

/** For one account: a password mistyped a few times is nothing, a thousand guesses take a week. */
export const account: Policy = {
  failuresFree: 5,
  delayMs: 1_000,
  delayMsMax: 900_000,
  memoryMs: 3_600_000
}

/** For one network address: an office may share one, and a spray over many accounts shows here. */
export const address: Policy = {
  failuresFree: 100,
  delayMs: 1_000,
  delayMsMax: 60_000,
  memoryMs: 3_600_000
}

/** For new accounts from one network address; what they cost is hashing, which is bounded too. */
export const registration: Policy = {
  failuresFree: 1_000,
  delayMs: 1_000,
  delayMsMax: 60_000,
  memoryMs: 3_600_000
}

export interface Throttled {
  readonly failures: number
  readonly lastMs: number
  readonly blockedUntilMs: number
}

/** The wait after so many failures in a row, in milliseconds. */
export const delayAfter = (policy: Policy, failures: number): number =>
  failures <= policy.failuresFree
    ? 0
    : Math.min(policy.delayMsMax, policy.delayMs * 2 ** (failures - policy.failuresFree - 1))

/**
 * One more attempt, counted as a failure until it is known to be none: a thousand guesses at once
 * must not all pass before the first is counted. Nothing while it is too early to try.
 */
export const attempt = (
  before: Throttled | undefined,
  policy: Policy,
  nowMs: number
): Throttled | undefined => {
  if (before !== undefined && before.blockedUntilMs > nowMs) return undefined
  const isForgotten = before === undefined || nowMs - before.lastMs > policy.memoryMs
  const failures = (isForgotten ? 0 : before.failures) + 1
  return { failures, lastMs: nowMs, blockedUntilMs: nowMs + delayAfter(policy, failures) }
}
