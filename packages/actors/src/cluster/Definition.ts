/** What makes a room an actor: its decider, what it owes, and how that is paid. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Intent } from "@souk/domain/kernel/Saga"
import type { Timestamp } from "@souk/domain/kernel/Timestamp"
import type { Effect, Option } from "effect"
import type { Behaviour } from "../journal/Behaviour.ts"
import type { Asking } from "./Asking.ts"

/** A state worth keeping beside the journal, because its stream grows without end. */
export interface Snapshotting<State> {
  /** A snapshot is kept each time this many events have been added. */
  readonly everyEvents: number
  /** Raised when the shape changes; snapshots of another version are passed over. */
  readonly schemaVersion: number
  readonly encode: (state: State) => object
  readonly decode: (state: unknown) => State
}

/** Any typed failure: all that matters is that the intent was not paid. */
export interface PerformFailure {
  readonly _tag: string
}

/** The command with which an actor learns what became of an intent; none while it is open. */
export type Paid<Command> = Effect.Effect<Option.Option<Command>, PerformFailure>

/** Calls back once with the command as it is to be decided, within some seconds. */
export type Preparing<Command> = (ready: (command: Command) => void) => void

export interface Definition<State, Command, Event, Rejection, View, I extends Intent> extends Omit<
  Behaviour<State, Command, Event, Rejection, I>,
  "decodeSnapshot"
> {
  readonly view: (state: State, id: string, at: Timestamp) => Option.Option<View>
  /** Whether this state may last: what is owed in it waits for a person, so nobody waits here. */
  readonly isOpenEnded?: (state: State) => boolean
  /** Whether an actor in this state leaves memory as soon as it is at rest. */
  readonly mayLeave: (state: State) => boolean
  /** How long an unused actor stays in memory, in milliseconds. */
  readonly idleMs: number
  readonly snapshots: Snapshotting<State> | undefined
  /** What `Resume` decides; without it, what is owed is performed again and nothing is decided. */
  readonly resume?: Command
  /**
   * What is to be found out before this command is decided, if it begins the stream; mostly
   * nothing, and then it costs nothing. The actor itself has not heard of the command meanwhile.
   */
  readonly prepare?: (command: Command, metadata: Metadata) => Preparing<Command> | undefined
  /**
   * Pays one intent, and says with which command the actor learns of the outcome; nothing when it
   * is still open. A failure is tried again, soon by the host and later by the sweeper. `isRepeat`
   * says that the intent may have been performed before, by a process that did not live to tell.
   * The world outside is an effect; another actor is asked without one.
   */
  readonly perform: (
    intent: I,
    metadata: Metadata,
    isRepeat: boolean
  ) => Paid<Command> | Asking<Option.Option<Command>, PerformFailure>
}

/** The definition itself; its deciders and sagas give the functions after them their types. */
export const make = <State, Command, Event, Rejection, View, I extends Intent>(
  definition: Definition<State, Command, Event, Rejection, View, I>
): Definition<State, Command, Event, Rejection, View, I> => definition
