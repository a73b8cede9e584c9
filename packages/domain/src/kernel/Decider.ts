/**
 * The two pure parts of an actor. Its decider has the initial state, decides commands and applies
 * events, after Jérémie Chassaing's "functional event sourcing decider". Its saga gives the intents
 * that follow from a state or an event.
 */
import { Either } from "effect"
import { entry, type Tagged } from "./Tagged.ts"
import type { Timestamp } from "./Timestamp.ts"

export type Decision<Event, Rejection> = Either.Either<ReadonlyArray<Event>, Rejection>

export interface Decider<State, Command, Event, Rejection> {
  readonly initial: State
  /** The events of a command, or its refusal. No events: nothing has to change. */
  readonly decide: (state: State, command: Command, at: Timestamp) => Decision<Event, Rejection>
  /** The state after `event`. Total on every history that `decide` can make; dies on any other. */
  readonly evolve: (state: State, event: Event) => State
  /** Whether no intent can follow any more, so that the actor may leave memory. */
  readonly isTerminal: (state: State) => boolean
  /**
   * Whether this decision is wrong if the command was accepted before the oldest command id that
   * the actor remembers. Then the journal is asked for the id before the decision is used.
   */
  readonly needsDurableDedup?: (command: Command, decision: Decision<Event, Rejection>) => boolean
}

export const accept = <Event>(...events: ReadonlyArray<NoInfer<Event>>): Decision<Event, never> =>
  Either.right(events)

export const refuse = <Rejection>(rejection: Rejection): Decision<never, Rejection> =>
  Either.left(rejection)

export const fold = <State, Event>(
  decider: Pick<Decider<State, never, Event, unknown>, "evolve">,
  state: State,
  events: ReadonlyArray<Event>
): State => events.reduce(decider.evolve, state)

/** `decide`, written as one function for each command. */
export const decideBy =
  <State, Command extends Tagged, Event, Rejection>(table: {
    readonly [Tag in Command["_tag"]]: (
      state: State,
      command: Extract<Command, { readonly _tag: Tag }>,
      at: Timestamp
    ) => Decision<Event, Rejection>
  }): Decider<State, Command, Event, Rejection>["decide"] =>
  (state, command, at) =>
    entry<Decider<State, Command, Event, Rejection>["decide"]>(table, command)(state, command, at)

/** `evolve`, or anything else that a state and an event give, as one function for each event. */
export const evolveBy =
  <State, Event extends Tagged, Out = State>(table: {
    readonly [Tag in Event["_tag"]]: (
      state: State,
      event: Extract<Event, { readonly _tag: Tag }>
    ) => Out
  }): ((state: State, event: Event) => Out) =>
  (state, event) =>
    entry<(state: State, event: Event) => Out>(table, event)(state, event)

/** A history in which an event met a state that cannot have produced it. Never caught: a bug. */
export class ImpossibleHistory extends Error {
  constructor(state: string, event: string) {
    super(`no ${event} can happen to ${state}: the journal and the program disagree`)
    this.name = "ImpossibleHistory"
  }
}

/** For `evolve`: this event cannot meet this state. */
export const impossible = (
  state: { readonly _tag: string },
  event: { readonly _tag: string }
): never => {
  throw new ImpossibleHistory(state._tag, event._tag)
}

/**
 * A step to take outside the actor; its outcome comes back as a command. `step` names the intent
 * within its actor, and is the last part of the id of that command.
 */
export interface Intent {
  readonly _tag: string
  readonly step: string
}

/**
 * For every history, the intents that `react` gave and that have no outcome yet are exactly the
 * `resume` of the state, so that a crash loses none: the state alone says what is to be done.
 */
export interface Saga<State, Event, I extends Intent> {
  /** All pending intents. */
  readonly resume: (state: State) => ReadonlyArray<I>
  /** The intents that this event adds. `state` is the state after the event. */
  readonly react: (state: State, event: Event) => ReadonlyArray<I>
}

/** The saga of an aggregate without intents. */
export const noSaga: Saga<unknown, unknown, never> = { resume: () => [], react: () => [] }
