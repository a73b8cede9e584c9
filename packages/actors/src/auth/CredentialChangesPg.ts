/** Listens for changed credentials over a connection of its own: see sql/0012. */
import { Effect, Layer, Runtime, Schedule } from "effect"
import { Database } from "../database/Database.ts"
import * as Session from "../database/Session.ts"
import { CredentialChanges } from "./CredentialChanges.ts"

const channel = "souk_credentials"

/** The name of the connection in `pg_stat_activity`. */
export const applicationName = "souk credentials"

const reconnectMs = 1_000

export const layer: Layer.Layer<CredentialChanges, never, Database> = Layer.effect(
  CredentialChanges,
  Effect.map(Database, ({ url }) => {
    const listen = (changed: Effect.Effect<void>) =>
      Effect.gen(function* () {
        const runFork = Runtime.runFork(yield* Effect.runtime<never>())
        const session = yield* Session.open(url, applicationName)
        yield* session.listen(channel, () => runFork(changed))
        yield* changed
        yield* session.ended
      }).pipe(Effect.scoped, Effect.ensuring(changed), Effect.ignore)
    return CredentialChanges.of({
      follow: (changed) =>
        listen(changed).pipe(
          Effect.repeat(Schedule.spaced(reconnectMs)),
          Effect.forkScoped,
          Effect.asVoid
        )
    })
  })
)
