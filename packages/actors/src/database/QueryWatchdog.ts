/**
 * Ends connections on which a statement has had no answer for too long, because the server or the
 * network hangs.
 *
 * `pg` can time each statement, but its timers retain the statement until the next full collection:
 * an order cost a quarter more CPU. Here one check a second serves all connections, and it counts
 * checks instead of reading a clock, so that a changed clock cannot end a connection.
 */
import { Effect, type Scope } from "effect"
import * as Pg from "pg"

const checkMs = 1_000

export interface QueryWatchdog {
  /** A statement was sent over this connection. */
  readonly started: (client: Pg.ClientBase) => void
  /** It was answered, or its connection has ended. */
  readonly finished: (client: Pg.ClientBase) => void
}

/** Ends connections whose statement has had no answer for `limitMs`, or a second more. */
export const watch = (limitMs: number): Effect.Effect<QueryWatchdog, never, Scope.Scope> =>
  Effect.gen(function* () {
    const limit = Math.ceil(limitMs / checkMs)
    const open = new Map<Pg.ClientBase, number>()
    let looks = 0
    const look = Effect.sync(() => {
      looks++
      for (const [client, since] of open) {
        if (looks - since <= limit) continue
        open.delete(client)
        // With a statement under way this cuts the connection.
        if (client instanceof Pg.Client) client.end(ignore)
      }
    })
    yield* look.pipe(Effect.delay(checkMs), Effect.forever, Effect.forkScoped)
    return {
      started: (client) => {
        open.set(client, looks)
      },
      finished: (client) => {
        open.delete(client)
      }
    }
  })

const ignore = () => undefined
