/** Executes the intents of actors, and tries again what failed. */
import type { AggregateTypes } from "@souk/domain/kernel/Aggregate"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, Either, type Fiber, Option } from "effect"
import type { ActorDefinition, IntentFailure, IntentOutcome } from "./ActorDefinition.ts"
import * as RetrySchedule from "./RetrySchedule.ts"

/** Runs an effect in a fiber that ends, at the latest, with the layer of the actors. */
export type Run = (effect: Effect.Effect<unknown>) => Fiber.RuntimeFiber<unknown>

export interface IntentExecutor<A extends AggregateTypes> {
  /** Calls `done` once: with the command that tells the outcome; with none while it is open. */
  readonly execute: (
    intent: A["Intent"],
    metadata: Metadata,
    isRepeat: boolean,
    done: (outcome: IntentOutcome<A>) => void
  ) => void
}

/** Five tries within some four seconds; after them the intent is left to the sweeper. */
const retries = { firstMs: 100, factor: 3, jitter: true, times: 4 }

export const make = <A extends AggregateTypes>(
  { execute }: Pick<ActorDefinition<A>, "execute">,
  run: Run
): IntentExecutor<A> => ({
  execute: (intent, metadata, isRepeat, done) => {
    const retry = (outcome: Effect.Effect<IntentOutcome<A>, IntentFailure>) =>
      RetrySchedule.retryLater(outcome, retries).pipe(
        Effect.catchAllCause((cause) =>
          Effect.as(
            Effect.logWarning(
              `${metadata.who} could not ${intent.step}; the sweeper will try again`,
              cause
            ),
            Option.none()
          )
        ),
        Effect.map(done)
      )
    const outcome = execute(intent, metadata, isRepeat)
    if (Effect.isEffect(outcome)) {
      run(
        Effect.matchCauseEffect(outcome, {
          onSuccess: (command) => Effect.sync(() => done(command)),
          onFailure: () => retry(outcome)
        })
      )
    } else {
      outcome((answer) => {
        if (Either.isRight(answer)) done(answer.right)
        else run(retry(Effect.async((resume) => outcome(resume))))
      })
    }
  }
})
