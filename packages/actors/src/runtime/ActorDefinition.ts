/** What an actor is made of, what it is asked, and what it replies. */
import type { Aggregate, AggregateTypes } from "@souk/domain/kernel/Aggregate"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Tagged } from "@souk/domain/kernel/Tagged"
import { type Effect, type Either, type Option, Schema } from "effect"
import type { AppendFailure, StreamId, Version } from "../journal/Journal.ts"
import type { ReminderMap } from "../reminder/Reminder.ts"

/** What callers of an actor know of it: a part of its `AggregateTypes`. */
export interface ActorTypes {
  readonly Command: Tagged
  readonly View: unknown
  readonly Rejection: Tagged
}

/** A command on its way to an actor. */
export interface ActorRequest<Command> {
  readonly command: Command
  readonly metadata: Metadata
  /** How long the reply may wait, in milliseconds, until the actor is settled. */
  readonly waitMs: number
  /**
   * The command creates the stream and has not been sent before: the stream is taken to be empty
   * without being loaded. The journal's fence refuses the append where it is not, and then it is
   * loaded.
   */
  readonly isFirst: boolean
  /** The versions in which the command may be decided; any when absent. */
  readonly expected?: ReadonlyArray<Version> | undefined
}

/** What an actor replies, always from committed state. */
export interface Reply<View> {
  readonly version: Version
  /** The actor as outsiders may see it; absent when its stream is empty. */
  readonly view?: View | undefined
  /** Whether the actor has no pending intents. */
  readonly isSettled: boolean
  /** Whether this command had been processed before. */
  readonly isRepeat: boolean
}

/** Takes a reply, or the reason why there is none: once. */
export type Respond<A, E> = (reply: Either.Either<A, E>) => void

/** A request that is sent each time it is called, and replied to once each time. */
export type Ask<A, E> = (respond: Respond<A, E>) => void

/**
 * The actors of a category, in this process or elsewhere. They are asked by callback, because a
 * fiber for each request costs more than the decision it waits for.
 */
export interface Actors<T extends ActorTypes> {
  /** Decides a command, and replies once, when the reply can no longer change. */
  readonly handle: (
    id: string,
    request: ActorRequest<T["Command"]>,
    respond: Respond<Reply<T["View"]>, T["Rejection"] | ActorUnavailable>
  ) => void
  /** Replies with the committed state, after waiting up to `waitMs` until it is settled. */
  readonly read: (
    id: string,
    waitMs: number,
    respond: Respond<Reply<T["View"]>, ActorUnavailable>
  ) => void
  /** Executes the pending intents again, and waits up to `waitMs` until the actor is settled. */
  readonly resume: (
    id: string,
    metadata: Metadata,
    waitMs: number,
    respond: Respond<Reply<T["View"]>, T["Rejection"] | ActorUnavailable>
  ) => void
}

/**
 * The actor cannot reply now. Sending the same command again, under the same id, tells whether it
 * was processed; only `changed` says that nothing was done, because the version is another.
 */
export class ActorUnavailable extends Schema.TaggedError<ActorUnavailable>()("ActorUnavailable", {
  actor: Schema.String,
  reason: Schema.Literal(
    "journal_unavailable",
    "overloaded",
    "conflict",
    "not_owner",
    "unreachable",
    "version_mismatch",
    "defect"
  ),
  detail: Schema.String,
  /** The actor's version, where it is not the one that was expected. */
  version: Schema.optionalWith(Schema.Int, { exact: true })
}) {
  override get message() {
    return `${this.actor} cannot answer now (${this.reason}: ${this.detail}): repeat it in a moment`
  }
}

/** The stream cannot be read, or the program has a bug: the command is not decided. */
export class ActorBroken extends Schema.TaggedError<ActorBroken>()("ActorBroken", {
  stream: Schema.String,
  cause: Schema.Defect
}) {
  override get message() {
    return `${this.stream} cannot go on: ${this.cause instanceof Error ? this.cause.message : ""}`
  }
}

