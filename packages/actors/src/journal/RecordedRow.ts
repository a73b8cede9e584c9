/** Events as the database sends them, and as the rest of the program sees them. */
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import type { CustomTypesConfig } from "pg"
import type { Position, Recorded } from "./Journal.ts"

/**
 * The columns of a row, in this order; all of them as text, because `pg` would make objects that
 * we do not want (and of a bigint it makes text anyway).
 */
export const columns = `journal.position, journal.stream, journal.version, journal.type,
  journal.schema_version, journal.payload, journal.metadata,
  (extract(epoch FROM journal.recorded_at) * 1000)::bigint AS recorded_at_ms`

export type RecordedRow = readonly [
  position: string,
  stream: string,
  version: string,
  type: string,
  schemaVersion: string,
  payload: string,
  metadata: string,
  recordedAtMs: string
]

/** Leaves every column as text. */
export const asText: CustomTypesConfig = { getTypeParser: () => String }

/** Without a schema: what was written has been checked, and what is read will be, by its codec. */
export const toRecorded = (row: RecordedRow): Recorded => ({
  position: positionOf(row[0]),
  stream: row[1],
  version: Number(row[2]),
  type: row[3],
  schemaVersion: Number(row[4]),
  payload: JSON.parse(row[5]),
  metadata: JSON.parse(row[6]),
  recordedAt: timestampOf(row[7])
})

export const positionOf = (text: string | undefined): Position => {
  const position = Number(text)
  if (!Number.isSafeInteger(position)) throw new Error(`${text} is not a position in the journal`)
  return position
}

// All events of one commit have one time, so the last one is asked for again and again.
let last: readonly [ms: string, timestamp: Timestamp.Timestamp] = [
  "0",
  Timestamp.fromMillis(0)
]

const timestampOf = (ms: string): Timestamp.Timestamp => {
  if (ms !== last[0]) last = [ms, Timestamp.fromMillis(Number(ms))]
  return last[1]
}
