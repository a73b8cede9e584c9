/** Rows of the journal, and their conversion to events. */
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import type * as Pg from "pg"
import type { Position, Recorded, CategoryEvent } from "./Journal.ts"

/** The columns of an event as a read model needs it, all of them as text. */
export type CategoryRow = [
  position: string,
  stream: string,
  version: string,
  type: string,
  schemaVersion: string,
  payload: string
]

/** All columns of an event. */
export type RecordedRow = [...CategoryRow, metadata: string, recordedAtMs: string]

export const categoryColumns = `journal.position, journal.stream, journal.version, journal.type,
  journal.schema_version, journal.payload`

export const columns = `${categoryColumns}, journal.metadata,
  (extract(epoch FROM journal.recorded_at) * 1000)::bigint AS recorded_at_ms`

export const ofStream = `
  SELECT ${columns} FROM journal WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3`

/** Prepared once for each connection. Rows are arrays of text: objects would cost more. */
export const statement = (
  name: string,
  text: string,
  values: ReadonlyArray<string | number | ReadonlyArray<string>>
): Pg.QueryArrayConfig => ({ name, text, values: [...values], rowMode: "array", types: asText })

const asText: Pg.CustomTypesConfig = { getTypeParser: () => String }

/**
 * Without a schema: the metadata was checked when it was written, and a codec checks the payload.
 */
export const toRecorded = (
  row: readonly [...RecordedRow, ...ReadonlyArray<string | null>]
): Recorded => ({
  position: positionOf(row[0]),
  stream: row[1],
  version: Number(row[2]),
  type: row[3],
  schemaVersion: Number(row[4]),
  payload: JSON.parse(row[5]),
  metadata: JSON.parse(row[6]),
  recordedAt: timestampOf(row[7])
})

export const toCategoryEvent = (row: CategoryRow): CategoryEvent => ({
  position: positionOf(row[0]),
  stream: row[1],
  version: Number(row[2]),
  type: row[3],
  schemaVersion: Number(row[4]),
  payload: JSON.parse(row[5])
})

export const positionOf = (text: string | undefined): Position => {
  const position = Number(text)
  if (!Number.isSafeInteger(position)) throw new Error(`${text} is not a position in the journal`)
  return position
}

// All events of one commit have the same time, so the last conversion is cached.
let last = { ms: "0", timestamp: Timestamp.fromMillis(0) }

const timestampOf = (ms: string): Timestamp.Timestamp => {
  if (ms !== last.ms) last = { ms, timestamp: Timestamp.fromMillis(Number(ms)) }
  return last.timestamp
}
