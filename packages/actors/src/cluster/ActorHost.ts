/** The actors of one room that live in this process, and everything that keeps them going. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Intent } from "@souk/domain/kernel/Saga"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Context, Effect, Either, Option } from "effect"
import { Aggregate } from "../journal/Aggregate.ts"
import type { Failure, Outcome } from "../journal/Behaviour.ts"
import type { Journal } from "../journal/Journal.ts"
import type { Question, Respond } from "./Asking.ts"
import type { Definition, Preparing } from "./Definition.ts"
import { pay, type Run } from "./Paying.ts"
import { ActorUnavailable, type Reply } from "./Protocol.ts"
import { moving, type Resident, unavailable } from "./Resident.ts"
import { type Place, Residents } from "./Residents.ts"

/** How many requests one actor lets wait before it sends callers away. */
export class MailboxMax extends Context.Reference<MailboxMax>()("@souk/actors/MailboxMax", {
  defaultValue: () => 4096
}) {}

/** What a host needs of the process it is in. */
export interface Surroundings extends Place {
  readonly journal: Journal["Type"]
  readonly run: Run
  readonly mailboxMax: number
}

export class ActorHost<State, Command, Event, Rejection, View, I extends Intent> {
  readonly room: string
  readonly residents: Residents<State, Command, Event, Rejection, I>
  readonly #definition: Definition<State, Command, Event, Rejection, View, I>
  readonly #around: Surroundings
  #moment = { ms: 0, at: Timestamp.fromMillis(0) }

  constructor(
    room: string,
    definition: Definition<State, Command, Event, Rejection, View, I>,
    around: Surroundings
  ) {
    this.room = room
    this.residents = new Residents(around, around.journal.enqueue, (id, self) =>
      this.#aggregate(id, self)
    )
    this.#definition = definition
    this.#around = around
  }

  /** How many actors of this room are in memory. */
  get size(): number {
    return this.residents.size
  }

  /** See `ActorClient.ask`. */
  ask(
    id: string,
    { command, expected, isFirst, metadata, waitMs }: Question<Command>,
    respond: Respond<Reply<View>, Rejection | ActorUnavailable>
  ): void {
    const resident = this.residents.at(id)
    if (resident === undefined) return respond(Either.left(moving(`${this.room}-${id}`)))
    if (this.#isFull(resident)) return respond(Either.left(this.#busy(resident)))
    resident.requests++
    const told = (outcome: Outcome<Rejection>) => {
      resident.requests--
      this.#answer(resident, outcome, waitMs, respond)
    }
    const decide = (prepared: Command) =>
      resident.aggregate.handle(prepared, metadata, told, { isFirst, expected })
    const preparing = this.#definition.prepare?.(command, metadata)
    if (preparing === undefined) return decide(command)
    this.#prepare(resident, command, preparing, decide)
  }

  /** Prepares what may begin a stream. An actor whose term ends meanwhile leaves, and says so. */
  #prepare(
    resident: Resident<State, Command, Event, Rejection, I>,
    command: Command,
    preparing: Preparing<Command>,
    decide: (prepared: Command) => void
  ): void {
    const { aggregate } = resident
    aggregate.settled((failure) => {
      if (failure !== undefined || aggregate.durable.version > 0) return decide(command)
      preparing((prepared) => {
        this.residents.check(resident)
        decide(prepared)
      })
    })
  }

