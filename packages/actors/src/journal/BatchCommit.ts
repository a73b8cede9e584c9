/** One attempt to commit a batch, and what is known of it afterwards. */
import * as Pg from "pg"
import type { QueryWatchdog } from "../database/QueryWatchdog.ts"
import * as Batch from "./Batch.ts"
import type { Position } from "./Journal.ts"
import { positionOf } from "./RecordedRow.ts"

export type Client = Pg.Client

export type Outcome = Committed | Failure

export interface Committed {
  readonly _tag: "Committed"
  /** The position of the last event, or a later one. */
  readonly head: Position
}

export type Failure =
  /** The database will not have it: nothing was written, and sending it again is of no use. */
  | { readonly _tag: "Refused"; readonly isConflict: boolean; readonly cause: unknown }
  /** Anything may have happened, or may yet happen. */
  | { readonly _tag: "Unknown"; readonly cause: unknown }

/** Calls `done` once, after the commit: `pg` waits for the end of the transaction, not the row. */
export const send = (
  client: Client,
  watchdog: QueryWatchdog,
  batch: Batch.Batch,
  done: (outcome: Outcome) => void
): void => {
  const statement = {
    name: "journal_append",
    text: Batch.text,
    values: Batch.valuesOf(batch),
    rowMode: "array" as const
  }
  // The callback form, because promises are five times as dear. Its types know nothing of the null
  // that stands for no error.
  watchdog.started(client)
  client.query<[string]>(statement, (error: Error | null, result) => {
    watchdog.finished(client)
    if (error !== null) done(outcomeOf(error))
    else done({ _tag: "Committed", head: positionOf(result.rows[0]?.[0]) })
  })
}

/** Whether the batch is in the journal: its first event is there, and it is ours. */
export const find = async (client: Client, batch: Batch.Batch): Promise<Committed | undefined> => {
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

// What a server says that is shutting down may come after the commit, and a lost connection says
// nothing at all. Only an error about the data itself is a promise that nothing was written.
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
