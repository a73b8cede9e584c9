/**
 * A saga is what an actor owes the world outside it: intents, each answered by one command.
 *
 * Law: for every history, the intents that `react` gave and that are still unanswered are exactly
 * `resume` of the state. So a crash forgets nothing: the state alone says what to do next.
 */

/** Something owed. `step` names it within its actor, and makes the id of the command it becomes. */
export interface Intent {
  readonly _tag: string
  readonly step: string
}

export interface Saga<State, Event, I extends Intent> {
  /** Everything still owed. */
  readonly resume: (state: State) => ReadonlyArray<I>
  /** What this event newly makes due. `state` is the state after the event. */
  readonly react: (state: State, event: Event) => ReadonlyArray<I>
}

/** An actor that owes nothing to anyone. */
export const none: Saga<unknown, unknown, never> = { resume: () => [], react: () => [] }
