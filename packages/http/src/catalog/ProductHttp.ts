/** The catalogue over HTTP. */
import type { Sharding } from "@effect/cluster"
import { HttpApiBuilder, type HttpApiGroup, HttpServerResponse } from "@effect/platform"
import { ProductEntity } from "@souk/actors/catalog/ProductEntity"
import { ProductReadModel } from "@souk/actors/catalog/ProductReadModel"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { LocalActors } from "@souk/actors/cluster/LocalActors"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import { ProductNotFound } from "@souk/domain/catalog/ProductCommand"
import type { ProductView } from "@souk/domain/catalog/ProductView"
import { Effect, type Layer } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import type { Authentication } from "../auth/Authentication.ts"
import * as Keyed from "../idempotency/Keyed.ts"
import * as Page from "../Page.ts"
import type { Product } from "./ProductApi.ts"

/** How many stock actors one page asks at once. */
const readsMax = 16

type Needs = Authentication | ProductReadModel | Sharding.Sharding | LocalActors

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "products">,
  never,
  Needs
> = HttpApiBuilder.group(Api, "products", (handlers) =>
  Effect.gen(function* () {
    const products = yield* ActorClient.make(ProductEntity)
    const stock = yield* ActorClient.make(StockEntity)
    const pages = yield* ProductReadModel
    const withStock = (view: ProductView) =>
      Effect.map(Asking.orUnavailable(stock.read(view.sku)), (reply): Product => ({
        ...view,
        available: reply.view?.available ?? 0
      }))
    return handlers
      .handle("get", ({ path: { sku } }) =>
        Effect.gen(function* () {
          const { view } = yield* Asking.orUnavailable(products.read(sku))
          return yield* view === undefined ? new ProductNotFound({ sku }) : withStock(view)
        })
      )
      .handle("list", ({ urlParams: asked }) =>
        Effect.gen(function* () {
          const { data, hasMore } = yield* Page.read(asked, pages.list)
          const listed = yield* Effect.forEach(data, withStock, { concurrency: readsMax })
          const url = "/v1/products"
          return Page.reply({ url, asked, data: listed, hasMore, idOf: ({ sku }) => sku })
        })
      )
      .handle("put", ({ path: { sku }, payload }) =>
        Effect.gen(function* () {
          const before = yield* Asking.orUnavailable(products.read(sku))
          const url = `/v1/products/${sku}`
          const metadata = yield* Asking.metadata(yield* Keyed.commandId(url, undefined))
          const { view } = yield* products
            .handle(sku, { _tag: "SetProduct", sku, ...payload }, metadata)
            .pipe(Asking.refusedOnlyBy(), Asking.orUnavailable)
          if (view === undefined) return yield* Effect.dieMessage(`${sku} was set, and is not`)
          const product: Product = yield* withStock(view)
          return before.view === undefined
            ? HttpServerResponse.unsafeJson(product, { status: 201, headers: { location: url } })
            : HttpServerResponse.unsafeJson(product)
        })
      )
  })
)
