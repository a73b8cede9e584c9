/**
 * One login: a family of refresh tokens of which one is alive. RFC 9700, section 4.14.2, with a
 * short grace for the token before the last, so that a crash logs no user out.
 */

/** How long the token before the last gets the last one again. */
export const graceMs = 10_000

/** A login that is not used for so long is over: two weeks. */
export const idleMsMax = 1_209_600_000

/** A login is over after so long, used or not: ninety days. */
export const lifeMsMax = 7_776_000_000

export interface SessionState {
  /** SHA-256 of the token that is alive. */
  readonly tokenHash: string
  /** SHA-256 of the one before it. */
  readonly previousHash: string | undefined
  /** From where the one before it was presented. */
  readonly client: string
  readonly startedMs: number
  readonly rotatedMs: number
  readonly isRevoked: boolean
}

/**
 * What to make of a token of this family: `rotate` it; give its successor `again`; the login is
 * `over`; or it was used before (`reused`), so that one of two holders is a thief.
 */
export type RefreshDecision = "rotate" | "again" | "over" | "reused"

export const decideRefresh = (
  session: SessionState,
  presented: { readonly hash: string; readonly client: string },
  nowMs: number
): RefreshDecision => {
  const { client, isRevoked, previousHash, rotatedMs, startedMs, tokenHash } = session
  if (isRevoked || nowMs - rotatedMs > idleMsMax || nowMs - startedMs > lifeMsMax) return "over"
  if (presented.hash === tokenHash) return "rotate"
  const isPrevious = presented.hash === previousHash && presented.client === client
  return isPrevious && nowMs - rotatedMs <= graceMs ? "again" : "reused"
}
