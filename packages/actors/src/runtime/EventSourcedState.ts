/**
 * The state of one actor, kept equal to its stream: it loads events, decides commands and appends.
 *
 * This is the hot path, so it is synchronous code with callbacks. In one turn of the event loop a
 * command is decided, applied, given its version and enqueued, so that the order of decisions is
 * the order of versions; a reply waits until what it rests on is committed. Two instances of one
 * actor may exist: the journal's fence accepts the appends of one, and the other forgets its
 * state, loads the stream and decides again.
 */
import type { AggregateTypes } from "@souk/domain/kernel/Aggregate"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Array as Arr, Either, Option, Effect } from "effect"
import {
  type Append,
  type Loaded,
  Session,
  type StreamId,
  type Version,
  VersionConflict,
  type AppendFailure,
  type Journal,
  type JournalUnavailable,
  type Snapshot
} from "../journal/Journal.ts"
import * as Reminder from "../reminder/Reminder.ts"
import {
  ActorBroken,
  type ActorFailure,
  type ActorMoved,
  VersionChanged
} from "./ActorDefinition.ts"
import type { ActorContext, ActorInstance } from "./ActorInstance.ts"
import type { Run } from "./IntentExecutor.ts"

/** How often a command is decided again after another instance has won the race for a version. */
const attemptsMax = 8

/** Every command of an order, payment or shipment; the last minutes of a busy stock item. */
const commandIdsMax = 1024

/** Why a command is not decided, that it was refused, or that its decision is committed. */
export type Outcome<Rejection> =
  | { readonly _tag: "Accepted"; readonly isRepeat: boolean }
  | { readonly _tag: "Refused"; readonly rejection: Rejection }
  | { readonly _tag: "Failed"; readonly failure: ActorFailure }

const accepted = (isRepeat: boolean): Outcome<never> => ({ _tag: "Accepted", isRepeat })
const failed = (failure: ActorFailure): Outcome<never> => ({ _tag: "Failed", failure })

/** A command to decide; without a command, a request to execute again what is pending. */
export interface Decide<A extends AggregateTypes> {
  readonly command: A["Command"] | undefined
  readonly metadata: Metadata
  /** Called once, when the outcome can no longer change. */
  readonly respond: (outcome: Outcome<A["Rejection"]>) => void
  /** See `ActorRequest`. */
  readonly isFirst?: boolean
  readonly expected?: ReadonlyArray<Version> | undefined
}

interface Deciding<A extends AggregateTypes> extends Decide<A> {
  readonly attempt: number
  /** The journal was asked, and this command is not in it. */
  readonly isKnownNew: boolean
}

interface CommitWaiter {
  readonly version: Version
  readonly done: (failure: ActorFailure | undefined) => void
}

export class EventSourcedState<A extends AggregateTypes> {
  readonly stream: StreamId
  readonly #instance: ActorInstance<A>
  readonly #context: ActorContext<A>
  readonly #processed = new ProcessedCommands()
  #status: "empty" | "loading" | "ready" = "empty"
  #session = new Session()
  #closed: ActorMoved | undefined
  /** The decided state; ahead of `#durable` while appends are in flight. */
  #state: A["State"]
  #version: Version = 0
  #durable: { readonly state: A["State"]; readonly version: Version }
  #lastMetadata: Metadata | undefined
  #loadWaiters: Array<(failure: ActorFailure | undefined) => void> = []
  #commitWaiters: Array<CommitWaiter> = []
  #appends = 0

  constructor(stream: StreamId, instance: ActorInstance<A>, context: ActorContext<A>) {
    this.stream = stream
    this.#instance = instance
    this.#context = context
    this.#state = context.definition.aggregate.decider.initial
    this.#durable = { state: this.#state, version: 0 }
  }

  /** The committed state and version: all that outsiders may be told. */
  get durable(): { readonly state: A["State"]; readonly version: Version } {
    return this.#durable
  }

  /** The reason for every reply once the instance is evicted. */
  get closed(): ActorMoved | undefined {
    return this.#closed
  }

  get hasAppendsInFlight(): boolean {
    return this.#appends > 0
  }

