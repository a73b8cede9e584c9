/** The number with which `souk` ends, for scripts to branch on. */

export const ExitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  cancelled: 3,
  notAllowed: 4,
  notFound: 5,
  conflict: 6,
  partlyDone: 7,
  interrupted: 130
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** As `souk help exit-codes` lists them. Never renumbered: scripts rely on them. */
export const meanings: ReadonlyArray<readonly [code: ExitCode, means: string]> = [
  [ExitCode.ok, "done, or there was nothing to do"],
  [ExitCode.failure, "any other failure: no shop there, a bug"],
  [ExitCode.usage, "the command line or the configuration is wrong; nothing was done"],
  [ExitCode.cancelled, "you declined the confirmation"],
  [ExitCode.notAllowed, "no key, or one that the shop does not accept"],
  [ExitCode.notFound, "not found: an order, a payment, a product, a key, a user"],
  [ExitCode.conflict, "a conflict with the present state, or out of stock"],
  [ExitCode.partlyDone, "partly done, or differences were found; stderr says which"],
  [ExitCode.interrupted, "interrupted (Ctrl-C); stderr says what may have happened"]
]
