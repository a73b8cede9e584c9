/** One actor of the domain tier: the real instance, in a simulated process without fibers. */
import { ActorUnavailable } from "@souk/actors/runtime/ActorDefinition"
import type { ActorBroken } from "@souk/actors/runtime/ActorDefinition"
import { type ActorContext, ActorInstance } from "@souk/actors/runtime/ActorInstance"
import type { AggregateTypes } from "@souk/domain/kernel/Aggregate"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { InvariantBroken } from "@souk/domain/testing/Invariant"
import { Effect, Either, Option } from "effect"
import type { Reply, Tagged } from "./Node.ts"
import type { Providers } from "./Providers.ts"
import type { Hands, Room } from "./Rooms.ts"
import type { Store } from "./Store.ts"
import type { Owner, World } from "./World.ts"

/** The pauses between the tries of an intent, before it is left to the sweeper. */
const retriesMs = [100, 300, 900, 2_700]

/** Reports a broken actor as a broken invariant, or the one that was found while it replied. */
const unforgivable = ({ cause, message }: ActorBroken): InvariantBroken =>
  cause instanceof InvariantBroken ? cause : new InvariantBroken("I-4", message)

/** The process an actor lives in, as far as it needs it. */
export interface ActorDependencies {
  readonly world: World
  readonly store: Store
  readonly providers: Providers
  readonly owner: Owner
  readonly nowMs: () => number
  readonly ask: (
    stream: string,
    command: Tagged,
    metadata: Metadata,
    waitMs: number,
    done: (reply: Reply) => void
  ) => void
  readonly passivate: (stream: string) => void
}

/** What an actor may do in the world, under this id. */
const handsOf = ({ ask, providers, owner }: ActorDependencies, metadata: Metadata): Hands => ({
  owner,
  providers,
  ask: (to, command, waitMs, done) => ask(to, command, metadata, waitMs, done)
})

/** The process of an instance: the simulated journal, and intents that are tried again. */
const contextOf = <A extends AggregateTypes>(
  stream: string,
  room: Room<A>,
  at: ActorDependencies
): ActorContext<A> => {
  const { owner, store, world } = at
  return {
    definition: {
      aggregate: room,
      reminders: room.reminders,
      isOpenEnded: room.isOpenEnded,
      canPassivate: room.canPassivate,
      idleMs: Number.POSITIVE_INFINITY,
      beforeCreate: (command, metadata) => {
        const checked = { ...metadata, commandId: CommandId.make(`${stream}/check`), who: stream }
        return room.beforeCreate?.(command, handsOf(at, checked))
      },
      execute: () => Effect.succeedNone
    },
    journal: {
      enqueue: (append, settled) => store.enqueue(owner, append, settled),
      load: (of, _snapshotVersion, done) => store.load(owner, of, done),
      has: (of, commandId, done) => store.has(owner, of, commandId, done),
      hasNewer: (of, after, done) =>
        store.readStream(owner, of, after, 1, (events) =>
          done(Either.map(events, ({ length }) => length > 0))
        ),
      save: () => undefined
    },
    executor: {
      execute: (intent, metadata, isRepeat, done) => {
        const attempt = (tries: number): void =>
          room.execute(intent, handsOf(at, metadata), isRepeat, (paid) => {
            if (paid !== undefined) return done(paid)
            const pauseMs = retriesMs[tries]
            if (pauseMs === undefined) return done(Option.none())
            const again = () => attempt(tries + 1)
            world.schedule(pauseMs, `${stream} tries ${intent.step} again`, again, owner)
          })
        attempt(0)
      }
    },
    owner: { isOwned: () => true, passivate: () => at.passivate(stream) },
    mailboxMax: Number.POSITIVE_INFINITY,
    // Waits are the world's: a clock that is set back prolongs none.
    nowMs: () => world.nowMs,
    now: () => Timestamp.fromMillis(at.nowMs()),
    // No fault may make a stream unreadable.
    report: (failure) => {
      throw unforgivable(failure)
    }
  }
}

export class Actor<A extends AggregateTypes> {
  readonly #stream: string
  readonly #instance: ActorInstance<A>
  readonly #at: ActorDependencies

  constructor(stream: string, room: Room<A>, at: ActorDependencies) {
    const id = Option.getOrThrow(room.idOf(stream))
    this.#stream = stream
    this.#instance = new ActorInstance(id, "simulated", 1, contextOf(stream, room, at))
    this.#at = at
  }

  handle(
    command: A["Command"],
    metadata: Metadata,
    waitMs: number,
    respond: (reply: Reply) => void
  ): void {
    this.#instance.handle({ command, metadata, waitMs, isFirst: false }, (reply) => {
      if (Either.isRight(reply)) {
        const { isRepeat, version, view } = reply.right
        return respond({ _tag: "Replied", version, view, isRepeat })
      }
      const { left } = reply
      if (left instanceof ActorUnavailable) respond({ _tag: "Failed", reason: left.reason })
      else respond({ _tag: "Refused", rejection: left })
    })
    if (waitMs <= 0) return
    const { owner, world } = this.#at
    const giveUp = () => this.#instance.tick(world.nowMs)
    world.schedule(waitMs, `${this.#stream} waited`, giveUp, owner)
  }
}