  /** Everything decided is committed, and no request waits for the journal. */
  get isQuiet(): boolean {
    const isCommitted = this.#version === this.#durable.version
    return isCommitted && this.#status !== "loading" && this.#commitWaiters.length === 0
  }

  decide(request: Decide<A>): void {
    this.#decide({ ...request, attempt: 1, isKnownNew: false })
  }

  /** Calls `done` when the stream is loaded and everything decided up to now is committed. */
  whenCommitted(done: (failure: ActorFailure | undefined) => void): void {
    if (this.#closed !== undefined) return done(this.#closed)
    if (this.#status !== "ready") {
      this.#load((failure) => (failure === undefined ? this.whenCommitted(done) : done(failure)))
    } else if (this.#version === this.#durable.version) done(undefined)
    else this.#commitWaiters.push({ version: this.#version, done })
  }

  /** Drops the state for good: each request, waiting or new, gets `why`. */
  close(why: ActorMoved): void {
    this.#closed = why
    this.forget(why)
  }

  /** Drops the state; the next request loads the stream. */
  forget(failure: ActorFailure): void {
    const waiters = this.#commitWaiters
    this.#session.isBroken = true
    this.#session = new Session()
    this.#status = "empty"
    this.#commitWaiters = []
    this.#processed.clear(false)
    for (const { done } of waiters) done(failure)
  }

  #decide(request: Deciding<A>): void {
    if (this.#closed !== undefined) return request.respond(failed(this.#closed))
    if (request.isFirst && this.#status === "empty") {
      this.#fold({ snapshot: Option.none(), events: [] })
      this.#status = "ready"
    }
    if (this.#status !== "ready") {
      return this.#load((failure) =>
        failure === undefined ? this.#decide(request) : request.respond(failed(failure))
      )
    }
    if (this.#processed.has(request.metadata.commandId)) {
      return this.#replyWithoutEvents(request, accepted(true))
    }
    try {
      this.#judge(request)
    } catch (cause) {
      // A bug: the state in memory may be wrong.
      const failure = new ActorBroken({ stream: this.stream, cause })
      this.forget(failure)
      request.respond(failed(failure))
    }
  }

  #judge(request: Deciding<A>): void {
    const { command, expected } = request
    if (command === undefined) return this.#replyWithoutEvents(request, accepted(false))
    const { decide, needsDurableDedup } = this.#context.definition.aggregate.decider
    const isChanged = expected !== undefined && !expected.includes(this.#version)
    const decision = decide(this.#state, command, this.#context.now())
    if (this.#processed.isTruncated && !request.isKnownNew) {
      if (isChanged || needsDurableDedup?.(command, decision)) return this.#lookUp(request)
    }
    if (isChanged) {
      const { stream } = this
      const changed = new VersionChanged({ stream, version: this.#version })
      return this.#replyWithoutEvents(request, failed(changed))
    }
    if (Either.isLeft(decision)) {
      return this.#replyWithoutEvents(request, { _tag: "Refused", rejection: decision.left })
    }
    const events: ReadonlyArray<A["Event"]> = decision.right
    if (Arr.isNonEmptyReadonlyArray(events)) this.#append(request, events)
    else this.#replyWithoutEvents(request, accepted(false))
  }

  /** Asks the journal whether a command was processed longer ago than memory goes back. */
  #lookUp(request: Deciding<A>): void {
    this.#context.journal.has(this.stream, request.metadata.commandId, (has) => {
      if (Either.isLeft(has)) request.respond(failed(has.left))
      else if (has.right) this.#replyWithoutEvents(request, accepted(true))
      else this.#decide({ ...request, isKnownNew: true })
    })
  }

  /**
   * Replies to what has no events of its own, once those are committed that it was decided upon.
   * No fence stands behind such a reply, so the journal is asked whether another instance has
   * appended since; a repeated command stays known whatever came later.
   */
  #replyWithoutEvents(request: Deciding<A>, outcome: Outcome<A["Rejection"]>): void {
    const reply = () => {
      if (outcome._tag === "Accepted") this.#executePending()
      request.respond(outcome)
    }
    this.whenCommitted((failure) => {
      if (failure !== undefined) this.#retry(request, failure)
      else if (outcome._tag === "Accepted" && outcome.isRepeat) reply()
      else this.#ifNewest(request, reply)
    })
  }

