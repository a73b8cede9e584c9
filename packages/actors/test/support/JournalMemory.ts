/** The journal and its reminders in memory: the same promises, until the process ends. */
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Cause, type Clock, Context, Effect, Either, Layer, Option, Runtime } from "effect"
import * as LeasedQueue from "../../src/reminder/LeasedQueue.ts"
import {
  type DueReminder,
  type ListedReminder,
  type Reminder,
  Reminders
} from "../../src/reminder/Reminder.ts"
import * as Batch from "../../src/journal/Batch.ts"
import {
  type Append,
  type AppendFailure,
  Journal,
  JournalSaturated,
  QueueAppendsMax,
  type Loaded,
  type Position,
  type Recorded,
  type ReminderChange,
  type CategoryPage,
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
  readonly queueAppendsMax: number
  readonly pace: (commit: () => void) => void
  /** Logs what a callback has thrown. */
  readonly report: (defect: unknown) => void
}

/** A reminder's own columns. */
interface Timer {
  dueMs: number
  attempts: number
  lastError: string | null
}

/** An event as a database would keep it: as text, so that no caller can change it. */
interface Row extends Omit<Recorded, "metadata" | "payload"> {
  readonly payload: string
  readonly metadata: string
}

class JournalMemory {
  readonly #setting: Setting
  readonly #rows: Array<Row> = []
  readonly #streams = new Map<StreamId, Array<Row>>()
  readonly #snapshots = new Map<StreamId, Omit<Snapshot, "state"> & { readonly text: string }>()
  readonly #reminders = new Map<string, Reminder & Timer>()
  readonly #listeners = new Set<(head: Position) => void>()
  #line: Array<Batch.Waiting> = []

  constructor(setting: Setting) {
    this.#setting = setting
  }

  enqueue(append: Append, settled: Batch.Waiting["settled"]): void {
    const { queueAppendsMax, pace, report } = this.#setting
    const isFull = this.#line.length >= queueAppendsMax
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

  readCategory(room: string, after: Position, limit: number): CategoryPage {
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

  claim(limit: number, leaseMs: number, leaseMsMax: number): ReadonlyArray<DueReminder> {
    const nowMs = this.#setting.clock.unsafeCurrentTimeMillis()
    const taken = this.#byTime.filter(({ dueMs }) => dueMs <= nowMs).slice(0, limit)
    return taken.map((row) => {
      const { attempts, name, stream } = row
      row.dueMs = nowMs + Math.min(leaseMs * 2 ** attempts, leaseMsMax)
      row.attempts++
      return { stream, name, attempts }
    })
  }

  fail({ attempts, name, stream }: DueReminder, error: unknown): void {
    const row = this.#reminders.get(keyOf(stream, name))
    if (row?.attempts === attempts + 1) row.lastError = LeasedQueue.describe(error)
  }

  reminders(limit: number): {
    readonly data: ReadonlyArray<ListedReminder>
    readonly at: Timestamp.Timestamp
  } {
    const nowMs = this.#setting.clock.unsafeCurrentTimeMillis()
    const data = this.#byTime.slice(0, limit).map(({ dueMs, ...row }) => {
      return { ...row, dueAt: Timestamp.fromMillis(dueMs), overdueMs: nowMs - dueMs }
    })
    return { data, at: Timestamp.fromMillis(nowMs) }
  }

  get overdueMs(): number {
    const nowMs = this.#setting.clock.unsafeCurrentTimeMillis()
    return Math.max(0, ...this.#byTime.slice(0, 1).map(({ dueMs }) => nowMs - dueMs))
  }

  get #byTime(): Array<Reminder & Timer> {
    return [...this.#reminders.values()].toSorted((one, other) => one.dueMs - other.dueMs)
  }

  #commit(): void {
    const line = this.#line
    this.#line = []
    const failures = line.map((waiting) => this.#write(waiting))
    for (const [index, { settled }] of line.entries()) settled(failures[index])
    for (const listener of this.#listeners) listener(this.head)
  }

  #write({ append, metadata, payloads }: Batch.Waiting): AppendFailure | undefined {
    const { entries, expected, reminders, session, stream } = append
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
    for (const change of reminders) this.#remind(stream, change, nowMs)
    return undefined
  }

  #remind(stream: StreamId, change: ReminderChange, nowMs: number): void {
    const { name } = change
    if (change._tag === "Clear") return void this.#reminders.delete(keyOf(stream, name))
    const { at, inMs } = change.due
    const dueMs = at === undefined ? nowMs + inMs : Timestamp.toMillis(at)
    this.#reminders.set(keyOf(stream, name), { stream, name, dueMs, attempts: 0, lastError: null })
  }
}

const keyOf = (stream: StreamId, name: string): string => `${stream}\n${name}`

const toRecorded = (row: Row): Recorded => ({
  ...row,
  payload: JSON.parse(row.payload),
  metadata: JSON.parse(row.metadata)
})

const make = Effect.gen(function* () {
  const runFork = Runtime.runFork(yield* Effect.runtime<never>())
  const memory = new JournalMemory({
    clock: yield* Effect.clock,
    queueAppendsMax: yield* QueueAppendsMax,
    pace: yield* Pace,
    report: (defect) => {
      runFork(Effect.logError("a commit callback failed", Cause.die(defect)))
    }
  })
  const journal = Journal.of({
    enqueue: (append, settled) => memory.enqueue(append, settled),
    load: (stream, snapshotVersion) => Effect.sync(() => memory.load(stream, snapshotVersion)),
    readStream: (stream, after, limit) =>
      Effect.sync(() => memory.readStream(stream, after, limit)),
    readAll: (after, limit) => Effect.sync(() => memory.readAll(after, limit)),
    readCategory: (room, after, limit) =>
      Effect.sync(() => memory.readCategory(room, after, limit)),
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
  const reminders = Reminders.of({
    claim: (limit, leaseMs, leaseMsMax) =>
      Effect.sync(() => memory.claim(limit, leaseMs, leaseMsMax)),
    fail: (reminder, error) => Effect.sync(() => memory.fail(reminder, error)),
    list: (limit) => Effect.sync(() => memory.reminders(limit)),
    overdueMs: Effect.sync(() => memory.overdueMs)
  })
  return Context.make(Journal, journal).pipe(Context.add(Reminders, reminders))
})

/** Both in one layer, because they change in one commit. */
export const layer: Layer.Layer<Journal | Reminders> = Layer.effectContext(make)
