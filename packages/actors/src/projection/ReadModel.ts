/** Events folded into rows, for questions that span many actors. */
import type { SqlError } from "@effect/sql"
import { type Effect, type Option, Schema } from "effect"
import type { JournalUnavailable, Position } from "../journal/Journal.ts"
import type { Subscription } from "../subscription/Delivery.ts"

/** A row, and up to where its read model had read in the same moment. */
export interface ReadRow {
  /** Nothing where there is no row. */
  readonly doc: Option.Option<unknown>
  readonly position: Position
  /** Whether the read model is being filled again from the first event. */
  readonly isRebuilding: boolean
}

/** One table, kept up to date from the journal. Its name is that of the table, and its cursor's. */
export interface ReadModel extends Subscription {
  /** Empties the table, to be filled again from the first event. */
  readonly clear: Effect.Effect<void, SqlError.SqlError>
  /** The row of one stream, by the stream's id. Takes no lock that a writer holds. */
  readonly row: (id: string) => Effect.Effect<ReadRow, SqlError.SqlError>
  /** Takes one row out, to be folded again from its own events. */
  readonly reset: (id: string) => Effect.Effect<void, SqlError.SqlError>
}

/** Which page of a list: the first one, or the one on this side of an item. */
export interface PageQuery<Id extends string = string> {
  readonly limit: number
  readonly startingAfter?: Id | undefined
  /** The items just before this one, as many as there may be. */
  readonly endingBefore?: Id | undefined
}

/** A page starts after, or ends before, something that is not in the list. */
export class UnknownCursor extends Schema.TaggedError<UnknownCursor>()("UnknownCursor", {
  cursor: Schema.String
}) {
  override get message() {
    return `there is no ${this.cursor} here: take the id of an item that you have seen`
  }
}

/** One page of a list, newest first. `hasMore` is said of the side that was asked for. */
export interface Page<Item> {
  readonly data: ReadonlyArray<Item>
  readonly hasMore: boolean
}

export type PageFailure = UnknownCursor | JournalUnavailable
