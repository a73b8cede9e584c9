/**
 * A list: one row for each stream of a category, with a JSON document that a fold keeps up to date,
 * and columns by which it is searched.
 */
import { SqlClient, type SqlError, type Statement } from "@effect/sql"
import { Effect, Option, Predicate, Schema } from "effect"
import type { EventCodec } from "@souk/domain/kernel/EventCodec"
import * as Aggregate from "@souk/domain/kernel/Aggregate"
import type { CategoryEvent } from "../journal/Journal.ts"
import * as ListPage from "./ListPage.ts"
import type { ReadModel, ReadRow } from "./ReadModel.ts"

export interface ListModel<Event, Item, ItemJson> {
  /** Whose streams are listed. */
  readonly aggregate: { readonly category: string; readonly codec: EventCodec<Event> }
  /** Has the columns `position`, `doc`, the key and `columns`. Also the name of the cursor. */
  readonly table: string
  /** The column with the id of the stream. */
  readonly key: string
  readonly item: Schema.Schema<Item, ItemJson>
  /** The row after an event; nothing where the stream's beginning is missing. */
  readonly fold: (before: Item | undefined, event: Event, at: CategoryEvent) => Item | undefined
  /** Further columns, each with the SQL that makes it from `doc`. */
  readonly columns?: Readonly<Record<string, string>>
}

const idOf = ({ stream }: CategoryEvent): string => Aggregate.idOf(stream)

const RowAt = Schema.Struct({
  /** Null where there is no row. */
  doc: Schema.Unknown,
  position: Schema.NumberFromString,
  rebuild_to: Schema.NumberFromString
})
const decodeRow = Schema.decodeUnknownSync(Schema.Array(RowAt))

/** What `doc` selects of a list, and where the list is, in one statement: the same moment. */
export const rowOf = (
  sql: SqlClient.SqlClient,
  table: string,
  doc: Statement.Fragment
): Effect.Effect<ReadRow, SqlError.SqlError> =>
  Effect.map(
    sql`
      SELECT position::text, rebuild_to::text, (${doc}) AS doc
      FROM projection_cursor WHERE name = ${table}`,
    (found) => {
      const [{ doc, position, rebuild_to } = { doc: null, position: 0, rebuild_to: 0 }] =
        decodeRow(found)
      return { doc: Option.fromNullable(doc), position, isRebuilding: position < rebuild_to }
    }
  )

/** Writes rows; of one that is there already, the position stays as it is. */
const upsert = (
  sql: SqlClient.SqlClient,
  { columns = {}, key, table }: Pick<ListModel<never, never, never>, "columns" | "key" | "table">
) => {
  const names = Object.keys(columns)
  const list = [key, "position", "doc", ...names].join(", ")
  const values = ["id", "position", "doc", ...Object.values(columns)].join(", ")
  const sets = ["doc", ...names].map((name) => `${name} = EXCLUDED.${name}`).join(", ")
  return (rows: ReadonlyArray<object>) => sql`
    INSERT INTO ${sql(table)} (${sql.literal(list)})
    SELECT ${sql.literal(values)}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS row (id text, position bigint, doc jsonb)
    ON CONFLICT (${sql(key)}) DO UPDATE SET ${sql.literal(sets)}`
}

/** The read model that keeps the list, and how its pages are read. */
export const make = <Event, Item, ItemJson>(list: ListModel<Event, Item, ItemJson>) => {
  const { fold, item, key, table } = list
  const { category, codec } = list.aggregate
  /**
   * A row was written by this program as plain JSON, which decodes to itself: checking it again
   * would cost more than the fold. Pages, which leave the program, are decoded.
   */
  const isItem = (doc: unknown): doc is Item => Predicate.isRecord(doc)
  /** The rows that are there of streams whose beginning is not among these events. */
  const earlier = (sql: SqlClient.SqlClient, events: ReadonlyArray<CategoryEvent>) => {
    const begun = new Set(events.filter(({ version }) => version === 1).map(idOf))
    const ids = [...new Set(events.map(idOf))].filter((id) => !begun.has(id))
    if (ids.length === 0) return Effect.succeed(new Map<string, Item>())
    return Effect.map(
      sql<{ readonly id: string; readonly doc: unknown }>`
        SELECT ${sql(key)} AS id, doc FROM ${sql(table)}
        WHERE ${sql(key)} IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`,
      (found) => new Map(found.flatMap(({ doc, id }) => (isItem(doc) ? [[id, doc]] : [])))
    )
  }
  const apply = (sql: SqlClient.SqlClient) => {
    const write = upsert(sql, list)
    return (events: ReadonlyArray<CategoryEvent>) =>
      Effect.gen(function* () {
        const docs = yield* earlier(sql, events)
        const rows = new Map<string, { id: string; position: number; doc: Item }>()
        for (const recorded of events) {
          const id = idOf(recorded)
          const doc = fold(docs.get(id), codec.decodeTrusted(recorded), recorded)
          if (doc === undefined) continue
          docs.set(id, doc)
          rows.set(id, { id, position: rows.get(id)?.position ?? recorded.position, doc })
        }
        if (rows.size > 0) yield* write([...rows.values()])
      })
  }
  const model: Effect.Effect<ReadModel, never, SqlClient.SqlClient> = Effect.map(
    SqlClient.SqlClient,
    (sql): ReadModel => ({
      name: table,
      category,
      deliver: apply(sql),
      clear: Effect.asVoid(sql`TRUNCATE ${sql(table)}`),
      reset: (id) => Effect.asVoid(sql`DELETE FROM ${sql(table)} WHERE ${sql(key)} = ${id}`),
      row: (id) => rowOf(sql, table, sql`SELECT doc FROM ${sql(table)} WHERE ${sql(key)} = ${id}`)
    })
  )
  const pages = (sql: SqlClient.SqlClient) => ListPage.make({ sql, table, key, item })
  return { model, pages }
}
