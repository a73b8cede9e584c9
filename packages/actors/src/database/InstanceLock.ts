/**
 * Allows one single-process shop on a database, or the runners of one cluster.
 */
import { Context, Deferred, Effect, Layer, Schema } from "effect"
import * as AdvisoryLock from "./AdvisoryLock.ts"
import { Database } from "./Database.ts"
import * as Session from "./Session.ts"

/** Another shop uses this database. */
export class ShopAlreadyRuns extends Schema.TaggedError<ShopAlreadyRuns>()("ShopAlreadyRuns", {
  holder: Schema.String,
  pid: Schema.Number,
  since: Schema.String
}) {
  override get message() {
    return (
      `another shop works on this database: ${this.holder} (since ${this.since}). Stop it, ` +
      "give this one a database of its own, or set SOUK_CLUSTER=on for all of them"
    )
  }
}

export class InstanceLock extends Context.Tag("@souk/actors/InstanceLock")<
  InstanceLock,
  {
    /**
     * Fails once another shop has taken the lock, so that this one must end. Until then it waits.
     */
    readonly lost: Effect.Effect<never, ShopAlreadyRuns>
  }
>() {}

export type InstanceLockError = ShopAlreadyRuns | Session.ConnectionFailed | Session.QueryFailed

/**
 * Holds the lock for as long as the scope is open. After a lost connection the lock is taken again;
 * the journal's fence protects the order until then.
 */
const make = (how: AdvisoryLock.How): Layer.Layer<InstanceLock, InstanceLockError, Database> =>
  Layer.scoped(
    InstanceLock,
    Effect.gen(function* () {
      const first = yield* hold(how, 5_000)
      const lost = yield* Deferred.make<never, ShopAlreadyRuns>()
      const rest = Effect.zipRight(first.ended, Effect.forever(holdAgain(how)))
      yield* Effect.forkScoped(Effect.intoDeferred(rest, lost))
      return { lost: Deferred.await(lost) }
    })
  )

/** For a single-process shop. */
export const layer: Layer.Layer<InstanceLock, InstanceLockError, Database> = make("alone")

/** For one runner of a cluster: shared with the other runners. */
export const layerRunner: Layer.Layer<InstanceLock, InstanceLockError, Database> = make("together")

// Keepalives, so that the server frees the lock soon after this machine has vanished.
const keepalives = `
  SET tcp_keepalives_idle = 10;
  SET tcp_keepalives_interval = 5;
  SET tcp_keepalives_count = 3;`

const ownNames = {
  alone: AdvisoryLock.holderName("shop"),
  together: AdvisoryLock.holderName("runner")
}

const hold = Effect.fnUntraced(function* (how: AdvisoryLock.How, patienceMs: number) {
  const { url } = yield* Database
  const session = yield* Session.open(url, ownNames[how])
  yield* session.run(keepalives)
  yield* AdvisoryLock.take(session, "singleNode", patienceMs, how).pipe(
    Effect.catchTag(
      "LockHeld",
      ({ holder, pid, since }) => new ShopAlreadyRuns({ holder, pid, since })
    )
  )
  return session
})

// The holder may be an old connection of this process that the server has not given up yet.
const holdAgain = (how: AdvisoryLock.How) =>
  Effect.gen(function* () {
    const session = yield* hold(how, 5_000)
    yield* Effect.logInfo("instance lock acquired again")
    yield* session.ended
  }).pipe(
    Effect.scoped,
    Effect.catchTags({
      ConnectionFailed: () => Effect.sleep("500 millis"),
      QueryFailed: () => Effect.sleep("500 millis"),
      ShopAlreadyRuns: (error) =>
        error.holder === ownNames[how] ? Effect.void : Effect.fail(error)
    })
  )