  #ifNewest(request: Deciding<A>, reply: () => void): void {
    const session = this.#session
    const { version } = this.#durable
    this.#context.journal.hasNewer(this.stream, version, (newer) => {
      if (Either.isLeft(newer)) return request.respond(failed(newer.left))
      if (!newer.right) return reply()
      const conflict = new VersionConflict({ stream: this.stream, expected: version })
      // The newer events may be this instance's own: the fence tells.
      if (session === this.#session && this.#version > version) {
        return this.whenCommitted((failure) =>
          failure === undefined ? reply() : this.#retry(request, failure)
        )
      }
      if (session === this.#session) this.forget(conflict)
      this.#retry(request, conflict)
    })
  }

  #append(request: Deciding<A>, events: Arr.NonEmptyReadonlyArray<A["Event"]>): void {
    const { aggregate, reminders } = this.#context.definition
    const { codec, decider } = aggregate
    const { metadata } = request
    const before = this.#state
    const after = events.reduce(decider.evolve, before)
    const append: Append = {
      session: this.#session,
      stream: this.stream,
      expected: this.#version,
      entries: Arr.map(events, (event) => codec.encode(event, metadata)),
      reminders: Reminder.changes(reminders(before), reminders(after))
    }
    const version = this.#version + events.length
    this.#state = after
    this.#version = version
    this.#processed.add(metadata.commandId)
    this.#appends++
    this.#context.journal.enqueue(append, (failure) => {
      this.#appends--
      if (failure !== undefined) return this.#appendFailed(append.session, request, failure)
      // Forgotten in the meantime: the events are committed, and the next load reads them.
      if (append.session !== this.#session) return request.respond(accepted(false))
      this.#committed(append, after, version, events, metadata)
      request.respond(accepted(false))
      this.#instance.onProgress()
    })
  }

  #committed(
    { expected }: Append,
    state: A["State"],
    version: Version,
    events: ReadonlyArray<A["Event"]>,
    metadata: Metadata
  ): void {
    const { aggregate, snapshotEvents } = this.#context.definition
    this.#durable = { state, version }
    this.#lastMetadata = metadata
    this.#react(state, events, metadata)
    while (this.#commitWaiters[0] !== undefined && this.#commitWaiters[0].version <= version) {
      this.#commitWaiters.shift()?.done(undefined)
    }
    const { snapshot } = aggregate
    if (snapshot === undefined || snapshotEvents === undefined) return
    if (!isMultipleBetween(expected, version, snapshotEvents)) return
    const { schemaVersion } = snapshot
    const encoded = snapshot.encode(state)
    this.#context.journal.save({ stream: this.stream, version, schemaVersion, state: encoded })
  }

  /** A bug in the saga leaves its intents pending; the events are committed all the same. */
  #react(state: A["State"], events: ReadonlyArray<A["Event"]>, metadata: Metadata): void {
    const { react } = this.#context.definition.aggregate.saga
    try {
      for (const event of events) {
        for (const intent of react(state, event)) this.#instance.execute(intent, metadata, false)
      }
    } catch (cause) {
      this.#context.report(new ActorBroken({ stream: this.stream, cause }))
    }
  }

  /** What was decided upon the lost events never happened: forget, load and decide again. */
  #appendFailed(session: Session, request: Deciding<A>, failure: ActorFailure): void {
    this.#context.owner.isOwned(this.#instance) // Evicts it if not.
    if (this.#session === session) this.forget(failure)
    this.#retry(request, failure)
  }

  #retry(request: Deciding<A>, failure: ActorFailure): void {
    const { attempt, respond } = request
    if (this.#closed !== undefined) respond(failed(this.#closed))
    else if (failure._tag !== "VersionConflict" || attempt >= attemptsMax) respond(failed(failure))
    else this.#decide({ ...request, attempt: attempt + 1, isKnownNew: false, isFirst: false })
  }

  #load(done: (failure: ActorFailure | undefined) => void): void {
    this.#loadWaiters.push(done)
    if (this.#status === "loading") return
    this.#status = "loading"
    const { journal, definition } = this.#context
    journal.load(this.stream, definition.aggregate.snapshot?.schemaVersion, (loaded) => {
      const failure = Either.isLeft(loaded) ? loaded.left : this.#fold(loaded.right)
      const waiters = this.#loadWaiters
      this.#loadWaiters = []
      this.#status = failure === undefined ? "ready" : "empty"
      for (const waiter of waiters) waiter(failure)
    })
  }

  /** A stream that cannot be read stops this actor alone. */
  #fold({ events, snapshot }: Loaded): ActorBroken | undefined {
    const { codec, decider, snapshot: format } = this.#context.definition.aggregate
    try {
      const start = Option.getOrUndefined(snapshot)
      const initial = start && format?.decode(start.state)
      let state: A["State"] = initial ?? decider.initial
      this.#processed.clear(start !== undefined)
      for (const recorded of events) {
        state = decider.evolve(state, codec.decode(recorded))
        this.#processed.add(recorded.metadata.commandId)
      }
      const last = events.at(-1)
      const version = last?.version ?? start?.version ?? 0
      this.#state = state
      this.#version = version
      this.#durable = { state, version }
      this.#lastMetadata = last?.metadata
      return undefined
    } catch (cause) {
      return new ActorBroken({ stream: this.stream, cause })
    }
  }

  #executePending(): void {
    const metadata = this.#lastMetadata
    if (this.#status !== "ready" || this.#version !== this.#durable.version) return
    if (metadata === undefined) return
    for (const intent of this.#context.definition.aggregate.saga.resume(this.#durable.state)) {
      this.#instance.execute(intent, metadata, true)
    }
  }
}

