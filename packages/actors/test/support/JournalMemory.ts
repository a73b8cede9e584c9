/** The journal and the list of due streams in memory: the same promises, until the process ends. */
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Cause, type Clock, Context, Effect, Either, Layer, Option, Runtime } from "effect"
import { type DueStream, type DueRow, SagaDue } from "../../src/saga/SagaDue.ts"
import * as Batch from "../../src/journal/Batch.ts"
import {
  type Append,
  type AppendFailure,
  Journal,
  JournalSaturated,
  LineAppendsMax,
  type Loaded,
  type Position,
  type Recorded,
  type RoomPage,
  type Snapshot,
  type StreamId,
  type Version
} from "../../src/journal/Journal.ts"

/**
 * When those who stand in line are committed: never within the call, and unless said otherwise by a
 * microtask, which passes while a test holds the clock.
 */
export class Pace extends Context.Reference<Pace>()("@souk/actors/JournalMemory/Pace", {
  defaultValue: () => (commit: () => void) => queueMicrotask(commit)
}) {}

/** What the journal depends on. */
interface Setting {
  readonly clock: Clock.Clock
  readonly lineAppendsMax: number
  readonly pace: (commit: () => void) => void
  /** Takes note of what a callback of somebody else has thrown. */
  readonly report: (defect: unknown) => void
}

/** An event as a database would keep it: in text, so that nobody holds a piece of the past. */
interface Row extends Omit<Recorded, "metadata" | "payload"> {
  readonly payload: string
  readonly metadata: string
}

class JournalMemory {
  readonly #setting: Setting
  readonly #rows: Array<Row> = []
  readonly #streams = new Map<StreamId, Array<Row>>()
  readonly #snapshots = new Map<StreamId, Omit<Snapshot, "state"> & { readonly text: string }>()
  readonly #dues = new Map<StreamId, { readonly atMs: number; readonly attempts: number }>()
  readonly #listeners = new Set<(head: Position) => void>()
  #line: Array<Batch.Waiting> = []

  constructor(setting: Setting) {
    this.#setting = setting
  }

