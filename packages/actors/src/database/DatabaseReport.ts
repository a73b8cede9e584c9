/** The state of a database, for operators before and after an upgrade. */
import { Context, type Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

export interface MigrationReport {
  readonly number: number
  readonly name: string
  /** SHA-256 of the file as this program has it, or as it was applied where it has none. */
  readonly checksum: string
  /**
   * `changed`: the file is not what was applied. `unknown`: a newer program has applied it, and
   * this one has no such file.
   */
  readonly state: "applied" | "pending" | "changed" | "unknown"
}

export interface ReadModelReport {
  readonly name: string
  /** The position up to which it has read the journal. */
  readonly position: number
  /** How old the oldest event is that it has not read, in milliseconds; 0 when it has read all. */
  readonly behindMs: number
  /** The position at which a running rebuild ends; null when there is none. */
  readonly rebuildTo: number | null
  /** Whether it has too many open dead letters, and reads nothing until some are resolved. */
  readonly isDisabled: boolean
}

export interface DatabaseReport {
  /** The version of the server, e.g. `16.4`. */
  readonly postgres: string
  /** The position of the newest event; 0 when there is none. */
  readonly head: number
  readonly migrations: ReadonlyArray<MigrationReport>
  readonly readModels: ReadonlyArray<ReadModelReport>
}

export class DatabaseReports extends Context.Tag("@souk/actors/DatabaseReports")<
  DatabaseReports,
  {
    /** Changes nothing, and needs no table to exist. */
    readonly read: Effect.Effect<DatabaseReport, JournalUnavailable>
  }
>() {}
