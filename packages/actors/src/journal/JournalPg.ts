/**
 * The journal in Postgres: `JournalWriter` appends over one connection; everything else reads, and
 * saves snapshots, over a few others.
 */
import { Cause, Clock, Effect, Layer, Queue, Runtime, type Context, type Scope } from "effect"
import { ShardOwnership } from "../cluster/ShardOwnership.ts"
import { Database } from "../database/Database.ts"
import {
  Journal,
  QueueAppendsMax,
  type Position,
  JournalUnavailable,
  type Loaded
} from "./Journal.ts"
import { RecentEvents } from "./RecentEvents.ts"
import * as CommitRecovery from "./CommitRecovery.ts"
import { JournalWriter, type UnresolvedBatch } from "./JournalWriter.ts"
import * as WriterConnection from "./WriterConnection.ts"
import * as Pg from "pg"
import * as Session from "../database/Session.ts"
import * as QueryWatchdog from "../database/QueryWatchdog.ts"
import * as RetrySchedule from "../runtime/RetrySchedule.ts"
import { StreamLoader } from "./StreamLoader.ts"
import { VersionCheckBatcher, type Query } from "./VersionCheckBatcher.ts"
import * as Row from "./RecordedRow.ts"

const make = Effect.gen(function* () {
  const runFork = Runtime.runFork(yield* Effect.runtime<never>())
  const report = (defect: unknown) => {
    runFork(Effect.logError("a commit callback failed", Cause.die(defect)))
  }
  const listeners = new Set<(head: Position) => void>()
  const committed = (head: Position) => {
    for (const listener of listeners) {
      try {
        listener(head)
      } catch (defect) {
        report(defect)
      }
    }
  }
  const tail = new RecentEvents()
  const connection = yield* WriterConnection.make
  const troubles = yield* Queue.bounded<UnresolvedBatch>(1) // The writer sends no other.
  const ownership = yield* ShardOwnership
  const mayWrite = () => ownership.mayWrite()
  const writer = new JournalWriter({
    connection,
    queueAppendsMax: yield* QueueAppendsMax,
    mayWrite,
    recover: (trouble) => troubles.unsafeOffer(trouble),
    committed: (head, { appends }) => {
      tail.add(appends, head)
      committed(head)
    },
    report
  })
  yield* Queue.take(troubles).pipe(
    Effect.flatMap((trouble) => CommitRecovery.resolve(connection, mayWrite, trouble, committed)),
    Effect.catchAllDefect((defect) => Effect.logError("commit recovery failed", Cause.die(defect))),
    Effect.zipRight(Effect.sync(() => writer.resume())),
    Effect.forever,
    Effect.forkScoped
  )
  yield* Effect.addFinalizer(() => writer.close) // Before the connection and the recovery end.
  const reader = yield* openReader(tail)
  return Journal.of({
    ...reader,
    enqueue: (append, settled) => writer.enqueue(append, settled),
    onCommitted: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  })
})

/** Uses the real clock, as its database does, also where a test provides another. */
export const layer: Layer.Layer<Journal, never, Database> = Layer.scoped(
  Journal,
  Effect.withClock(make, Clock.make())
)

/**
 * Loads share queries, and projections read pages: more connections would wait for the same disk.
 */
const connectionsMax = 2

const queryMsMax = 20_000
const silenceMsMax = 25_000

/**
 * A broken connection fails the first statement that uses it, so a read is tried again. The retry
 * policy costs nothing until then.
 */
const retryPolicy = <A>(
  ask: Effect.Effect<A, JournalUnavailable>
): Effect.Effect<A, JournalUnavailable> =>
  Effect.catchAll(ask, () => RetrySchedule.retryLater(ask, retries))

const retries: RetrySchedule.RetryPolicy = { firstMs: 50, jitter: true, times: 2 }

type JournalReader = Omit<Context.Tag.Service<Journal>, "enqueue" | "onCommitted">

