/**
 * One actor of the domain tier: the real aggregate, and what an actor's host does with it, without
 * a fiber. Its waiting, its retries and its command ids are those of `cluster/ActorHost`.
 */
import { Aggregate } from "@souk/actors/journal/Aggregate"
import type { ActorBroken, Outcome } from "@souk/actors/journal/Behaviour"
import type { AggregateTypes } from "@souk/domain/kernel/Aggregate"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { InvariantBroken } from "@souk/domain/testing/Invariant"
import { Either, Option } from "effect"
import type { Reply, Tagged } from "./Node.ts"
import type { Outside } from "./Outside.ts"
import type { Hands, Room } from "./Rooms.ts"
import type { Store } from "./Store.ts"
import type { Owner, World } from "./World.ts"

/** The pauses between the tries of an intent, before it is left to the sweeper. */
const retriesMs = [100, 300, 900, 2_700]

/** A broken actor as the broken invariant it is, or the one that was found while it answered. */
const unforgivable = ({ cause, message }: ActorBroken): InvariantBroken =>
  cause instanceof InvariantBroken ? cause : new InvariantBroken("I-4", message)

/** The process an actor lives in, as far as it needs it. */
export interface Surroundings {
  readonly world: World
  readonly store: Store
  readonly outside: Outside
  readonly owner: Owner
  readonly nowMs: () => number
  readonly ask: (
    stream: string,
    command: Tagged,
    metadata: Metadata,
    waitMs: number,
    done: (reply: Reply) => void
  ) => void
  readonly leave: (stream: string) => void
}

export class Actor<A extends AggregateTypes> {
  readonly #id: A["Id"]
  readonly #room: Room<A>
  readonly #at: Surroundings
  readonly #aggregate: Aggregate<A["State"], A["Command"], A["Event"], A["Rejection"], A["Intent"]>
  readonly #performing = new Set<string>()
  readonly #waiters = new Set<() => void>()
  #requests = 0

  constructor(stream: string, room: Room<A>, at: Surroundings) {
    this.#id = Option.getOrThrow(room.idOf(stream))
    this.#room = room
    this.#at = at
    const behaviour = { ...room, decodeSnapshot: () => room.decider.initial }
    this.#aggregate = new Aggregate(stream, behaviour, {
      now: () => Timestamp.fromMillis(at.nowMs()),
      enqueue: (append, settled) => at.store.enqueue(at.owner, append, settled),
      load: (done) => at.store.load(at.owner, stream, done),
      has: (commandId, done) => at.store.has(at.owner, stream, commandId, done),
      hasNewer: (after, done) =>
        at.store.readStream(at.owner, stream, after, 1, (events) =>
          done(Either.map(events, ({ length }) => length > 0))
        ),
      perform: (intent, cause, isRepeat) => this.#perform(intent, cause, isRepeat),
      committed: () => this.#settleDown()
    })
  }

  handle(
    command: A["Command"],
    metadata: Metadata,
    waitMs: number,
    respond: (reply: Reply) => void
  ): void {
    this.#requests++
    const told = (outcome: Outcome<A["Rejection"]>) => {
      this.#requests--
      switch (outcome._tag) {
        case "Refused":
          respond({ _tag: "Refused", rejection: outcome.rejection })
          return this.#settleDown()
        case "Failed": {
          const { failure } = outcome
          // No fault excuses an actor that cannot read its own past.
          if (failure._tag === "ActorBroken") throw unforgivable(failure)
          return respond({ _tag: "Failed", reason: failure._tag })
        }
        case "Accepted":
          return this.#whenAtRest(waitMs, () => {
            const { state, version } = this.#aggregate.durable
            const now = Timestamp.fromMillis(this.#at.nowMs())
            const view = Option.getOrUndefined(this.#room.viewOf(state, this.#id, now))
            respond({ _tag: "Replied", version, view, isRepeat: outcome.isRepeat })
          })
      }
    }
    this.#prepared(command, metadata, (prepared) =>
      this.#aggregate.handle(prepared, metadata, told)
    )
  }

  /** The command as it is to be decided, once what it takes to begin the stream is found out. */
  #prepared(
    command: A["Command"],
    metadata: Metadata,
    decide: (prepared: A["Command"]) => void
  ): void {
    const { stream } = this.#aggregate
    const about = { ...metadata, commandId: CommandId.make(`${stream}/check`), who: stream }
    const preparing = this.#room.prepare?.(command, this.#hands(about))
    if (preparing === undefined) return decide(command)
    this.#aggregate.settled((failure) => {
      if (failure !== undefined || this.#aggregate.durable.version > 0) return decide(command)
      preparing(decide)
    })
  }

  /** What it may do in the world, under this id. */
  #hands(metadata: Metadata): Hands {
    const { ask, outside, owner } = this.#at
    return {
      owner,
      outside,
      ask: (to, command, waitMs, done) => ask(to, command, metadata, waitMs, done)
    }
  }

  get #isAtRest(): boolean {
    const { state } = this.#aggregate.durable
    const owesNothing = this.#room.isOpenEnded(state) || this.#room.saga.resume(state).length === 0
    return this.#aggregate.isQuiet && this.#performing.size === 0 && owesNothing
  }

  #whenAtRest(waitMs: number, go: () => void): void {
    if (waitMs <= 0 || this.#isAtRest) {
      go()
      return this.#settleDown()
    }
    this.#waiters.add(go)
    const { owner, world } = this.#at
    const giveUp = () => {
      if (this.#waiters.delete(go)) go()
    }
    world.schedule(waitMs, `${this.#aggregate.stream} waited`, giveUp, owner)
  }

  #settleDown(): void {
    if (!this.#isAtRest) return
    for (const go of this.#waiters) if (this.#waiters.delete(go)) go()
    const { state, version } = this.#aggregate.durable
    const isUnused = this.#requests === 0 && this.#isAtRest
    if (isUnused && (version === 0 || this.#room.mayLeave(state))) {
      this.#at.leave(this.#aggregate.stream)
    }
  }

  #perform(intent: A["Intent"], cause: Metadata, isRepeat: boolean): void {
    const { step } = intent
    if (this.#performing.has(step)) return
    this.#performing.add(step)
    const { stream } = this.#aggregate
    const metadata: Metadata = {
      commandId: CommandId.make(`${stream}/${step}`),
      correlationId: cause.correlationId,
      causationId: `${stream}@${this.#aggregate.durable.version}`,
      who: stream
    }
    const { owner, world } = this.#at
    const hands = this.#hands(metadata)
    const attempt = (tries: number): void =>
      this.#room.pay(intent, hands, isRepeat, (paid) => {
        if (paid !== undefined) return this.#paid(step, metadata, paid)
        const pauseMs = retriesMs[tries]
        if (pauseMs === undefined) return this.#paid(step, metadata, Option.none())
        const again = () => attempt(tries + 1)
        world.schedule(pauseMs, `${stream} tries ${step} again`, again, owner)
      })
    attempt(0)
  }

  #paid(step: string, metadata: Metadata, command: Option.Option<A["Command"]>): void {
    this.#performing.delete(step)
    if (Option.isNone(command)) return this.#settleDown()
    const commandId = CommandId.make(`${metadata.commandId}/answer`)
    this.#aggregate.handle(command.value, { ...metadata, commandId }, (outcome) => {
      if (outcome._tag === "Failed" && outcome.failure._tag === "ActorBroken") {
        throw unforgivable(outcome.failure)
      }
      this.#settleDown()
    })
  }
}
