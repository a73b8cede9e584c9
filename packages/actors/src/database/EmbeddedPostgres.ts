/** The embedded Postgres: started, or found again, supervised, and stopped. */
import { Deferred, Effect, Option, type Redacted, Schedule, type Scope } from "effect"
import type { DataDirUnusable } from "./DataDirUnusable.ts"
import type { PostgresNotPackaged } from "./PostgresBinaries.ts"
import * as PostgresPaths from "./PostgresPaths.ts"
import * as PostgresLog from "./PostgresLog.ts"
import type { PostgresOptions } from "./PostgresOptions.ts"
import * as PostgresOwner from "./PostgresOwner.ts"
import type { PathClosed, PostgresUserMissing } from "./PostgresUser.ts"

export type EmbeddedPostgresError =
  | PathClosed
  | DataDirUnusable
  | PostgresNotPackaged
  | PostgresOwner.BeginError
  | PostgresUserMissing

export interface EmbeddedPostgres {
  /** Where to connect, password included. It stays the same while the shop runs. */
  readonly url: Redacted.Redacted
  /** Fails once another process has taken the data over. Until then it waits. */
  readonly lost: Effect.Effect<never, PostgresOwner.DataDirInUse>
}

/**
 * The database in `<dataDir>/postgres`, until the scope closes. When the server is killed, it is
 * started again at the same port. When this process is killed, the server keeps running, and the
 * next process finds it.
 */
export const start = Effect.fn("EmbeddedPostgres.start")(function* (options: {
  readonly dataDir: string
  /** Overrides settings of the server, for tests. The durability check refuses most of them. */
  readonly overrides?: PostgresOptions
}): Effect.fn.Return<EmbeddedPostgres, EmbeddedPostgresError, Scope.Scope> {
  const paths = yield* PostgresPaths.prepare(options.dataDir)
  const owner = yield* PostgresOwner.makeOwner(paths, options.overrides ?? {})
  const tenure = yield* PostgresOwner.begin(owner, Option.none())
  const lost = yield* Deferred.make<never, PostgresOwner.DataDirInUse>()
  yield* Effect.forkScoped(Effect.intoDeferred(watch(owner, tenure), lost))
  yield* Effect.forkScoped(Effect.repeat(PostgresLog.prune(paths), Schedule.spaced("10 minutes")))
  return {
    url: PostgresPaths.urlOf(paths, tenure.port, PostgresOwner.databaseName),
    lost: Deferred.await(lost)
  }
})

/** Restarts the server until it is up, without a limit. */
const watch = Effect.fnUntraced(function* (
  owner: PostgresOwner.PostgresOwner,
  first: PostgresOwner.OwnedPostgres
): Effect.fn.Return<never, PostgresOwner.DataDirInUse> {
  let tenure = first
  while (true) {
    yield* tenure.session.ended
    yield* Effect.logWarning("connection to Postgres lost; restarting the server")
    yield* PostgresOwner.end(owner, tenure)
    tenure = yield* beginAgain(owner, tenure.port)
    yield* Effect.logInfo("Postgres restarted")
  }
})

const beginAgain = (
  owner: PostgresOwner.PostgresOwner,
  port: number
): Effect.Effect<PostgresOwner.OwnedPostgres, PostgresOwner.DataDirInUse> => {
  const later = Effect.fnUntraced(function* (error: Error) {
    yield* Effect.logError(error.message)
    yield* Effect.sleep("5 seconds")
    return yield* beginAgain(owner, port)
  })
  return PostgresOwner.begin(owner, Option.some(port)).pipe(
    Effect.catchTags({ PostgresDidNotStart: later, ServerNotOurs: later })
  )
}
