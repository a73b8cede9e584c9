/** A command on its way through an aggregate, and what may be answered to it. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Failure, Outcome } from "./Behaviour.ts"

export type Respond<Rejection> = (outcome: Outcome<Rejection>) => void

export interface Request<Command, Rejection> {
  readonly command: Command
  readonly metadata: Metadata
  readonly respond: Respond<Rejection>
  readonly attempt: number
  /** The journal was asked, and this command is not in it. */
  readonly isKnownNew: boolean
}

export const accepted = (isRepeat: boolean): Outcome<never> => ({ _tag: "Accepted", isRepeat })

export const failed = (failure: Failure): Outcome<never> => ({ _tag: "Failed", failure })