/** Reads from its own connections, and from `tail` what this process has written last. */
const openReader = (
  tail: RecentEvents
): Effect.Effect<JournalReader, never, Database | Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* openPool
    const group = new StreamLoader(pool)

    const query: Ask = <Row extends Array<string | null>>(
      name: string,
      text: string,
      values: ReadonlyArray<string | number | ReadonlyArray<string>>
    ) =>
      Effect.async<ReadonlyArray<Row>, JournalUnavailable>((resume) => {
        const statement = Row.statement(name, text, values)
        pool.query<Row>(statement, (cause: Error | undefined, result) =>
          resume(cause ? new JournalUnavailable({ cause }) : Effect.succeed(result.rows))
        )
      }).pipe(retryPolicy)

    const look = yield* openLook((values) => query<[string]>("journal_newer", newer, values))

    return {
      load: (stream, snapshotVersion) =>
        Effect.async<Loaded, JournalUnavailable>((resume) =>
          group.load(stream, snapshotVersion, resume)
        ).pipe(retryPolicy),

      readStream: (stream, after, limit) =>
        Effect.map(
          query<Row.RecordedRow>("journal_page", Row.ofStream, [stream, after, limit]),
          (rows) => rows.map(Row.toRecorded)
        ),

      readAll: (after, limit) =>
        Effect.map(query<Row.RecordedRow>("journal_all", readAll, [after, limit]), (rows) =>
          rows.map(Row.toRecorded)
        ),

      readCategory: (category, after, limit, reader) =>
        Effect.suspend(() => {
          const page = reader === undefined ? undefined : tail.read(reader, category, after, limit)
          if (page !== undefined) return Effect.succeed(page)
          const found = query<Row.CategoryRow>("journal_room", readCategory, [
            after,
            limit,
            `${category}-`
          ])
          return Effect.map(found, (rows) => ({
            events: rows
              .filter(([, stream]) => stream.startsWith(`${category}-`))
              .map(Row.toCategoryEvent),
            through: Math.max(after, Row.positionOf(rows.at(-1)?.[0] ?? "0"))
          }))
        }),

      changes: (after, limit) =>
        Effect.map(query<[string, string]>("journal_changes", changes, [after, limit]), (rows) =>
          rows.map(([position, stream]) => ({ position: Row.positionOf(position), stream }))
        ),

      hasNewer: (stream, after, done) => look.hasNewer(stream, after, done),

      ...seldom(query),

      head: Effect.map(query<[string]>("journal_head", head, []), (rows) =>
        Row.positionOf(rows[0]?.[0])
      )
    }
  })

const openLook = (
  find: (
    values: Parameters<Query>[0]
  ) => Effect.Effect<ReadonlyArray<readonly [string]>, JournalUnavailable>
): Effect.Effect<VersionCheckBatcher> =>
  Effect.map(Effect.runtime<never>(), (runtime) => {
    const runFork = Runtime.runFork(runtime)
    return new VersionCheckBatcher(
      (values, done) => runFork(Effect.map(Effect.either(find(values)), done)),
      (defect) => runFork(Effect.logError("a version check callback failed", Cause.die(defect)))
    )
  })

type Ask = <Row extends Array<string | null>>(
  name: string,
  text: string,
  values: ReadonlyArray<string | number | ReadonlyArray<string>>
) => Effect.Effect<ReadonlyArray<Row>, JournalUnavailable>

/** Queries that are not part of an order. */
const seldom = (query: Ask): Pick<JournalReader, "has" | "save" | "snapshots" | "streams"> => ({
  has: (stream, commandId) =>
    Effect.map(query("journal_has", has, [stream, commandId]), (rows) => rows.length > 0),

  save: ({ schemaVersion, state, stream, version }) =>
    Effect.suspend(() =>
      query("snapshot_save", save, [stream, version, schemaVersion, JSON.stringify(state)])
    ),

  streams: (category, after, limit) =>
    Effect.map(
      query<[string]>("journal_streams", streams, [`${category}-`, after, limit]),
      (rows) => rows.map(([stream]) => stream)
    ),

  snapshots: (after, limit) =>
    Effect.map(
      query<[string, string, string, string]>("snapshots", snapshots, [after, limit]),
      (rows) =>
        rows.map(([stream, version, schemaVersion, state]) => ({
          stream,
          version: Number(version),
          schemaVersion: Number(schemaVersion),
          state: JSON.parse(state)
        }))
    )
})