/** This process does not own the actor's shard. The owner knows of the command. */
export class ActorMoved extends Schema.TaggedError<ActorMoved>()("ActorMoved", {
  stream: Schema.String
}) {
  override get message() {
    return `${this.stream} is moving to another process: ask it again`
  }
}

/** The mailbox is full. The command was not decided. */
export class MailboxFull extends Schema.TaggedError<MailboxFull>()("MailboxFull", {
  stream: Schema.String,
  requests: Schema.Int
}) {
  override get message() {
    return `${this.requests} requests are waiting`
  }
}

/** The version is none of those in which the command may be decided. */
export class VersionChanged extends Schema.TaggedError<VersionChanged>()("VersionChanged", {
  stream: Schema.String,
  version: Schema.Int
}) {
  override get message() {
    return `${this.stream} is at version ${this.version}: read it, and decide again`
  }
}

export type ActorFailure = AppendFailure | ActorBroken | ActorMoved | MailboxFull | VersionChanged

const reasons = {
  JournalUnavailable: "journal_unavailable",
  JournalSaturated: "overloaded",
  MailboxFull: "overloaded",
  VersionConflict: "conflict",
  ActorBroken: "defect",
  ActorMoved: "not_owner",
  VersionChanged: "version_mismatch"
} as const satisfies Record<ActorFailure["_tag"], ActorUnavailable["reason"]>

/** A failure as callers are told of it. */
export const unavailable = (actor: StreamId, failure: ActorFailure): ActorUnavailable =>
  new ActorUnavailable({
    actor,
    reason: reasons[failure._tag],
    detail: failure.message,
    ...(failure._tag === "VersionChanged" ? { version: failure.version } : {})
  })

/** Any typed failure of an intent: it stays pending. */
export interface IntentFailure {
  readonly _tag: string
}

/** The command by which an actor learns the outcome of an intent; none while it is unknown. */
export type IntentOutcome<A extends AggregateTypes> = Option.Option<A["Command"]>

/** Calls `ready` once with the command to decide, within some seconds. */
export type BeforeCreate<A extends AggregateTypes> = (
  ready: (command: A["Command"]) => void
) => void

/** A room's behaviour behind its entity: the aggregate, and what it needs of this process. */
export interface ActorDefinition<A extends AggregateTypes> {
  readonly aggregate: Aggregate<A>
  /** The command that `Resume` decides; without it, pending intents are executed again. */
  readonly resume?: A["Command"]
  /** When the sweeper resumes an actor in this state, by the name of the reminder. */
  readonly reminders: (state: A["State"]) => ReminderMap
  /** Whether what is pending in this state waits for a person, so that no reply waits for it. */
  readonly isOpenEnded?: (state: A["State"]) => boolean
  /** Whether an actor in this state leaves memory as soon as it is settled. */
  readonly canPassivate: (state: A["State"]) => boolean
  /** How long an unused actor stays in memory, in milliseconds. */
  readonly idleMs: number
  /** After how many events a snapshot is saved, where the aggregate has a snapshot format. */
  readonly snapshotEvents?: number
  /**
   * What is found out before a command that may create the stream is decided; mostly nothing.
   * The command is not in the actor's mailbox meanwhile.
   */
  readonly beforeCreate?: (command: A["Command"], metadata: Metadata) => BeforeCreate<A> | undefined
  /**
   * Executes one intent. A failure is tried again, first by the executor and later by the sweeper.
   * `isRepeat` says that the intent may have been executed before, by a process that has died.
   * A provider is called as an effect; another actor is asked without a fiber.
   */
  readonly execute: (
    intent: A["Intent"],
    metadata: Metadata,
    isRepeat: boolean
  ) => Effect.Effect<IntentOutcome<A>, IntentFailure> | Ask<IntentOutcome<A>, IntentFailure>
}
