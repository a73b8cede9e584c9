/**
 * Answers that come later, to a callback. Actors of one process ask each other in this way, because
 * a fiber for each question costs more than the decision it waits for.
 */
import { Effect, type Either } from "effect"

/** Takes an answer, or why there is none: once. */
export type Respond<A, E> = (answer: Either.Either<A, E>) => void

/** A question that is asked each time it is called, and answered once each time. */
export type Asking<A, E> = (respond: Respond<A, E>) => void

/** The same question as an effect. */
export const asEffect = <A, E>(asking: Asking<A, E>): Effect.Effect<A, E> =>
  Effect.async<A, E>((resume) => asking(resume))
