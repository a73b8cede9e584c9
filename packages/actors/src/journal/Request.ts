/** A command on its way through an aggregate, and what may be answered to it. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Failure, Outcome } from "./Behaviour.ts"
import type { Version } from "./Journal.ts"

export type Respond<Rejection> = (outcome: Outcome<Rejection>) => void

export interface Request<Command, Rejection> {
  readonly command: Command
  readonly metadata: Metadata
  readonly respond: Respond<Rejection>
  readonly attempt: number
  /** The journal was asked, and this command is not in it. */
  readonly isKnownNew: boolean
  /**
   * Whoever asks has begun this stream with it, as far as they know: it is believed to be empty.
   * Where it is not, the fence or the journal says so, and then it is read.
   */
  readonly isFirst: boolean
}

/** Somebody who waits until a version is committed. */
export interface Waiting {
  readonly version: Version
  readonly go: (failure: Failure | undefined) => void
}

export const accepted = (isRepeat: boolean): Outcome<never> => ({ _tag: "Accepted", isRepeat })

export const failed = (failure: Failure): Outcome<never> => ({ _tag: "Failed", failure })
