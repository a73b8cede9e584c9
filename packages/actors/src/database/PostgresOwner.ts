/** The process that holds the lock of the embedded server, and so may stop it. */
import { Effect, ExecutionStrategy, Exit, Option, Ref, Runtime, Schema, Scope } from "effect"
import * as RetrySchedule from "../runtime/RetrySchedule.ts"
import * as AdvisoryLock from "./AdvisoryLock.ts"
import { freePort } from "./FreePort.ts"
import { type PostgresPaths, urlOf } from "./PostgresPaths.ts"
import * as PostgresLog from "./PostgresLog.ts"
import * as PostgresOptions from "./PostgresOptions.ts"
import * as Postmaster from "./Postmaster.ts"
import * as Session from "./Session.ts"

/** Another live process owns this data. */
export class DataDirInUse extends Schema.TaggedError<DataDirInUse>()("DataDirInUse", {
  directory: Schema.String,
  pid: Schema.Number,
  holder: Schema.String,
  since: Schema.String
}) {
  override get message() {
    return (
      `${this.directory} is in use by ${this.holder} (since ${this.since}): ` +
      "stop that process, or set SOUK_DATA_DIR to another directory"
    )
  }
}

/** A server runs on this data and refuses the login. */
export class ServerNotOurs extends Schema.TaggedError<ServerNotOurs>()("ServerNotOurs", {
  directory: Schema.String,
  pid: Schema.Number,
  reason: Schema.String
}) {
  override get message() {
    return (
      `Postgres (pid ${this.pid}) runs on ${this.directory}, but not for us: ${this.reason}. ` +
      `Stop it with \`kill -INT ${this.pid}\` and start Souk again`
    )
  }
}

export type BeginError = DataDirInUse | Postmaster.PostgresDidNotStart | ServerNotOurs

export interface PostgresOwner {
  readonly paths: PostgresPaths
  readonly overrides: PostgresOptions.PostgresOptions
  readonly sessions: Scope.Scope
  /** The server that this process may stop: it started it, or holds its lock. */
  readonly ownPid: Ref.Ref<Option.Option<number>>
}

export interface OwnedPostgres {
  readonly session: Session.Session
  readonly scope: Scope.CloseableScope
  readonly port: number
}

/** The name of the database in the embedded server. */
export const databaseName = "souk"

/** Owns no server yet. When the scope closes, the owned server is stopped. */
export const makeOwner = Effect.fnUntraced(function* (
  paths: PostgresPaths,
  overrides: PostgresOptions.PostgresOptions
): Effect.fn.Return<PostgresOwner, never, Scope.Scope> {
  // The last finalizer runs first: the server ends before another process can take its lock.
  const sessions = yield* Effect.flatMap(Effect.scope, fork)
  const ownPid = yield* Ref.make(Option.none<number>())
  // The process may end without closing any scope: by an uncaught exception, or at its deadline.
  const runSync = Runtime.runSync(yield* Effect.runtime<never>())
  const stopNow = () =>
    Option.map(runSync(Ref.get(ownPid)), (pid) => Postmaster.stopNow(paths, pid))
  process.once("exit", stopNow)
  yield* Effect.addFinalizer(() =>
    Ref.get(ownPid).pipe(
      Effect.flatMap(Effect.transposeMapOption((pid) => Postmaster.stop(paths, pid))),
      Effect.ensuring(Effect.sync(() => process.off("exit", stopNow)))
    )
  )
  return { paths, overrides, sessions, ownPid }
})

/**
 * Takes the lock of a server that is ready, at this port if one is given. A server that ends
 * at once gets some more tries, and one that recovers from a crash gets ten minutes.
 */
export const begin = (
  owner: PostgresOwner,
  port: Option.Option<number>
): Effect.Effect<OwnedPostgres, BeginError> =>
  RetrySchedule.retry(
    attemptUntilReady(owner, port),
    { firstMs: 200, factor: 2, times: 4 },
    (error) => error._tag === "PostgresDidNotStart"
  ).pipe(
    Effect.raceFirst(Effect.forever(Effect.delay(sayWhatTakesSoLong, "5 seconds"))),
    Effect.timeoutFail({
      duration: "10 minutes",
      onTimeout: () => Postmaster.didNotStart(owner.paths, "nothing useful for ten minutes")
    })
  )

/** Records that the ownership is over, and whether the server has ended as well. */
export const end = Effect.fnUntraced(function* (owner: PostgresOwner, tenure: OwnedPostgres) {
  yield* Scope.close(tenure.scope, Exit.void)
  const found = yield* Postmaster.find(owner.paths)
  yield* Ref.update(
    owner.ownPid,
    Option.filter((pid) => Option.exists(found, (server) => server.pid === pid))
  )
})

