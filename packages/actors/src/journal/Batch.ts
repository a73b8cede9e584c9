/** Appends that are committed together in one statement, and one attempt to commit them. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { toMillis } from "@souk/domain/kernel/Timestamp"
import { Array as Arr } from "effect"
import { randomUUID } from "node:crypto"
import {
  type Append,
  type AppendFailure,
  type ReminderChange,
  type StreamId,
  type Version,
  JournalUnavailable,
  VersionConflict,
  type Position
} from "./Journal.ts"
import * as Pg from "pg"
import type { QueryWatchdog } from "../database/QueryWatchdog.ts"
import { positionOf } from "./RecordedRow.ts"

/** A queued append. It is encoded already, so later changes of its entries have no effect. */
export interface Waiting {
  readonly append: Append
  readonly settled: (failure: AppendFailure | undefined) => void
  /**
   * The first of its session: the database checks that version `expected` exists. Later appends of
   * the session follow it, so that no stream can have a gap.
   */
  readonly isFirst: boolean
  /** One line of JSON for each entry. */
  readonly payloads: string
  readonly metadata: string
}

/** Immutable: a commit id always names the same appends. */
export interface Batch {
  readonly commitId: string
  readonly appends: Arr.NonEmptyReadonlyArray<Waiting>
}

/** Admits an append to the queue, or returns why not; `closed` is why none is admitted. */
export const admit = (
  append: Append,
  settled: Waiting["settled"],
  closed: AppendFailure | undefined
): Waiting | AppendFailure => {
  const { expected, session } = append
  const isFirst = session.next === undefined
  if (session.isBroken || !(isFirst || session.next === expected)) return conflict(append)
  if (closed !== undefined) return closed
  try {
    const admitted = waiting(append, isFirst, settled)
    session.next = expected + append.entries.length
    return admitted
  } catch (cause) {
    return new JournalUnavailable({ cause }) // An entry cannot be encoded as JSON.
  }
}

/** Reports what a callback throws, so that the other appends of its batch are settled. */
export const guard =
  (settled: Waiting["settled"], report: (defect: unknown) => void): Waiting["settled"] =>
  (failure) => {
    try {
      settled(failure)
    } catch (defect) {
      report(defect)
    }
  }

const waiting = (append: Append, isFirst: boolean, settled: Waiting["settled"]): Waiting => {
  const [first, ...others] = append.entries
  let payloads = JSON.stringify(first.payload)
  let text = JSON.stringify(first.metadata)
  let metadata = text
  let last: Metadata = first.metadata
  for (const entry of others) {
    // The entries of one decision share their metadata.
    if (entry.metadata !== last) {
      last = entry.metadata
      text = JSON.stringify(last)
    }
    payloads += `\n${JSON.stringify(entry.payload)}`
    metadata += `\n${text}`
  }
  return { append, settled, isFirst, payloads, metadata }
}

/** How many characters it adds to its batch. */
export const charactersOf = ({ metadata, payloads }: Waiting): number =>
  payloads.length + metadata.length

/** A batch of the appends that may still be sent, if any. Appends of broken sessions fail. */
export const make = (appends: ReadonlyArray<Waiting>): Batch | undefined => {
  const sound = appends.some(isBroken) ? failBroken(appends) : appends
  return Arr.isNonEmptyReadonlyArray(sound) ? { commitId: randomUUID(), appends: sound } : undefined
}

/**
 * A refused batch in two parts, in sending order. Streams stay whole while there are several of
 * them, so that the one that causes the refusal is found in few steps.
 */
export const halves = ({ appends }: Batch): readonly [Array<Waiting>, Array<Waiting>] => {
  const streams = [...new Set(appends.map(({ append }) => append.stream))]
  if (streams.length === 1) return Arr.splitAt(appends, Math.ceil(appends.length / 2))
  const first = new Set(streams.slice(0, Math.ceil(streams.length / 2)))
  return Arr.partition(appends, ({ append }) => !first.has(append.stream))
}

export const succeed = (batch: Batch): void => {
  for (const { settled } of batch.appends) settled(undefined)
}

/** Fails the append and breaks its session: later decisions are based on lost events. */
export const fail = ({ append, settled }: Waiting, failure: AppendFailure): void => {
  append.session.isBroken = true
  settled(failure)
}

export const conflict = ({ expected, stream }: Append): VersionConflict =>
  new VersionConflict({ stream, expected })

const isBroken = ({ append }: Waiting): boolean => append.session.isBroken

const failBroken = (appends: ReadonlyArray<Waiting>): Array<Waiting> => {
  const [sound, broken] = Arr.partition(appends, isBroken)
  for (const waiting of broken) fail(waiting, conflict(waiting.append))
  return sound
}

/** Sends a batch: see `journal_append` for the columns. */
const text = "SELECT journal_append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)"

/**
 * The columns of a batch: texts with one element a line, and numbers as array literals. Measured
 * with batches of 100 events: one JSON document costs half as much again, here and in Postgres;
 * arrays as `pg` encodes them cost twice as much here; `jsonb` columns cost half as much again in
 * Postgres.
 */
