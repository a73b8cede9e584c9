/**
 * Makes a decider durable: load, decide, append, and only then answer.
 *
 * This is the hot path, so it is plain synchronous code with callbacks. Between two turns of the
 * event loop it decides, applies, takes the version and stands in line, so that the order of
 * decisions is the order of versions; nobody is answered before what the answer rests on is
 * committed. Two instances of one actor may exist: the journal's fence lets one of them win, and
 * the other one forgets, reads again and decides again.
 */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Intent } from "@souk/domain/kernel/Saga"
import { Array as Arr, Either, Option } from "effect"
import {
  accepted,
  changed,
  failed,
  isMeantFor,
  plainly,
  type Request,
  type Respond,
  type Waiting
} from "./Request.ts"
import * as Reminder from "../reminder/Reminder.ts"
import { CommandMemory } from "./CommandMemory.ts"
import {
  ActorBroken,
  type ActorMoved,
  type Behaviour,
  type Failure,
  type Outcome,
  type Surroundings
} from "./Behaviour.ts"
import {
  type Append,
  type Loaded,
  Session,
  type StreamId,
  type Version,
  VersionConflict
} from "./Journal.ts"

/** How often a command is decided again after another instance won the race for a version. */
const attemptsMax = 8

export class Aggregate<State, Command, Event, Rejection, I extends Intent> {
  readonly stream: StreamId
  readonly #behaviour: Behaviour<State, Command, Event, Rejection, I>
  readonly #surroundings: Surroundings<State, I>
  readonly #memory = new CommandMemory()
  #status: "unread" | "reading" | "ready" = "unread"
  #session = new Session()
  /** Why nothing is answered any more. */
  #closed: ActorMoved | undefined
  /** What has been decided; ahead of `durable` while appends are under way. */
  #state: State
  #version: Version = 0
  #durable: { readonly state: State; readonly version: Version }
  #lastMetadata: Metadata | undefined
  /** Everybody who waits for the stream to be read, and for decided events to be committed. */
  #readers: Array<(failure: Failure | undefined) => void> = []
  #waiting: Array<Waiting> = []

  constructor(
    stream: StreamId,
    behaviour: Behaviour<State, Command, Event, Rejection, I>,
    surroundings: Surroundings<State, I>
  ) {
    this.stream = stream
    this.#behaviour = behaviour
    this.#surroundings = surroundings
    this.#state = behaviour.decider.initial
    this.#durable = { state: this.#state, version: 0 }
  }

  /** The committed state and version: what outsiders may be told. */
  get durable(): { readonly state: State; readonly version: Version } {
    return this.#durable
  }

  /** Whether everything decided is committed and nothing waits, so that it may be forgotten. */
  get isQuiet(): boolean {
    return this.#status !== "reading" && this.#waiting.length === 0 && this.#isSettled
  }