const attemptUntilReady = Effect.fnUntraced(function* (
  owner: PostgresOwner,
  port: Option.Option<number>
) {
  while (true) {
    const tenure = yield* attempt(owner, port)
    if (Option.isSome(tenure)) return tenure.value
    yield* Effect.sleep("25 millis")
  }
})

const attempt = Effect.fnUntraced(function* (owner: PostgresOwner, port: Option.Option<number>) {
  const found = yield* Postmaster.find(owner.paths)
  if (Option.isNone(found)) yield* launch(owner, port)
  if (Option.isNone(found) || !found.value.isReady) return Option.none<OwnedPostgres>()
  const tenure = yield* enter(owner, found.value)
  if (Option.isNone(tenure) || isAt(found.value, port)) return tenure
  // Another process restarted it, at another port than the pools of this process use.
  yield* Postmaster.stop(owner.paths, found.value.pid)
  yield* end(owner, tenure.value)
  return Option.none<OwnedPostgres>()
})

// Uninterruptible between the start of a server and the record that it is owned.
const launch = Effect.fnUntraced(function* (owner: PostgresOwner, port: Option.Option<number>) {
  const before = yield* Ref.getAndSet(owner.ownPid, Option.none())
  if (Option.isSome(before)) {
    // It was started here, and ended before it accepted a login.
    return yield* Postmaster.didNotStart(owner.paths, yield* PostgresLog.lastWords(owner.paths))
  }
  const place = { port: Option.isSome(port) ? port.value : yield* freePort, logs: owner.paths.logs }
  const options = { ...PostgresOptions.options(place), ...owner.overrides }
  const postmaster = yield* Postmaster.launch(owner.paths, options)
  yield* Ref.set(owner.ownPid, Option.some(postmaster.pid))
}, Effect.uninterruptible)

// None when the server ended meanwhile: then it has to be found again.
const enter = (owner: PostgresOwner, postmaster: Postmaster.Postmaster) =>
  claim(owner, postmaster).pipe(
    Effect.asSome,
    Effect.catchTags({
      ConnectionFailed: (error) =>
        error.code.startsWith("28") // The SQLSTATE class of refused logins.
          ? Effect.fail(notOurs(owner, postmaster, error.reason))
          : Effect.succeedNone,
      QueryFailed: () => Effect.succeedNone,
      LockHeld: (held) => Effect.zipRight(Ref.set(owner.ownPid, Option.none()), inUse(owner, held))
    })
  )

const claim = Effect.fnUntraced(function* (
  owner: PostgresOwner,
  postmaster: Postmaster.Postmaster
) {
  const scope = yield* fork(owner.sessions)
  const url = urlOf(owner.paths, postmaster.port, "postgres")
  const takeLock = Effect.gen(function* () {
    const session = yield* Session.open(url, AdvisoryLock.holderName("keeper"))
    const [data] = yield* session.rows(Setting, "SELECT current_setting('data_directory') AS value")
    if (data?.value !== owner.paths.data) {
      return yield* notOurs(owner, postmaster, `its data is in ${data?.value}`)
    }
    yield* AdvisoryLock.take(session, "dataDirectory", 5_000)
    yield* Ref.set(owner.ownPid, Option.some(postmaster.pid))
    yield* makeDatabase(session)
    return session
  })
  return yield* takeLock.pipe(
    Scope.extend(scope),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
    Effect.map((session): OwnedPostgres => ({ session, scope, port: postmaster.port }))
  )
})

const makeDatabase = Effect.fnUntraced(function* (session: Session.Session) {
  const names = yield* session.rows(Setting, "SELECT datname AS value FROM pg_database")
  if (names.some(({ value }) => value === databaseName)) return
  yield* session.run(`CREATE DATABASE ${databaseName}`)
})

const Setting = Schema.Struct({ value: Schema.String })

const sayWhatTakesSoLong = Effect.logInfo("waiting for Postgres to finish crash recovery")

const isAt = (postmaster: Postmaster.Postmaster, port: Option.Option<number>): boolean =>
  Option.isNone(port) || port.value === postmaster.port

const fork = (scope: Scope.Scope) => Scope.fork(scope, ExecutionStrategy.sequential)

const notOurs = ({ paths }: PostgresOwner, { pid }: Postmaster.Postmaster, reason: string) =>
  new ServerNotOurs({ directory: paths.directory, pid, reason })

const inUse = ({ paths }: PostgresOwner, { pid, holder, since }: AdvisoryLock.LockHeld) =>
  new DataDirInUse({ directory: paths.directory, pid, holder, since })
