/**
 * Gives up connections on which a statement has had no answer for too long: the server hangs, or
 * the way to it.
 *
 * `pg` can time each statement, but its timers keep what was asked, and all that hangs on it, until
 * the next full collection: an order cost a quarter more CPU. Here one look a second does for all,
 * and it counts looks instead of reading a clock, so that nobody who sets one can end a connection.
 */
import { Effect, type Scope } from "effect"
import * as Pg from "pg"

const checkMs = 1_000

export interface QueryWatchdog {
  /** A statement is on its way over this connection. */
  readonly started: (client: Pg.ClientBase) => void
  /** It has been answered, or its connection is no more. */
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