/** The ids of the commands that were processed lately, by which a repeat is recognised. */
class ProcessedCommands {
  readonly #ids = new Set<string>()
  #isTruncated = false

  /** Whether there were older ids than these, so that an unknown id may have been processed. */
  get isTruncated(): boolean {
    return this.#isTruncated
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    this.#ids.add(id)
    if (this.#ids.size <= commandIdsMax) return
    const [oldest] = this.#ids
    if (oldest !== undefined) this.#ids.delete(oldest)
    this.#isTruncated = true
  }

  clear(isTruncated: boolean): void {
    this.#ids.clear()
    this.#isTruncated = isTruncated
  }
}

/** Whether a multiple of `every` lies in (before, after]. */
const isMultipleBetween = (before: Version, after: Version, every: number): boolean =>
  Math.floor(before / every) < Math.floor(after / every)

type Done<A> = (result: Either.Either<A, JournalUnavailable>) => void

/** The journal as actors use it: with callbacks, because a fiber costs more than a decision. */
export interface ActorJournal {
  readonly enqueue: (append: Append, settled: (failure: AppendFailure | undefined) => void) => void
  readonly load: (stream: StreamId, snapshotVersion: number | undefined, done: Done<Loaded>) => void
  /** Whether a command id is in the stream. */
  readonly has: (stream: StreamId, commandId: string, done: Done<boolean>) => void
  /** Whether the stream has events after a version. */
  readonly hasNewer: (stream: StreamId, after: Version, done: Done<boolean>) => void
  /** Saves a snapshot; a failure is logged, as the events hold the state as well. */
  readonly save: (snapshot: Snapshot) => void
}

export const actorJournal = (journal: Journal["Type"], run: Run): ActorJournal => ({
  enqueue: journal.enqueue,
  hasNewer: journal.hasNewer,
  load: (stream, snapshotVersion, done) => {
    const load = journal.load(stream, Option.fromNullable(snapshotVersion))
    run(Effect.map(Effect.either(load), done))
  },
  has: (stream, commandId, done) => {
    run(Effect.map(Effect.either(journal.has(stream, commandId)), done))
  },
  save: (snapshot) => {
    run(Effect.ignoreLogged(journal.save(snapshot)))
  }
})
