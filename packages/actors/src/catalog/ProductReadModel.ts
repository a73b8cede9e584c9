/** The list of products: newest first. */
import { SqlClient } from "@effect/sql"
import { ProductAggregate } from "@souk/domain/catalog/ProductAggregate"
import { ProductView } from "@souk/domain/catalog/ProductView"
import type { Sku } from "@souk/domain/kernel/Ids"
import { Context, Effect, Layer } from "effect"
import * as ListModel from "../projection/ListModel.ts"
import type { Page, PageFailure, PageQuery } from "../projection/ReadModel.ts"

export class ProductReadModel extends Context.Tag("@souk/actors/ProductReadModel")<
  ProductReadModel,
  {
    /** One page; a product appears some moments after it was listed. */
    readonly list: (query: PageQuery<Sku>) => Effect.Effect<Page<ProductView>, PageFailure>
  }
>() {}

export const { model, pages } = ListModel.make({
  table: "product_list",
  aggregate: ProductAggregate,
  key: "sku",
  item: ProductView,
  fold: (before, { _tag, at, ...fields }) => {
    const listedAt = _tag === "ProductListed" ? at : before?.listedAt
    return listedAt === undefined ? undefined : { ...fields, listedAt, updatedAt: at }
  }
})

export const layer: Layer.Layer<ProductReadModel, never, SqlClient.SqlClient> = Layer.effect(
  ProductReadModel,
  Effect.map(SqlClient.SqlClient, (sql) => {
    const page = pages(sql)
    return ProductReadModel.of({ list: (query) => page([], [], query) })
  })
)
