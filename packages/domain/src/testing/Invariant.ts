/** What must always hold of a shop, by the names of docs/RELIABILITY.md, and what breaks it. */

/** A promise was broken: `invariant` names which, the message says where. A bug of the shop. */
export class InvariantBroken extends Error {
  readonly invariant: string

  constructor(invariant: string, finding: string) {
    super(`${invariant}: ${finding}`)
    this.name = "InvariantBroken"
    this.invariant = invariant
  }
}

/** Throws `InvariantBroken` unless it holds. */
export const must: (invariant: string, holds: boolean, finding: string) => asserts holds = (
  invariant,
  holds,
  finding
) => {
  if (!holds) throw new InvariantBroken(invariant, finding)
}

/** Throws `InvariantBroken` unless both are the same; for plain values and lists of them. */
export const same = (invariant: string, actual: unknown, expected: unknown, what: string): void => {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (is !== should) throw new InvariantBroken(invariant, `${what} is ${is}, must be ${should}`)
}
