/** Connections between runners, as far as those who write on them need to know: text, in order. */
import { Context } from "effect"
import type { Address } from "./RunnerConfig.ts"

/** A connection, from the side of one of its ends. */
export interface Line {
  /** What is sent arrives in order, or not at all: nobody is told here which. */
  readonly send: (text: string) => void
  /** Breaks it, also for the other end. */
  readonly hangUp: () => void
}

/** What happens to a connection at one of its ends. */
export interface LineEnd {
  /** Called with what one `send` of the other end was given. */
  readonly receive: (text: string) => void
  /** Called once, when nothing arrives any more in either direction. */
  readonly broken: () => void
}

export class Lines extends Context.Tag("@souk/actors/Lines")<
  Lines,
  {
    /** Calls another runner. Takes text at once; if nobody is there, the line breaks soon. */
    readonly open: (to: Address, end: LineEnd) => Line
    /** From now on `take` is who is called by other runners. */
    readonly answer: (take: (line: Line) => LineEnd) => void
    /** Calls `then` when all that has arrived by now was received. */
    readonly soon: (then: () => void) => void
  }
>() {}
