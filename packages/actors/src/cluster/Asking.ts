/**
 * Answers that come later, to a callback. Actors of one process ask each other in this way, because
 * a fiber for each question costs more than the decision it waits for.
 */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, type Either } from "effect"

/** Takes an answer, or why there is none: once. */
export type Respond<A, E> = (answer: Either.Either<A, E>) => void

/** What one actor asks of another. */
export interface Question<Command> {
  readonly command: Command
  readonly metadata: Metadata
  /** How long the answer may wait for the other one to owe nothing any more. */
  readonly waitMs: number
  /** Whether it begins the other one's stream, and has never been asked before. */
  readonly isFirst: boolean
  /** In which versions of the other one it may be decided; in any when nothing is said. */
  readonly expected?: ReadonlyArray<number> | undefined
}

/** A question that is asked each time it is called, and answered once each time. */
export type Asking<A, E> = (respond: Respond<A, E>) => void

/** The same question as an effect. */
export const asEffect = <A, E>(asking: Asking<A, E>): Effect.Effect<A, E> =>
  Effect.async<A, E>((resume) => asking(resume))