const openPool = Effect.gen(function* () {
  const { url } = yield* Database
  const watchdog = yield* QueryWatchdog.watch(silenceMsMax)
  const pool = new Pg.Pool({
    ...Session.connection(url),
    application_name: "souk journal reader",
    max: connectionsMax,
    idleTimeoutMillis: 0,
    onConnect: async (client) => {
      watchdog.started(client)
      await client.query(settings)
      watchdog.finished(client)
    }
  })
  pool.on("acquire", watchdog.started)
  pool.on("release", (_, client) => watchdog.finished(client))
  pool.on("error", ignore) // An idle connection has ended: the pool has dropped it already.
  pool.on("connect", (client) => client.on("error", ignore)) // One in use: its statement fails.
  yield* Effect.addFinalizer(() =>
    Effect.promise(() => pool.end()).pipe(Effect.interruptible, Effect.timeoutOption("2 seconds"))
  )
  return pool
})

const ignore = () => undefined

// Plans are made once per connection, perhaps for an empty journal, and must suit a large one.
const settings = `
  SET statement_timeout = ${queryMsMax};
  SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off;
  SET jit = off`

const readAll = `
  SELECT ${Row.columns} FROM journal WHERE position > $1 ORDER BY position LIMIT $2`

// The last event of the page is returned whatever its category: it says how far the page goes.
const readCategory = `
  SELECT ${Row.categoryColumns} FROM journal, (
    SELECT max(position) AS through
    FROM (SELECT position FROM journal WHERE position > $1 ORDER BY position LIMIT $2) AS next
  ) AS page
  WHERE position > $1 AND position <= page.through
    AND (starts_with(stream, $3) OR position = page.through)
  ORDER BY position`

const changes = `
  SELECT position, stream FROM journal WHERE position > $1 ORDER BY position LIMIT $2`

// From one stream to the next by the fence's index, however many events each of them has.
const streams = `
  WITH RECURSIVE next AS (
    (SELECT stream, 1 AS n FROM journal
      WHERE stream > greatest($1, $2) AND starts_with(stream, $1) ORDER BY stream LIMIT 1)
    UNION ALL
    SELECT found.stream, next.n + 1 FROM next CROSS JOIN LATERAL (
      SELECT stream FROM journal WHERE stream > next.stream ORDER BY stream LIMIT 1
    ) AS found
    WHERE next.n < $3::integer AND starts_with(found.stream, $1)
  )
  SELECT stream FROM next ORDER BY n LIMIT $3::integer`

const snapshots = `
  SELECT stream, version, schema_version, state FROM snapshot
  WHERE stream > $1 ORDER BY stream LIMIT $2`

const has = `
  SELECT FROM journal WHERE stream = $1 AND metadata ->> 'commandId' = $2 LIMIT 1`

// One index lookup for each stream.
const newer = `
  SELECT asked.ordinal
  FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS asked (stream, after, ordinal)
  WHERE EXISTS (
    SELECT FROM journal WHERE journal.stream = asked.stream AND journal.version > asked.after
  )`

const head = `SELECT coalesce(max(position), 0) FROM journal`

// A newer release may save the same version again, in its own schema version.
const save = `
  INSERT INTO snapshot (stream, version, schema_version, state) VALUES ($1, $2, $3, $4)
  ON CONFLICT (stream) DO UPDATE
    SET version = excluded.version,
        schema_version = excluded.schema_version,
        state = excluded.state
    WHERE (snapshot.version, snapshot.schema_version)
      < (excluded.version, excluded.schema_version)`
