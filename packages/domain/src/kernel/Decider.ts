/**
 * A decider is an actor's mind: what it is at first, what it answers, and what an event does to it.
 * After Jérémie Chassaing's "functional event sourcing decider".
 */
import { Either } from "effect"
import { entry, type Tagged } from "./Tagged.ts"
import type { Timestamp } from "./Timestamp.ts"

export type Decision<Event, Rejection> = Either.Either<ReadonlyArray<Event>, Rejection>

export interface Decider<State, Command, Event, Rejection> {
  readonly initial: State
  /** What happens when `state` is asked for `command`. No events: it is already so. */
  readonly decide: (state: State, command: Command, at: Timestamp) => Decision<Event, Rejection>
  /** The state after `event`. Total on every history that `decide` can make; dies on any other. */
  readonly evolve: (state: State, event: Event) => State
  /** Whether nothing is owed any more, so that the actor may leave memory. */
  readonly isTerminal: (state: State) => boolean
  /**
   * Whether this decision would be wrong had the same command been accepted longer ago than an
   * actor keeps command ids in mind. Then the journal is asked before the decision is believed.
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
