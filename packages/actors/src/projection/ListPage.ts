/** One page of a read model's table, newest first, beside an item the caller has seen. */
import type { SqlClient, Statement } from "@effect/sql"
import { Effect, type ParseResult, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import { type Page, type PageFailure, type PageQuery, UnknownCursor } from "./ReadModel.ts"

export interface ListPage<Item, Json> {
  readonly sql: SqlClient.SqlClient
  readonly table: string
  /** The column that names an item. */
  readonly key: string
  readonly item: Schema.Schema<Item, Json>
}

const decodePositions = Schema.decodeUnknown(
  Schema.Array(Schema.Struct({ position: Schema.NumberFromString }))
)

/** Reads pages of a table with the columns `position`, `doc` and a key. */
export const make = <Item, Json>({ item, key, sql, table }: ListPage<Item, Json>) => {
  const decode = Schema.decodeUnknown(Schema.Array(Schema.Struct({ doc: item })))
  const startOf = (within: ReadonlyArray<Statement.Fragment>, cursor: string) =>
    Effect.gen(function* () {
      const rows = yield* sql`
        SELECT position::text FROM ${sql(table)}
        WHERE ${sql.and([sql`${sql(key)} = ${cursor}`, ...within])}`
      const [start] = yield* decodePositions(rows)
      if (start === undefined) return yield* new UnknownCursor({ cursor })
      return start.position
    })
  const page = (
    within: ReadonlyArray<Statement.Fragment>,
    conditions: ReadonlyArray<Statement.Fragment>,
    { endingBefore, limit, startingAfter }: PageQuery
  ) =>
    Effect.gen(function* () {
      const all = [sql`true`, ...within, ...conditions]
      const isBefore = endingBefore !== undefined
      const cursor = endingBefore ?? startingAfter
      if (cursor !== undefined) {
        const start = yield* startOf(within, cursor)
        all.push(isBefore ? sql`position > ${start}` : sql`position < ${start}`)
      }
      const order = isBefore ? sql`position` : sql`position DESC`
      const rows = yield* sql`
        SELECT doc FROM ${sql(table)} WHERE ${sql.and(all)}
        ORDER BY ${order} LIMIT ${limit + 1}`
      const nearest = (yield* decode(rows)).map(({ doc }) => doc)
      const data = nearest.slice(0, limit)
      return { data: isBefore ? data.toReversed() : data, hasMore: nearest.length > limit }
    })
  /** Only items `within` exist for the asker, also as cursors; `conditions` narrow the list. */
  return (
    within: ReadonlyArray<Statement.Fragment>,
    conditions: ReadonlyArray<Statement.Fragment>,
    query: PageQuery
  ): Effect.Effect<Page<Item>, PageFailure> =>
    page(within, conditions, query).pipe(
      orUnavailable,
      // Rows are written by this program from the same schema.
      Effect.catchTag("ParseError", (cause: ParseResult.ParseError) => Effect.die(cause))
    )
}