  /** Says what the actor is, after waiting up to `waitMs` for it to owe nothing any more. */
  look(
    id: string,
    waitMs: number,
    respond: Respond<Reply<View>, ActorUnavailable>,
    resumes = false
  ): void {
    const resident = this.residents.at(id)
    if (resident === undefined) return respond(Either.left(moving(`${this.room}-${id}`)))
    if (this.#isFull(resident)) return respond(Either.left(this.#busy(resident)))
    resident.requests++
    this.#look(resident, waitMs, respond, resumes, 1)
  }

  /** Performs again what the actor owes; where its room has a command for that, decides it. */
  resume(
    id: string,
    metadata: Metadata,
    waitMs: number,
    respond: Respond<Reply<View>, Rejection | ActorUnavailable>
  ): void {
    const { resume } = this.#definition
    if (resume === undefined) return this.look(id, waitMs, respond, true)
    this.ask(id, { command: resume, metadata, waitMs, isFirst: false }, respond)
  }

  /** Wakes those who have waited long enough, and lets unused actors go. */
  tick(): void {
    const nowMs = this.#around.clock.unsafeCurrentTimeMillis()
    for (const resident of this.residents.present()) {
      for (const waiter of resident.restWaiters) {
        if (waiter.deadlineMs <= nowMs) {
          resident.restWaiters.delete(waiter)
          waiter.go()
        }
      }
      if (nowMs - resident.lastUsedMs > this.#definition.idleMs) this.#letGo(resident)
    }
  }

  #isFull({ requests }: { readonly requests: number }): boolean {
    return requests >= this.#around.mailboxMax
  }

  #busy({ aggregate, requests }: Resident<State, Command, Event, Rejection, I>) {
    const detail = `${requests} requests are waiting`
    return new ActorUnavailable({ actor: aggregate.stream, reason: "saturated", detail })
  }

