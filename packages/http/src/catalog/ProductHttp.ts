/** The catalogue over HTTP. */
import { HttpApiBuilder } from "@effect/platform"
import { ProductEntity } from "@souk/actors/catalog/ProductEntity"
import { ProductReadModel } from "@souk/actors/catalog/ProductReadModel"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { Reply } from "@souk/actors/runtime/ActorDefinition"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import { ProductAggregate } from "@souk/domain/catalog/ProductAggregate"
import { ProductNotFound } from "@souk/domain/catalog/ProductCommand"
import type { ProductView } from "@souk/domain/catalog/ProductView"
import type { Sku } from "@souk/domain/kernel/Ids"
import type { Page } from "@souk/actors/projection/ReadModel"
import { ReadModels } from "@souk/actors/projection/ReadModels"
import { Effect } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { bind, command, query } from "../command/Command.ts"
import { list } from "../command/List.ts"
import { waiting } from "../command/ReadYourWrites.ts"
import { contract } from "../Contract.ts"
import type { Unavailable } from "../Problem.ts"
import * as ProductApi from "./ProductApi.ts"

/** Limit of concurrent reads of stock actors for one page. */
const readsMax = 16

export const layer = HttpApiBuilder.group(
  contract.add(ProductApi.ProductApi),
  "products",
  (handlers) =>
    Effect.gen(function* () {
      const stock = yield* ActorClient.make(StockEntity)
      const pages = yield* ProductReadModel
      const withStock = (view: ProductView) =>
        Effect.map(
          ActorRequest.orUnavailable(stock.read(view.sku)),
          (reply): ProductApi.Product => ({
            ...view,
            available: reply.view?.available ?? 0
          })
        )
      const withStocks = ({ data, hasMore }: Page<ProductView>) =>
        Effect.map(Effect.forEach(data, withStock, { concurrency: readsMax }), (data) => ({
          data,
          hasMore
        }))
      const shown = (
        { view }: Reply<ProductView>,
        sku: Sku
      ): Effect.Effect<ProductApi.Product, ProductNotFound | Unavailable> =>
        view === undefined ? new ProductNotFound({ sku }) : withStock(view)
      const products = yield* bind(ProductAggregate, ProductEntity, { body: shown })
      return handlers
        .handle(
          "get",
          query(ProductApi.get, products, ({ path }) => path.sku)
        )
        .handle(
          "list",
          waiting(
            yield* ReadModels,
            "product_list",
            list(
              ProductApi.listed,
              (page) => Effect.flatMap(pages.list(page), withStocks),
              ({ sku }) => sku
            )
          )
        )
        .handle(
          "put",
          command(ProductApi.put, products, ({ path: { sku }, payload }) =>
            Effect.map(products.read(sku), ({ view }) => [
              sku,
              { _tag: "SetProduct", sku, ...payload },
              { status: view === undefined ? 201 : 200 }
            ])
          )
        )
    })
)