  enqueue(append: Append, settled: Batch.Waiting["settled"]): void {
    const { lineAppendsMax, pace, report } = this.#setting
    const isFull = this.#line.length >= lineAppendsMax
    const closed = isFull ? new JournalSaturated({ waiting: this.#line.length }) : undefined
    const guarded = Batch.guard(settled, report)
    const admitted = Batch.admit(append, guarded, closed)
    if (admitted instanceof Error) {
      append.session.isBroken = true
      queueMicrotask(() => guarded(admitted))
      return
    }
    if (this.#line.length === 0) pace(() => this.#commit())
    this.#line.push(admitted)
  }

  load(stream: StreamId, snapshotVersion: Option.Option<number>): Loaded {
    const kept = Option.fromNullable(this.#snapshots.get(stream)).pipe(
      Option.filter(({ schemaVersion }) => Option.contains(snapshotVersion, schemaVersion))
    )
    const after = Option.match(kept, { onNone: () => 0, onSome: ({ version }) => version })
    return {
      snapshot: Option.map(kept, ({ text, version }) => ({ version, state: JSON.parse(text) })),
      events: this.readStream(stream, after, Infinity)
    }
  }

  // Versions are dense, and here positions are as well: both are one more than the index.
  readStream(stream: StreamId, after: Version, limit: number): ReadonlyArray<Recorded> {
    const rows = this.#streams.get(stream) ?? []
    return rows.slice(after, after + limit).map(toRecorded)
  }

  readAll(after: Position, limit: number): ReadonlyArray<Recorded> {
    return this.#rows.slice(after, after + limit).map(toRecorded)
  }

  readRoom(room: string, after: Position, limit: number): RoomPage {
    const rows = this.#rows.slice(after, after + limit)
    const events = rows.filter(({ stream }) => stream.startsWith(`${room}-`)).map(toRecorded)
    return { events, through: after + rows.length }
  }

  has(stream: StreamId, commandId: string): boolean {
    return this.readStream(stream, 0, Infinity).some(
      ({ metadata }) => metadata.commandId === commandId
    )
  }

  save({ schemaVersion, state, stream, version }: Snapshot): void {
    const kept = this.#snapshots.get(stream)
    const isNewer =
      kept === undefined ||
      kept.version < version ||
      (kept.version === version && kept.schemaVersion < schemaVersion)
    if (!isNewer) return
    this.#snapshots.set(stream, { stream, version, schemaVersion, text: JSON.stringify(state) })
  }

  streams(room: string, after: StreamId, limit: number): ReadonlyArray<StreamId> {
    return [...this.#streams.keys()]
      .filter((stream) => stream.startsWith(`${room}-`) && stream > after)
      .toSorted()
      .slice(0, limit)
  }

  snapshots(after: StreamId, limit: number): ReadonlyArray<Snapshot> {
    return [...this.#snapshots.values()]
      .filter(({ stream }) => stream > after)
      .toSorted((one, other) => (one.stream < other.stream ? -1 : 1))
      .slice(0, limit)
      .map(({ text, ...kept }) => ({ ...kept, state: JSON.parse(text) }))
  }

  get head(): Position {
    return this.#rows.length
  }

  onCommitted(listener: (head: Position) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  claim(limit: number, leaseMs: number, leaseMsMax: number): ReadonlyArray<DueStream> {
    const nowMs = this.#setting.clock.unsafeCurrentTimeMillis()
    const taken = [...this.#dues]
      .filter(([, { atMs }]) => atMs <= nowMs)
      .toSorted(([, one], [, other]) => one.atMs - other.atMs)
      .slice(0, limit)
    return taken.map(([stream, { attempts }]) => {
      const atMs = nowMs + Math.min(leaseMs * 2 ** attempts, leaseMsMax)
      this.#dues.set(stream, { atMs, attempts: attempts + 1 })
      return { stream, attempts }
    })
  }

  due(limit: number): { readonly data: ReadonlyArray<DueRow>; readonly at: Timestamp.Timestamp } {
    const nowMs = this.#setting.clock.unsafeCurrentTimeMillis()
    const data = [...this.#dues]
      .toSorted(([, one], [, other]) => one.atMs - other.atMs)
      .slice(0, limit)
      .map(([stream, { atMs, attempts }]) => {
        return { stream, attempts, dueAt: Timestamp.fromMillis(atMs), overdueMs: nowMs - atMs }
      })
    return { data, at: Timestamp.fromMillis(nowMs) }
  }

  get overdueMs(): number {
    const nowMs = this.#setting.clock.unsafeCurrentTimeMillis()
    return [...this.#dues.values()].reduce((most, { atMs }) => Math.max(most, nowMs - atMs), 0)
  }

  #commit(): void {
    const line = this.#line
    this.#line = []
    const failures = line.map((waiting) => this.#write(waiting))
    for (const [index, { settled }] of line.entries()) settled(failures[index])
    for (const listener of this.#listeners) listener(this.head)
  }

  #write({ append, metadata, payloads }: Batch.Waiting): AppendFailure | undefined {
    const { due, entries, expected, session, stream } = append
    const rows = this.#streams.get(stream) ?? []
    if (session.isBroken || rows.length !== expected) {
      session.isBroken = true
      return Batch.conflict(append)
    }
    const nowMs = this.#setting.clock.unsafeCurrentTimeMillis()
    const recordedAt = Timestamp.fromMillis(nowMs)
    const payloadOf = payloads.split("\n")
    const metadataOf = metadata.split("\n")
    for (const [index, { schemaVersion, type }] of entries.entries()) {
      const row: Row = {
        position: this.#rows.length + 1,
        stream,
        version: rows.length + 1,
        type,
        schemaVersion,
        payload: payloadOf[index] ?? "",
        metadata: metadataOf[index] ?? "",
        recordedAt
      }
      rows.push(row)
      this.#rows.push(row)
    }
    this.#streams.set(stream, rows)
    if (due._tag === "In") this.#dues.set(stream, { atMs: nowMs + due.inMs, attempts: 0 })
    if (due._tag === "Done") this.#dues.delete(stream)
    return undefined
  }
}

const toRecorded = (row: Row): Recorded => ({
  ...row,
  payload: JSON.parse(row.payload),
  metadata: JSON.parse(row.metadata)
})

const make = Effect.gen(function* () {
  const runFork = Runtime.runFork(yield* Effect.runtime<never>())
  const memory = new JournalMemory({
    clock: yield* Effect.clock,
    lineAppendsMax: yield* LineAppendsMax,
    pace: yield* Pace,
    report: (defect) => {
      runFork(Effect.logError("whoever was told of a commit failed", Cause.die(defect)))
    }
  })
  const journal = Journal.of({
    enqueue: (append, settled) => memory.enqueue(append, settled),
    load: (stream, snapshotVersion) => Effect.sync(() => memory.load(stream, snapshotVersion)),
    readStream: (stream, after, limit) =>
      Effect.sync(() => memory.readStream(stream, after, limit)),
    readAll: (after, limit) => Effect.sync(() => memory.readAll(after, limit)),
    readRoom: (room, after, limit) => Effect.sync(() => memory.readRoom(room, after, limit)),
    changes: (after, limit) =>
      Effect.sync(() =>
        memory.readAll(after, limit).map(({ position, stream }) => ({ position, stream }))
      ),
    has: (stream, commandId) => Effect.sync(() => memory.has(stream, commandId)),
    hasNewer: (stream, after, done) => {
      queueMicrotask(() => done(Either.right(memory.readStream(stream, after, 1).length > 0)))
    },
    save: (snapshot) => Effect.sync(() => memory.save(snapshot)),
    streams: (room, after, limit) => Effect.sync(() => memory.streams(room, after, limit)),
    snapshots: (after, limit) => Effect.sync(() => memory.snapshots(after, limit)),
    head: Effect.sync(() => memory.head),
    onCommitted: (listener) => memory.onCommitted(listener)
  })
  const due = SagaDue.of({
    claim: (limit, leaseMs, leaseMsMax) =>
      Effect.sync(() => memory.claim(limit, leaseMs, leaseMsMax)),
    list: (limit) => Effect.sync(() => memory.due(limit)),
    overdueMs: Effect.sync(() => memory.overdueMs)
  })
  return Context.make(Journal, journal).pipe(Context.add(SagaDue, due))
})

/** Both in one layer, because they change in one commit. */
export const layer: Layer.Layer<Journal | SagaDue> = Layer.effectContext(make)
