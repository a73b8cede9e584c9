/** What a room gives to its aggregates, what the world gives them, and what they answer. */
import type { Decider } from "@souk/domain/kernel/Decider"
import type { EventCodec } from "@souk/domain/kernel/EventCodec"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Intent, Saga } from "@souk/domain/kernel/Saga"
import type { Timestamp } from "@souk/domain/kernel/Timestamp"
import { type Either, Schema } from "effect"
import type { ReminderMap } from "../reminder/Reminder.ts"
import type { Append, AppendFailure, JournalUnavailable, Loaded, Version } from "./Journal.ts"

/** Everything about a room that its actors' durability needs. */
export interface Behaviour<State, Command, Event, Rejection, I extends Intent> {
  readonly decider: Decider<State, Command, Event, Rejection>
  readonly saga: Saga<State, Event, I>
  readonly codec: EventCodec<Event>
  /** When the sweeper tells an actor in this state to resume, by the name of the reminder. */
  readonly reminders: (state: State) => ReminderMap
  readonly decodeSnapshot: (state: unknown) => State
}

/** What the aggregate needs of the world around it. */
export interface Surroundings<State, I> {
  readonly now: () => Timestamp
  readonly enqueue: (append: Append, settled: (failure: AppendFailure | undefined) => void) => void
  readonly load: (done: (loaded: Either.Either<Loaded, JournalUnavailable>) => void) => void
  readonly has: (
    commandId: string,
    done: (has: Either.Either<boolean, JournalUnavailable>) => void
  ) => void
  /** Whether the stream has events after this version. */
  readonly hasNewer: (
    after: Version,
    done: (hasNewer: Either.Either<boolean, JournalUnavailable>) => void
  ) => void
  /**
   * Called with every intent that became due, and again (`isRepeat`) with those still owed when the
   * actor is reminded; one that is being performed may come again.
   */
  readonly perform: (intent: I, cause: Metadata, isRepeat: boolean) => void
  /** Called after each commit, with the state that is now durable, and the versions it spans. */
  readonly committed: (state: State, before: Version, version: Version) => void
}

/** A command that cannot be decided upon: the stream is unreadable, or the program has a bug. */
export class ActorBroken extends Schema.TaggedError<ActorBroken>()("ActorBroken", {
  stream: Schema.String,
  cause: Schema.Defect
}) {
  override get message() {
    return `${this.stream} cannot go on: ${this.cause instanceof Error ? this.cause.message : ""}`
  }
}

/** The actor lives elsewhere now, or is about to. What became of the command is told there. */
export class ActorMoved extends Schema.TaggedError<ActorMoved>()("ActorMoved", {
  stream: Schema.String
}) {
  override get message() {
    return `${this.stream} is moving to another process: ask it again`
  }
}

/** The caller has said in which versions it may be done, and this is another one. */
export class VersionChanged extends Schema.TaggedError<VersionChanged>()("VersionChanged", {
  stream: Schema.String,
  version: Schema.Int
}) {
  override get message() {
    return `${this.stream} is at version ${this.version}: read it, and decide anew`
  }
}

export type Failure = AppendFailure | ActorBroken | ActorMoved | VersionChanged

export type Outcome<Rejection> =
  | { readonly _tag: "Accepted"; readonly isRepeat: boolean }
  | { readonly _tag: "Refused"; readonly rejection: Rejection }
  | { readonly _tag: "Failed"; readonly failure: Failure }
