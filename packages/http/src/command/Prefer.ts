/** How long a client wishes to wait for work that goes on after the decision (RFC 7240). */

/** Long enough for a healthy payment provider, short enough for a customer. */
const secondsDefault = 5

/** The longest anyone may wait. */
const secondsMax = 30

const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i

export interface Waiting {
  readonly waitMs: number
  /** What to say about it in the answer. */
  readonly headers: Readonly<Record<string, string>>
}

/** A preference that cannot be read is no preference. */
export const waiting = (prefer: string | undefined): Waiting => {
  const wished = wait.exec(prefer ?? "")?.[1]
  if (wished === undefined) return { waitMs: secondsDefault * 1_000, headers: {} }
  const seconds = Math.min(Number(wished), secondsMax)
  return { waitMs: seconds * 1_000, headers: { "preference-applied": `wait=${seconds}` } }
}