const valuesOf = ({ appends, commitId }: Batch): Array<string> => {
  const streams: Array<StreamId> = []
  const versions: Array<Version> = []
  const types: Array<string> = []
  const schemaVersions: Array<number> = []
  const payloads: Array<string> = []
  const metadata: Array<string> = []
  const headStreams: Array<StreamId> = []
  const headVersions: Array<Version> = []
  const reminders = new Map<string, readonly [StreamId, ReminderChange]>()
  for (const waiting of appends) {
    const { entries, expected, stream } = waiting.append
    if (waiting.isFirst && expected > 0) {
      headStreams.push(stream)
      headVersions.push(expected)
    }
    let version = expected
    for (const { schemaVersion, type } of entries) {
      streams.push(stream)
      versions.push(++version)
      types.push(type)
      schemaVersions.push(schemaVersion)
    }
    payloads.push(waiting.payloads)
    metadata.push(waiting.metadata)
    for (const change of waiting.append.reminders) {
      reminders.set(`${stream}\n${change.name}`, [stream, change])
    }
  }
  return [
    commitId,
    lines(streams),
    numbers(versions),
    lines(types),
    numbers(schemaVersions),
    lines(payloads),
    lines(metadata),
    lines(headStreams),
    numbers(headVersions),
    ...reminderValues(reminders.values())
  ]
}

/** The columns of the reminders that are set, and of those that are cleared. */
const reminderValues = (
  changes: Iterable<readonly [StreamId, ReminderChange]>
): ReadonlyArray<string> => {
  const set = { streams: Array.of<StreamId>(), names: Array.of<string>() }
  const cleared = { streams: Array.of<StreamId>(), names: Array.of<string>() }
  const inMs: Array<number | "NULL"> = []
  const atMs: Array<number | "NULL"> = []
  for (const [stream, change] of changes) {
    const { names, streams } = change._tag === "Set" ? set : cleared
    streams.push(stream)
    names.push(change.name)
    if (change._tag === "Clear") continue
    inMs.push(change.due.inMs === undefined ? "NULL" : Math.round(change.due.inMs))
    atMs.push(change.due.at === undefined ? "NULL" : toMillis(change.due.at))
  }
  return [
    lines(set.streams),
    lines(set.names),
    numbers(inMs),
    numbers(atMs),
    lines(cleared.streams),
    lines(cleared.names)
  ]
}

const lines = (elements: ReadonlyArray<string>): string => elements.join("\n")

const numbers = (elements: ReadonlyArray<number | "NULL">): string => `{${elements.join(",")}}`

export type Client = Pg.Client

export type Outcome = Committed | Failure

export interface Committed {
  readonly _tag: "Committed"
  /** The position of the last event, or a later one. */
  readonly head: Position
}

export type Failure =
  /** The database refused it: nothing was written, and sending it again would not help. */
  | { readonly _tag: "Refused"; readonly isConflict: boolean; readonly cause: unknown }
  /** It may have been committed, or may be committed later. */
  | { readonly _tag: "Unknown"; readonly cause: unknown }

/** Calls `done` once, after the commit: `pg` waits for the end of the transaction, not the row. */
export const send = (
  client: Client,
  watchdog: QueryWatchdog,
  batch: Batch,
  done: (outcome: Outcome) => void
): void => {
  const statement = {
    name: "journal_append",
    text: text,
    values: valuesOf(batch),
    rowMode: "array" as const
  }
  // The callback form costs a fifth of promises. Its types lack the null that means no error.
  watchdog.started(client)
  client.query<[string]>(statement, (error: Error | null, result) => {
    watchdog.finished(client)
    if (error !== null) done(outcomeOf(error))
    else done({ _tag: "Committed", head: positionOf(result.rows[0]?.[0]) })
  })
}

/** Whether the batch is in the journal: its first event is there, under this commit id. */
export const find = async (client: Client, batch: Batch): Promise<Committed | undefined> => {
  const [{ append }] = batch.appends
  const { rows } = await client.query<[string]>({
    name: "journal_find",
    text: `
      SELECT (SELECT max(position) FROM journal) FROM journal
      WHERE stream = $1 AND version = $2 AND commit_id = $3`,
    values: [append.stream, append.expected + 1, batch.commitId],
    rowMode: "array"
  })
  return rows[0] && { _tag: "Committed", head: positionOf(rows[0][0]) }
}

// A server that shuts down may report an error after the commit, and a lost connection reports
// none. Only an error about the data itself proves that nothing was written.
const outcomeOf = (cause: Error): Failure => {
  if (!(cause instanceof Pg.DatabaseError) || isAboutTheServer(cause)) {
    return { _tag: "Unknown", cause }
  }
  const isConflict = cause.code === "23505" && cause.constraint === "journal_fence"
  return { _tag: "Refused", isConflict, cause }
}

// Classes of SQLSTATE: connection, transaction (deadlock, serialization, read-only), resources,
// operator (shutdown, timeout, cancel), system, corruption, internal.
const serverClasses = new Set(["08", "25", "40", "53", "55", "57", "58", "XX"])

const isAboutTheServer = ({ code, severity }: Pg.DatabaseError): boolean =>
  severity !== "ERROR" || serverClasses.has((code ?? "").slice(0, 2))
