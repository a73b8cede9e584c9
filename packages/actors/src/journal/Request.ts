/** A command on its way through an aggregate, and what may be answered to it. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { type Failure, type Outcome, VersionChanged } from "./Behaviour.ts"
import type { StreamId, Version } from "./Journal.ts"

export type Respond<Rejection> = (outcome: Outcome<Rejection>) => void

/** What a request says about the stream it is meant for. */
export interface Terms {
  /**
   * Whoever asks has begun this stream with it, as far as they know: it is believed to be empty.
   * Where it is not, the fence or the journal says so, and then it is read.
   */
  readonly isFirst: boolean
  /** In which versions alone it may be decided; in any when nothing is said. */
  readonly expected?: ReadonlyArray<Version> | undefined
}

export interface Request<Command, Rejection> extends Terms {
  readonly command: Command
  readonly metadata: Metadata
  readonly respond: Respond<Rejection>
  readonly attempt: number
  /** The journal was asked, and this command is not in it. */
  readonly isKnownNew: boolean
}

/** Somebody who waits until a version is committed. */
export interface Waiting {
  readonly version: Version
  readonly go: (failure: Failure | undefined) => void
}

/** Whether it may be decided in this version. */
export const isMeantFor = <Command, Rejection>(
  { expected }: Request<Command, Rejection>,
  version: Version
): boolean => expected === undefined || expected.includes(version)

/** How one asks who knows nothing of the stream. */
export const plainly: Terms = { isFirst: false }

/** That it was meant for another version than this one. */
export const changed = (stream: StreamId, version: Version): Outcome<never> =>
  failed(new VersionChanged({ stream, version }))

export const accepted = (isRepeat: boolean): Outcome<never> => ({ _tag: "Accepted", isRepeat })

export const failed = (failure: Failure): Outcome<never> => ({ _tag: "Failed", failure })
