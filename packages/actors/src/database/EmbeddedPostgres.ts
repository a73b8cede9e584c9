/** A real Postgres that comes with the shop: started, or found again, watched over, and stopped. */
import { Deferred, Effect, Option, type Redacted, Schedule, type Scope } from "effect"
import type { DataDirUnusable } from "./DataDirUnusable.ts"
import type { PostgresNotPackaged } from "./PostgresBinaries.ts"
import * as PostgresHome from "./PostgresHome.ts"
import * as PostgresLog from "./PostgresLog.ts"
import type { PostgresOptions } from "./PostgresOptions.ts"
import * as PostgresTenure from "./PostgresTenure.ts"
import type { PathClosed, PostgresUserMissing } from "./PostgresUser.ts"

export type EmbeddedPostgresError =
  | PathClosed
  | DataDirUnusable
  | PostgresNotPackaged
  | PostgresTenure.BeginError
  | PostgresUserMissing

export interface EmbeddedPostgres {
  /** Where to connect, password included. It stays the same while the shop runs. */
  readonly url: Redacted.Redacted
  /** Fails once another process has taken the data over. Until then it waits. */
  readonly lost: Effect.Effect<never, PostgresTenure.DataDirInUse>
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
  const home = yield* PostgresHome.prepare(options.dataDir)
  const keeper = yield* PostgresTenure.makeKeeper(home, options.overrides ?? {})
  const tenure = yield* PostgresTenure.begin(keeper, Option.none())
  const lost = yield* Deferred.make<never, PostgresTenure.DataDirInUse>()
  yield* Effect.forkScoped(Effect.intoDeferred(watch(keeper, tenure), lost))
  yield* Effect.forkScoped(Effect.repeat(PostgresLog.prune(home), Schedule.spaced("10 minutes")))
  return {
    url: PostgresHome.urlOf(home, tenure.port, PostgresTenure.databaseName),
    lost: Deferred.await(lost)
  }
})

/** Brings the server back, again and again, for as long as it takes. Nobody needs to be told. */
const watch = Effect.fnUntraced(function* (
  keeper: PostgresTenure.Keeper,
  first: PostgresTenure.Tenure
): Effect.fn.Return<never, PostgresTenure.DataDirInUse> {
  let tenure = first
  while (true) {
    yield* tenure.session.ended
    yield* Effect.logWarning("lost the connection to Postgres; bringing the server back")
    yield* PostgresTenure.end(keeper, tenure)
    tenure = yield* beginAgain(keeper, tenure.port)
    yield* Effect.logInfo("Postgres is back")
  }
})

const beginAgain = (
  keeper: PostgresTenure.Keeper,
  port: number
): Effect.Effect<PostgresTenure.Tenure, PostgresTenure.DataDirInUse> => {
  const later = Effect.fnUntraced(function* (error: Error) {
    yield* Effect.logError(error.message)
    yield* Effect.sleep("5 seconds")
    return yield* beginAgain(keeper, port)
  })
  return PostgresTenure.begin(keeper, Option.some(port)).pipe(
    Effect.catchTags({ PostgresDidNotStart: later, ServerNotOurs: later })
  )
}
