/** The list of products: newest first. */
import { SqlClient } from "@effect/sql"
import { ProductAggregate } from "@souk/domain/catalog/ProductAggregate"
import { ProductView } from "@souk/domain/catalog/ProductView"
import type { Sku } from "@souk/domain/kernel/Ids"
import { Context, Effect, Layer } from "effect"
import type { RoomEvent } from "../journal/Journal.ts"
import * as ListPage from "../projection/ListPage.ts"
import type { Page, PageFailure, PageQuery, ReadModel } from "../projection/ReadModel.ts"

export class ProductReadModel extends Context.Tag("@souk/actors/ProductReadModel")<
  ProductReadModel,
  {
    /** One page; a product appears some moments after it was listed. */
    readonly list: (query: PageQuery<Sku>) => Effect.Effect<Page<ProductView>, PageFailure>
  }
>() {}

interface Row {
  readonly sku: string
  readonly position: number
  readonly doc: object
}

/** The last word of a page of events on each product. */
const rowsOf = (events: ReadonlyArray<RoomEvent>): ReadonlyArray<Row> => {
  const bySku = new Map<string, Row>()
  for (const recorded of events) {
    const { _tag, at, ...fields } = ProductAggregate.codec.decodeTrusted(recorded)
    const listed = _tag === "ProductListed" ? { listedAt: at } : {}
    const before = bySku.get(fields.sku)
    bySku.set(fields.sku, {
      sku: fields.sku,
      position: before?.position ?? recorded.position,
      doc: { ...before?.doc, ...listed, ...fields, updatedAt: at }
    })
  }
  return [...bySku.values()]
}

/** The read model itself, for whoever keeps it up to date. */
export const model: Effect.Effect<ReadModel, never, SqlClient.SqlClient> = Effect.map(
  SqlClient.SqlClient,
  (sql): ReadModel => ({
    name: "product_list",
    room: "catalog",
    clear: Effect.asVoid(sql`TRUNCATE product_list`),
    ...ListPage.rows(sql, "product_list", "sku"),
    apply: (events) =>
      events.length === 0
        ? Effect.void
        : Effect.asVoid(sql`
            INSERT INTO product_list (sku, position, doc)
            SELECT sku, position, doc
            FROM jsonb_to_recordset(${JSON.stringify(rowsOf(events))}::jsonb)
              AS change (sku text, position bigint, doc jsonb)
            ON CONFLICT (sku) DO UPDATE SET
              doc = jsonb_build_object('listedAt', product_list.doc->'listedAt') || EXCLUDED.doc`)
  })
)

const make = Effect.map(SqlClient.SqlClient, (sql) => {
  const page = ListPage.make({ sql, table: "product_list", key: "sku", item: ProductView })
  return ProductReadModel.of({
    list: (query) => page([], [], query)
  })
})

export const layer: Layer.Layer<ProductReadModel, never, SqlClient.SqlClient> = Layer.effect(
  ProductReadModel,
  make
)
