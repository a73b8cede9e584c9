/** Loads many streams with one query: those that are asked for in one turn of the event loop. */
import { Either, Option } from "effect"
import type * as Pg from "pg"
import { JournalUnavailable, type Loaded, type Recorded, type StreamId } from "./Journal.ts"
import * as Row from "./RecordedRow.ts"

/** How many streams share a query, and how many queries are under way at a time. */
const streamsMax = 64
const queriesMax = 2

/** How many loads may wait; more are refused at once. */
const pendingMax = 10_000

/** How many events of one stream a query reads at most. */
const eventsMax = 500

type Done = (loaded: Either.Either<Loaded, JournalUnavailable>) => void

interface PendingLoad {
  readonly stream: StreamId
  readonly snapshotVersion: Option.Option<number>
  readonly done: Done
}

export class StreamLoader {
  readonly #pool: Pg.Pool
  #pending: Array<PendingLoad> = []
  #queries = 0
  #isScheduled = false

  constructor(pool: Pg.Pool) {
    this.#pool = pool
  }

  /** Calls `done` once, never within the call. */
  load(stream: StreamId, snapshotVersion: Option.Option<number>, done: Done): void {
    if (this.#pending.length >= pendingMax) {
      const cause = new Error(`${pendingMax} loads are waiting`)
      return void setImmediate(done, Either.left(new JournalUnavailable({ cause })))
    }
    this.#pending.push({ stream, snapshotVersion, done })
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#pending.length === 0 || this.#queries === queriesMax) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#flush()
      this.#schedule()
    })
  }

  #flush(): void {
    const group = this.#pending.splice(0, streamsMax)
    this.#queries++
    this.#query<LoadRow>(Row.statement("journal_load", loadText, valuesOf(group)), (rows) => {
      this.#queries--
      this.#schedule()
      if (Either.isRight(rows)) this.#resolve(group, rows.right)
      else for (const { done } of group) done(Either.left(rows.left))
    })
  }

  // Rows come in the order of the group, at least one for each stream.
  #resolve(group: ReadonlyArray<PendingLoad>, rows: ReadonlyArray<LoadRow>): void {
    let at = 0
    for (const [index, asked] of group.entries()) {
      const snapshot = snapshotOf(rows[at])
      const events: Array<Recorded> = []
      for (let row = rows[at]; row?.[8] === String(index + 1); row = rows[++at]) {
        if (isEvent(row)) events.push(Row.toRecorded(row))
      }
      if (events.length < eventsMax) asked.done(Either.right({ snapshot, events }))
      else this.#readOn(asked, snapshot, events)
    }
  }

  #readOn(asked: PendingLoad, snapshot: Loaded["snapshot"], events: Array<Recorded>): void {
    const values = [asked.stream, events.at(-1)?.version ?? 0, eventsMax]
    this.#query<Row.RecordedRow>(Row.statement("journal_page", Row.ofStream, values), (page) => {
      if (Either.isLeft(page)) return asked.done(Either.left(page.left))
      for (const row of page.right) events.push(Row.toRecorded(row))
      if (page.right.length < eventsMax) asked.done(Either.right({ snapshot, events }))
      else this.#readOn(asked, snapshot, events)
    })
  }

  #query<Row extends Array<string | null>>(
    statement: Pg.QueryArrayConfig,
    done: (rows: Either.Either<ReadonlyArray<Row>, JournalUnavailable>) => void
  ): void {
    this.#pool.query<Row>(statement, (cause: Error | undefined, result) => {
      if (cause) done(Either.left(new JournalUnavailable({ cause })))
      else done(Either.right(result.rows))
    })
  }
}

/** An event, the place of its stream in the group, and the snapshot, beside its first event. */
type LoadRow = [
  ...(Row.RecordedRow | NoEvent),
  ordinal: string,
  snapshotVersion: string | null,
  state: string | null
]

/** The columns for a stream without events, or without any after its snapshot. */
type NoEvent = [null, null, null, null, null, null, null, null]

const isEvent = (row: LoadRow): row is [...Row.RecordedRow, string, string | null, string | null] =>
  row[0] !== null

const snapshotOf = (row: LoadRow | undefined): Loaded["snapshot"] => {
  if (row === undefined || row[9] === null || row[10] === null) return Option.none()
  return Option.some({ version: Number(row[9]), state: JSON.parse(row[10]) })
}

// Names are an array parameter, so that no name can shift the others.
const valuesOf = (group: ReadonlyArray<PendingLoad>) => [
  group.map(({ stream }) => stream),
  `{${group.map(({ snapshotVersion }) => Option.getOrElse(snapshotVersion, () => "NULL")).join()}}`,
  eventsMax
]

// The limits keep the plan at one index lookup for each stream, whatever the tables hold.
const loadText = `
  SELECT event.*, wanted.ordinal, snapshot.version,
    CASE WHEN event.version IS NULL OR event.version = snapshot.version + 1
      THEN snapshot.state END
  FROM unnest($1::text[], $2::smallint[]) WITH ORDINALITY
    AS wanted (stream, snapshot_version, ordinal)
  LEFT JOIN LATERAL (
    SELECT version, state FROM snapshot
    WHERE stream = wanted.stream AND schema_version = wanted.snapshot_version LIMIT 1
  ) AS snapshot ON true
  LEFT JOIN LATERAL (
    SELECT ${Row.columns} FROM journal
    WHERE journal.stream = wanted.stream AND journal.version > coalesce(snapshot.version, 0)
    ORDER BY journal.version LIMIT $3
  ) AS event ON true
  ORDER BY wanted.ordinal, event.version`