  #look(
    resident: Resident<State, Command, Event, Rejection, I>,
    waitMs: number,
    respond: Respond<Reply<View>, ActorUnavailable>,
    resumes: boolean,
    attempt: number
  ): void {
    resident.aggregate.settled((failure) => {
      if (failure?._tag === "VersionConflict" && attempt < 3) {
        return this.#look(resident, waitMs, respond, resumes, attempt + 1)
      }
      resident.requests--
      if (failure !== undefined) return respond(this.#failed(resident, failure))
      if (resumes) resident.aggregate.resume()
      this.#whenAtRest(resident, waitMs, false, respond)
    })
  }

  #answer(
    resident: Resident<State, Command, Event, Rejection, I>,
    outcome: Outcome<Rejection>,
    waitMs: number,
    respond: Respond<Reply<View>, Rejection | ActorUnavailable>
  ): void {
    switch (outcome._tag) {
      case "Accepted":
        return this.#whenAtRest(resident, waitMs, outcome.isRepeat, respond)
      case "Refused":
        respond(Either.left(outcome.rejection))
        return this.#settleDown(resident)
      case "Failed":
        return respond(this.#failed(resident, outcome.failure))
    }
  }

  #aggregate(
    id: string,
    self: () => Resident<State, Command, Event, Rejection, I>
  ): Aggregate<State, Command, Event, Rejection, I> {
    const stream = `${this.room}-${id}`
    const { snapshots } = this.#definition
    const snapshotVersion = Option.map(
      Option.fromNullable(snapshots),
      ({ schemaVersion }) => schemaVersion
    )
    const behaviour = {
      ...this.#definition,
      decodeSnapshot: (state: unknown) =>
        snapshots?.decode(state) ?? this.#definition.decider.initial
    }
    return new Aggregate<State, Command, Event, Rejection, I>(stream, behaviour, {
      now: () => this.#now(),
      enqueue: (append, settled) => this.residents.enqueue(self(), append, settled),
      load: (done) =>
        this.#around.run(
          Effect.map(Effect.either(this.#around.journal.load(stream, snapshotVersion)), done)
        ),
      has: (commandId, done) =>
        this.#around.run(
          Effect.map(Effect.either(this.#around.journal.has(stream, commandId)), done)
        ),
      hasNewer: (after, done) => this.#around.journal.hasNewer(stream, after, done),
      perform: (intent, cause, isRepeat) => {
        const resident = self()
        const { run } = this.#around
        const settled = () => this.#settleDown(resident)
        pay({ definition: this.#definition, resident, run, settled }, intent, cause, isRepeat)
      },
      committed: (state, before, version) => this.#committed(self(), state, before, version)
    })
  }

  #committed(
    resident: Resident<State, Command, Event, Rejection, I>,
    state: State,
    before: number,
    version: number
  ): void {
    const { snapshots } = this.#definition
    if (snapshots !== undefined && crosses(before, version, snapshots.everyEvents)) {
      const { stream } = resident.aggregate
      const { schemaVersion } = snapshots
      const save = this.#around.journal.save({
        stream,
        version,
        schemaVersion,
        state: snapshots.encode(state)
      })
      this.#around.run(Effect.ignoreLogged(save))
    }
    this.#settleDown(resident)
  }

  #isAtRest({ aggregate, performing }: Resident<State, Command, Event, Rejection, I>): boolean {
    const { isOpenEnded, saga } = this.#definition
    const { state } = aggregate.durable
    const owesNothing = isOpenEnded?.(state) === true || saga.resume(state).length === 0
    return aggregate.isQuiet && performing.size === 0 && owesNothing
  }

  #whenAtRest(
    resident: Resident<State, Command, Event, Rejection, I>,
    waitMs: number,
    isRepeat: boolean,
    respond: Respond<Reply<View>, ActorUnavailable>
  ): void {
    // What it knows is not to be told any more: its next home tells whether this command is in it.
    if (!this.residents.has(resident))
      return respond(Either.left(moving(resident.aggregate.stream)))
    const go = () => respond(this.#reply(resident, isRepeat))
    if (waitMs <= 0 || this.#isAtRest(resident)) {
      go()
      return this.#settleDown(resident)
    }
    const deadlineMs = this.#around.clock.unsafeCurrentTimeMillis() + waitMs
    const leave = (moved: Failure) => respond(this.#failed(resident, moved))
    resident.restWaiters.add({ deadlineMs, go, leave })
  }

  /** Tells those who waited for rest; an actor that is finished, or never was, leaves memory. */
  #settleDown(resident: Resident<State, Command, Event, Rejection, I>): void {
    if (!this.#isAtRest(resident)) return
    for (const waiter of resident.restWaiters) waiter.go()
    resident.restWaiters.clear()
    const { state, version } = resident.aggregate.durable
    if (version === 0 || this.#definition.mayLeave(state)) this.#letGo(resident)
  }

  #letGo(resident: Resident<State, Command, Event, Rejection, I>): void {
    const isBusy = resident.requests > 0 || resident.restWaiters.size > 0
    if (!isBusy && resident.performing.size === 0 && resident.aggregate.isQuiet) {
      this.residents.drop(resident)
    }
  }

  #reply(
    resident: Resident<State, Command, Event, Rejection, I>,
    isRepeat: boolean
  ): Either.Either<Reply<View>> {
    const { state, version } = resident.aggregate.durable
    const view = Option.getOrUndefined(this.#definition.view(state, resident.id, this.#now()))
    return Either.right({ version, view, isAtRest: this.#isAtRest(resident), isRepeat })
  }

  #failed(
    { aggregate }: Resident<State, Command, Event, Rejection, I>,
    failure: Failure
  ): Either.Either<never, ActorUnavailable> {
    if (failure._tag === "ActorBroken") {
      this.#around.run(Effect.logError(failure.message, failure))
    }
    return Either.left(unavailable(aggregate.stream, failure))
  }

  /** Many decisions fall into one millisecond, and making its text costs more than most of them. */
  #now(): Timestamp.Timestamp {
    const ms = this.#around.clock.unsafeCurrentTimeMillis()
    if (ms !== this.#moment.ms) this.#moment = { ms, at: Timestamp.fromMillis(ms) }
    return this.#moment.at
  }
}

/** Whether a multiple of `every` lies between two versions. */
const crosses = (before: number, after: number, every: number): boolean =>
  Math.floor(before / every) < Math.floor(after / every)
