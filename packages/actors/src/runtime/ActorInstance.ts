/**
 * One actor in memory: its mailbox, its state, the intents that are being executed, and the
 * requests that wait until it is settled.
 */
import type { AggregateTypes } from "@souk/domain/kernel/Aggregate"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Either, Option } from "effect"
import type { StreamId } from "../journal/Journal.ts"
import {
  ActorBroken,
  type ActorDefinition,
  type ActorFailure,
  ActorMoved,
  type ActorRequest,
  type ActorUnavailable,
  type BeforeCreate,
  MailboxFull,
  type Reply,
  type Respond,
  unavailable
} from "./ActorDefinition.ts"
import { type ActorJournal, EventSourcedState, type Outcome } from "./EventSourcedState.ts"
import type { IntentExecutor } from "./IntentExecutor.ts"

/** How often a read loads the stream again after another instance has appended. */
const readAttemptsMax = 3

/** What an instance uses of its process. */
export interface ActorContext<A extends AggregateTypes> {
  readonly definition: ActorDefinition<A>
  readonly journal: ActorJournal
  readonly executor: IntentExecutor<A>
  readonly owner: InstanceOwner<A>
  /** How many requests one actor lets wait before it refuses more. */
  readonly mailboxMax: number
  readonly nowMs: () => number
  readonly now: () => Timestamp
  /** Told of each bug, and of each stream that cannot be read. */
  readonly report: (failure: ActorBroken) => void
}

/** Keeps the instances of a category in memory. */
export interface InstanceOwner<A extends AggregateTypes> {
  /** Whether this process has owned the instance's shard without a break; evicts it if not. */
  readonly isOwned: (instance: ActorInstance<A>) => boolean
  /** Takes an instance that is settled and unused out of memory. */
  readonly passivate: (instance: ActorInstance<A>) => void
}

interface SettledWaiter {
  readonly deadlineMs: number
  readonly done: (failure: ActorFailure | undefined) => void
}

export class ActorInstance<A extends AggregateTypes> {
  readonly id: A["Id"]
  readonly shard: string
  /** The epoch of its shard's lease: the state is valid in that one only. */
  readonly epoch: number
  lastUsedMs: number
  readonly #context: ActorContext<A>
  readonly #state: EventSourcedState<A>
  readonly #settledWaiters = new Set<SettledWaiter>()
  /** The steps of the intents that are being executed. */
  readonly #executing = new Set<string>()
  /** Requests without a reply. */
  #requests = 0

  constructor(id: A["Id"], shard: string, epoch: number, context: ActorContext<A>) {
    this.id = id
    this.shard = shard
    this.epoch = epoch
    this.lastUsedMs = context.nowMs()
    this.#context = context
    this.#state = new EventSourcedState(context.definition.aggregate.streamId(id), this, context)
  }

  get stream(): StreamId {
    return this.#state.stream
  }

  get hasAppendsInFlight(): boolean {
    return this.#state.hasAppendsInFlight
  }

