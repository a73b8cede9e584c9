/** A real Postgres that comes with the shop: started, or found again, watched over, and stopped. */
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
 * The database in `<dataDir>/postgres`, from now until the scope closes. When the server is killed
 * it is started again at the same port. When this process is killed the server stays, and the
 * next process finds it.
 */
export const start = Effect.fn("EmbeddedPostgres.start")(function* (options: {
  readonly dataDir: string
  /** Replaces settings of the server. For tests: a shop refuses to work with most of them. */
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

/** Brings the server back, again and again, for as long as it takes. Nobody needs to be told. */
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
