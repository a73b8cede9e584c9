/** The writer's own connection: opened again when it is lost, once its predecessor has gone. */
import { Clock, Deferred, Effect, Schedule, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as Pg from "pg"
import { Database } from "../database/Database.ts"
import * as Session from "../database/Session.ts"

/** Between two attempts to connect: from the first to the last. */
const pauseMs = 50
const pauseMsMax = 1_000

/** How long a predecessor may take to end. What it is committing, it commits first. */
const burialMsMax = 10_000

/** After this a statement is given up by the server, and a silent server by us. */
const statementMsMax = 20_000
const silenceMsMax = 25_000

export interface WriterConnection {
  /** The connection, if there is one. No other that this writer ever had can do anything now. */
  readonly client: () => Pg.Client | undefined
  /** Waits until there is one. */
  readonly ready: Effect.Effect<Pg.Client>
  /** Gives up one that is not to be trusted any more; the next is on its way already. */
  readonly leave: (client: Pg.Client) => void
  /** For how long there has been none; 0 while there is one. */
  readonly lostForMs: () => number
}

/** `onReady` is called whenever there is a connection again. */
export const make: Effect.Effect<WriterConnection, never, Database | Scope.Scope> = Effect.gen(
  function* () {
    const { url } = yield* Database
    // By this name its connections, and only they, are found again.
    const name = `souk journal ${randomUUID()}`
    const clock = yield* Clock.Clock
    const latch = yield* Effect.makeLatch(false)
    let current: Pg.Client | undefined
    let lostAtMs = clock.unsafeCurrentTimeMillis()

    const leave = (client: Pg.Client): void => {
      if (client === current) {
        current = undefined
        lostAtMs = clock.unsafeCurrentTimeMillis()
        latch.unsafeClose()
      }
      client.end(() => undefined) // With a statement under way this cuts the connection.
    }
    const keep = Effect.gen(function* () {
      const ended = yield* Deferred.make<void>()
      const client = new Pg.Client({ ...Session.connection(url), query_timeout: silenceMsMax })
      client.on("error", () => undefined) // An "end" follows every error, and that one is heard.
      client.once("end", () => Deferred.unsafeDone(ended, Effect.void))
      yield* Effect.gen(function* () {
        yield* open(client, name)
        current = client
        yield* latch.open
        yield* Deferred.await(ended)
      }).pipe(Effect.ensuring(Effect.sync(() => leave(client))))
    })
    const pauses = Schedule.exponential(pauseMs).pipe(
      Schedule.either(Schedule.spaced(pauseMsMax)),
      Schedule.jittered
    )
    yield* Effect.forkScoped(
      Effect.forever(Effect.retry(Effect.tapError(keep, Effect.logWarning), pauses))
    )
    const ready: Effect.Effect<Pg.Client> = Effect.suspend(() =>
      current === undefined ? Effect.zipRight(latch.await, ready) : Effect.succeed(current)
    )
    return {
      client: () => current,
      ready,
      leave,
      lostForMs: () => (current === undefined ? clock.unsafeCurrentTimeMillis() - lostAtMs : 0)
    }
  }
)
