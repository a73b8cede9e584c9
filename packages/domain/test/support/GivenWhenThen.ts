/** Decisions as sentences: given what happened, when this is asked, then that happens. */
import { assertLeft, assertRight } from "@effect/vitest/utils"
import { Either } from "effect"
import { type Decider, type Decision, fold } from "../../src/kernel/Decider.ts"
import type { Timestamp } from "../../src/kernel/Timestamp.ts"

export interface Scenario<S, C, E, R> {
  /** The state after all that was accepted so far. */
  readonly state: S
  readonly when: (command: C, at: Timestamp) => Outcome<S, C, E, R>
}

/** A scenario goes on after each outcome, so that sentences can follow one another. */
export interface Outcome<S, C, E, R> extends Scenario<S, C, E, R> {
  readonly decision: Decision<E, R>
  readonly thenEvents: (...events: ReadonlyArray<E>) => Outcome<S, C, E, R>
  /** Accepted, and nothing new happened. */
  readonly thenNothing: () => Outcome<S, C, E, R>
  readonly thenRefused: (rejection: R) => Outcome<S, C, E, R>
}

const outcome = <S, C, E, R>(
  decider: Decider<S, C, E, R>,
  state: S,
  decision: Decision<E, R>
): Outcome<S, C, E, R> => {
  const self: Outcome<S, C, E, R> = {
    ...scenario(decider, state),
    decision,
    thenEvents: (...events) => {
      assertRight(decision, events)
      return self
    },
    thenNothing: () => {
      assertRight(decision, [])
      return self
    },
    thenRefused: (rejection) => {
      assertLeft(decision, rejection)
      return self
    }
  }
  return self
}

const scenario = <S, C, E, R>(decider: Decider<S, C, E, R>, state: S): Scenario<S, C, E, R> => ({
  state,
  when: (command, at) => {
    const decision = decider.decide(state, command, at)
    const events = Either.getOrElse(decision, () => [])
    return outcome(decider, fold(decider, state, events), decision)
  }
})

export const given = <S, C, E, R>(
  decider: Decider<S, C, E, R>,
  history: ReadonlyArray<E> = []
): Scenario<S, C, E, R> => scenario(decider, fold(decider, decider.initial, history))
