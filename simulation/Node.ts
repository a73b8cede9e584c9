/** A simulated process of either tier: it handles commands and may die at any step. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Owner } from "./World.ts"

export interface Tagged {
  readonly _tag: string
}

/** The outcome of a command, as its sender learns it. */
export type Reply =
  | {
      readonly _tag: "Replied"
      readonly version: number
      readonly view: unknown
      readonly isRepeat: boolean
    }
  | { readonly _tag: "Refused"; readonly rejection: Tagged }
  /** Unknown; the same command may be sent again. */
  | { readonly _tag: "Failed"; readonly reason: string }

export interface Node extends Owner {
  /** By how much its clock is ahead, in milliseconds. */
  skewMs: number
  /** Decides `command` at `stream`, and replies when it is settled, or after `waitMs`. */
  readonly tell: (
    stream: string,
    command: Tagged,
    metadata: Metadata,
    waitMs: number,
    respond: (reply: Reply) => void
  ) => void
}