  /** See `Actors.handle`. */
  handle(
    request: ActorRequest<A["Command"]>,
    respond: Respond<Reply<A["View"]>, A["Rejection"] | ActorUnavailable>
  ): void {
    const { command, expected, isFirst, metadata, waitMs } = request
    if (this.#isFull) return respond(this.#overloaded)
    this.#requests++
    const decide = (prepared: A["Command"]) =>
      this.#state.decide({
        command: prepared,
        metadata,
        respond: (outcome) => this.#reply(outcome, waitMs, respond),
        isFirst,
        expected
      })
    const before = this.#context.definition.beforeCreate?.(command, metadata)
    if (before === undefined) decide(command)
    else this.#beforeCreate(command, before, decide)
  }

  /** See `Actors.resume`. What is being executed is not executed twice. */
  resume(
    metadata: Metadata,
    waitMs: number,
    respond: Respond<Reply<A["View"]>, A["Rejection"] | ActorUnavailable>
  ): void {
    const { resume: command } = this.#context.definition
    if (command !== undefined) {
      return this.handle({ command, metadata, waitMs, isFirst: false }, respond)
    }
    if (this.#isFull) return respond(this.#overloaded)
    this.#requests++
    this.#state.decide({
      command: undefined,
      metadata,
      respond: (outcome) => this.#reply(outcome, waitMs, respond)
    })
  }

  /** See `Actors.read`. */
  read(waitMs: number, respond: Respond<Reply<A["View"]>, ActorUnavailable>): void {
    if (this.#isFull) return respond(this.#overloaded)
    this.#requests++
    this.#read(waitMs, respond, 1)
  }

  /** Ends the waits whose time is over; passivates an instance that was not used for long. */
  tick(nowMs: number): void {
    for (const waiter of this.#settledWaiters) {
      if (waiter.deadlineMs > nowMs) continue
      this.#settledWaiters.delete(waiter)
      waiter.done(undefined)
    }
    if (nowMs - this.lastUsedMs > this.#context.definition.idleMs) this.#passivateIfUnused()
  }

  /** Closes the instance: its state is no longer valid. Each caller is told to ask the owner. */
  evict(): void {
    const moved = new ActorMoved({ stream: this.stream })
    this.#state.close(moved)
    const waiters = [...this.#settledWaiters]
    this.#settledWaiters.clear()
    for (const { done } of waiters) done(moved)
  }

  #beforeCreate(
    command: A["Command"],
    before: BeforeCreate<A>,
    decide: (command: A["Command"]) => void
  ): void {
    this.#state.whenCommitted((failure) => {
      if (failure !== undefined || this.#state.durable.version > 0) return decide(command)
      before((prepared) => {
        this.#context.owner.isOwned(this) // Evicts it if not, and then nothing is decided.
        decide(prepared)
      })
    })
  }

  /** Each step once at a time. Its outcome comes back as a command of this actor. */
  execute(intent: A["Intent"], cause: Metadata, isRepeat: boolean): void {
    const { step } = intent
    if (this.#executing.has(step)) return
    this.#executing.add(step)
    const metadata: Metadata = {
      commandId: derivedId(this.stream, step),
      correlationId: cause.correlationId,
      causationId: `${this.stream}@${this.#state.durable.version}`,
      who: this.stream,
      ...(cause.traceId === undefined ? {} : { traceId: cause.traceId })
    }
    this.#context.executor.execute(intent, metadata, isRepeat, (command) => {
      this.#executing.delete(step)
      if (Option.isNone(command)) return this.onProgress()
      this.#state.decide({
        command: command.value,
        metadata: { ...metadata, commandId: derivedId(this.stream, `${step}/answer`) },
        respond: (outcome) => {
          if (outcome._tag === "Failed") this.#unavailable(outcome.failure)
          this.onProgress()
        }
      })
    })
  }

  get #isFull(): boolean {
    return this.#requests >= this.#context.mailboxMax
  }

  get #overloaded(): Either.Either<never, ActorUnavailable> {
    const { stream } = this
    return Either.left(unavailable(stream, new MailboxFull({ stream, requests: this.#requests })))
  }

  #read(
    waitMs: number,
    respond: Respond<Reply<A["View"]>, ActorUnavailable>,
    attempt: number
  ): void {
    this.#state.whenCommitted((failure) => {
      if (failure?._tag === "VersionConflict" && attempt < readAttemptsMax) {
        return this.#read(waitMs, respond, attempt + 1)
      }
      this.#requests--
      if (failure !== undefined) respond(this.#unavailable(failure))
      else this.#whenSettled(waitMs, false, respond)
    })
  }

  #reply(
    outcome: Outcome<A["Rejection"]>,
    waitMs: number,
    respond: Respond<Reply<A["View"]>, A["Rejection"] | ActorUnavailable>
  ): void {
    this.#requests--
    switch (outcome._tag) {
      case "Accepted":
        return this.#whenSettled(waitMs, outcome.isRepeat, respond)
      case "Refused":
        respond(Either.left(outcome.rejection))
        return this.onProgress()
      case "Failed":
        return respond(this.#unavailable(outcome.failure))
    }
  }

  #whenSettled(
    waitMs: number,
    isRepeat: boolean,
    respond: Respond<Reply<A["View"]>, ActorUnavailable>
  ): void {
    // The owner of the shard tells whether the command is in its stream.
    const { closed } = this.#state
    if (closed !== undefined) return respond(this.#unavailable(closed))
    const done = (failure: ActorFailure | undefined) =>
      respond(failure === undefined ? this.#now(isRepeat) : this.#unavailable(failure))
    if (waitMs > 0 && !this.#isSettled) {
      this.#settledWaiters.add({ deadlineMs: this.#context.nowMs() + waitMs, done })
      return
    }
    done(undefined)
    this.onProgress()
  }

  #now(isRepeat: boolean): Either.Either<Reply<A["View"]>, ActorUnavailable> {
    const { state, version } = this.#state.durable
    const { aggregate } = this.#context.definition
    try {
      const view = Option.getOrUndefined(aggregate.viewOf(state, this.id, this.#context.now()))
      return Either.right({ version, view, isSettled: this.#isSettled, isRepeat })
    } catch (cause) {
      return this.#unavailable(new ActorBroken({ stream: this.stream, cause }))
    }
  }

  #unavailable(failure: ActorFailure): Either.Either<never, ActorUnavailable> {
    if (failure._tag === "ActorBroken") this.#context.report(failure)
    return Either.left(unavailable(this.stream, failure))
  }

  /** It has no pending intents, or none that a reply should wait for. */
  get #isSettled(): boolean {
    if (!this.#state.isQuiet || this.#executing.size > 0) return false
    const { aggregate, isOpenEnded } = this.#context.definition
    const { state } = this.#state.durable
    try {
      return isOpenEnded?.(state) === true || aggregate.saga.resume(state).length === 0
    } catch (cause) {
      // A reply should not wait for what a bug hides.
      this.#context.report(new ActorBroken({ stream: this.stream, cause }))
      return true
    }
  }

  /** Replies to those who waited until it is settled; then it may leave memory. */
  onProgress(): void {
    if (!this.#isSettled) return
    for (const waiter of this.#settledWaiters) {
      this.#settledWaiters.delete(waiter)
      waiter.done(undefined)
    }
    const { state, version } = this.#state.durable
    if (version === 0 || this.#context.definition.canPassivate(state)) this.#passivateIfUnused()
  }

  #passivateIfUnused(): void {
    const isUsed = this.#requests > 0 || this.#settledWaiters.size > 0 || this.#executing.size > 0
    if (!isUsed && this.#state.isQuiet) this.#context.owner.passivate(this)
  }
}

/** The id of a step's command, always the same. Its parts are valid, which is not checked again. */
const derivedId = (stream: StreamId, step: string): CommandId =>
  CommandId.make(`${stream}/${step}`, { disableValidation: true })