  get #isSettled(): boolean {
    return this.#version === this.#durable.version
  }

  /** Answers `command`, once and only when the answer can no longer change. */
  handle(command: Command, metadata: Metadata, respond: Respond<Rejection>, terms = plainly): void {
    this.#decide({ command, metadata, respond, attempt: 1, isKnownNew: false, ...terms })
  }

  /** Forgets for good. Whoever waits is told `why`, as is whoever still asks. */
  close(why: ActorMoved): void {
    this.#closed = why
    this.forget(why)
  }

  /** Calls `go` when the stream is read and everything decided up to now is committed. */
  settled(go: (failure: Failure | undefined) => void): void {
    if (this.#closed !== undefined) return go(this.#closed)
    if (this.#status !== "ready") {
      this.#read((failure) => (failure === undefined ? this.settled(go) : go(failure)))
    } else if (this.#isSettled) go(undefined)
    else this.#waiting.push({ version: this.#version, go })
  }

  /** Performs again whatever is still owed. */
  resume(): void {
    if (this.#status !== "ready" || !this.#isSettled) return
    const metadata = this.#lastMetadata
    if (metadata === undefined) return
    for (const intent of this.#behaviour.saga.resume(this.#durable.state)) {
      this.#surroundings.perform(intent, metadata, true)
    }
  }

  #decide(request: Request<Command, Rejection>): void {
    if (this.#closed !== undefined) return request.respond(failed(this.#closed))
    if (request.isFirst && this.#status === "unread") {
      this.#fold({ snapshot: Option.none(), events: [] })
      this.#status = "ready"
    }
    if (this.#status !== "ready") {
      this.#read((failure) =>
        failure === undefined ? this.#decide(request) : request.respond(failed(failure))
      )
      return
    }
    if (this.#memory.has(request.metadata.commandId)) return this.#answer(request, accepted(true))
    try {
      this.#judge(request)
    } catch (cause) {
      // A bug: what is in memory is not to be trusted any more.
      const failure = new ActorBroken({ stream: this.stream, cause })
      this.forget(failure)
      request.respond(failed(failure))
    }
  }

  #judge(request: Request<Command, Rejection>): void {
    const { command } = request
    const { decide, isDoubtful } = this.#behaviour.decider
    const isChanged = !isMeantFor(request, this.#version)
    const decision = decide(this.#state, command, this.#surroundings.now())
    const isOpen = this.#memory.hasForgotten && !request.isKnownNew
    if (isOpen && (isChanged || isDoubtful?.(command, decision))) return this.#askJournal(request)
    if (isChanged) return this.#answer(request, changed(this.stream, this.#version))
    if (Either.isLeft(decision)) {
      return this.#answer(request, { _tag: "Refused", rejection: decision.left })
    }
    const events = decision.right
    if (Arr.isNonEmptyReadonlyArray(events)) this.#commit(request, events)
    else this.#answer(request, accepted(false))
  }

  /**
   * An answer without events of its own: it waits for those it was decided upon. No fence stands
   * behind it, so that the journal is asked whether another instance knows better; only that a
   * command is known is true whatever came after.
   */
  #answer(request: Request<Command, Rejection>, outcome: Outcome<Rejection>): void {
    const tell = () => {
      if (outcome._tag === "Accepted") this.resume()
      request.respond(outcome)
    }
    this.settled((failure) => {
      if (failure !== undefined) this.#again(request, failure)
      else if (outcome._tag === "Accepted" && outcome.isRepeat) tell()
      else this.#ifNewest(request, tell)
    })
  }

  #ifNewest(request: Request<Command, Rejection>, tell: () => void): void {
    const session = this.#session
    const { version } = this.#durable
    this.#surroundings.hasNewer(version, (newer) => {
      if (Either.isLeft(newer)) return request.respond(failed(newer.left))
      if (!newer.right) return tell()
      const conflict = new VersionConflict({ stream: this.stream, expected: version })
      // What came after may be our own: then the fence says so, or that it is not.
      if (session === this.#session && this.#version > version) {
        return this.settled((failure) => (failure ? this.#again(request, failure) : tell()))
      }
      if (session === this.#session) this.forget(conflict)
      this.#again(request, conflict)
    })
  }

  #askJournal(request: Request<Command, Rejection>): void {
    this.#surroundings.has(request.metadata.commandId, (has) => {
      if (Either.isLeft(has)) request.respond(failed(has.left))
      else if (has.right) this.#answer(request, accepted(true))
      else this.#decide({ ...request, isKnownNew: true })
    })
  }

  #commit(request: Request<Command, Rejection>, events: Arr.NonEmptyReadonlyArray<Event>): void {
    const { codec, decider, reminders, saga } = this.#behaviour
    const { metadata } = request
    const before = this.#state
    const after = events.reduce(decider.evolve, before)
    const entries = Arr.map(events, (event) => codec.encode(event, metadata))
    const append: Append = {
      session: this.#session,
      stream: this.stream,
      expected: this.#version,
      entries,
      reminders: Reminder.changes(reminders(before), reminders(after))
    }
    const version = this.#version + events.length
    this.#state = after
    this.#version = version
    this.#memory.add(metadata.commandId)
    this.#surroundings.enqueue(append, (failure) => {
      if (failure !== undefined) return this.#lose(append.session, request, failure)
      // Forgotten in the meantime: the events are durable, and memory will read them again.
      if (append.session !== this.#session) return request.respond(accepted(false))
      this.#durable = { state: after, version }
      this.#lastMetadata = metadata
      for (const event of events) {
        for (const intent of saga.react(after, event)) {
          this.#surroundings.perform(intent, metadata, false)
        }
      }
      this.#wake()
      request.respond(accepted(false))
      this.#surroundings.committed(after, append.expected, version)
    })
  }

  #wake(): void {
    const { version } = this.#durable
    while (this.#waiting[0] !== undefined && this.#waiting[0].version <= version) {
      this.#waiting.shift()?.go(undefined)
    }
  }

  /** The append failed: what was decided upon it never was. Forget, and read again when asked. */
  #lose(session: Session, request: Request<Command, Rejection>, failure: Failure): void {
    if (this.#session === session) this.forget(failure)
    this.#again(request, failure)
  }

  #again(request: Request<Command, Rejection>, failure: Failure): void {
    const { attempt, respond } = request
    if (this.#closed !== undefined) respond(failed(this.#closed))
    else if (failure._tag !== "VersionConflict" || attempt >= attemptsMax) respond(failed(failure))
    else this.#decide({ ...request, attempt: attempt + 1, isKnownNew: false, isFirst: false })
  }

  /** Drops everything in memory; the next question reads the stream again. */
  forget(failure: Failure): void {
    const waiting = this.#waiting
    this.#session.isBroken = true
    this.#session = new Session()
    this.#status = "unread"
    this.#waiting = []
    this.#memory.clear(false)
    for (const { go } of waiting) go(failure)
  }

  #read(reader: (failure: Failure | undefined) => void): void {
    this.#readers.push(reader)
    if (this.#status === "reading") return
    this.#status = "reading"
    this.#surroundings.load((loaded) => {
      const failure = Either.isLeft(loaded) ? loaded.left : this.#fold(loaded.right)
      const readers = this.#readers
      this.#readers = []
      this.#status = failure === undefined ? "ready" : "unread"
      for (const go of readers) go(failure)
    })
  }

  /** An unreadable stream poisons this actor alone: it says so to whoever asks. */
  #fold({ events, snapshot }: Loaded): ActorBroken | undefined {
    const { codec, decider, decodeSnapshot } = this.#behaviour
    try {
      const start = snapshot._tag === "Some" ? snapshot.value : undefined
      let state = start === undefined ? decider.initial : decodeSnapshot(start.state)
      this.#memory.clear(start !== undefined)
      for (const recorded of events) {
        state = decider.evolve(state, codec.decode(recorded))
        this.#memory.add(recorded.metadata.commandId)
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
}
