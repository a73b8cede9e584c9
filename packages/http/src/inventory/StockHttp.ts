/** The inventory over HTTP. */
import { HttpApiBuilder } from "@effect/platform"
import { ProductEntity } from "@souk/actors/catalog/ProductEntity"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import { ProductNotFound } from "@souk/domain/catalog/ProductCommand"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import type { Sku } from "@souk/domain/kernel/Ids"
import { Effect } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { bind, command, query } from "../command/Command.ts"
import { log } from "../command/List.ts"
import { contract } from "../Contract.ts"
import * as StockApi from "./StockApi.ts"
import * as StockHistory from "./StockHistory.ts"

const entity = bind(StockAggregate, StockEntity, {
  body: ({ version, view }): Effect.Effect<StockApi.Stock> =>
    view === undefined
      ? Effect.dieMessage("every SKU has a stock, if only of nothing")
      : Effect.succeed({ ...view, version })
})

export const layer = HttpApiBuilder.group(
  contract.add(StockApi.StockApi),
  "inventory",
  (handlers) =>
    Effect.gen(function* () {
      const products = yield* ActorClient.make(ProductEntity)
      const stock = yield* entity
      /** The stock of a product, if that is in the catalogue. */
      const listed = <A>(sku: Sku, asked: A) =>
        Effect.flatMap(ActorRequest.orUnavailable(products.read(sku)), ({ view }) =>
          view === undefined ? new ProductNotFound({ sku }) : Effect.succeed(asked)
        )
      const replay = (sku: Sku, commandId: string) =>
        ActorRequest.orUnavailable(StockHistory.after(stock.journal, sku, commandId))
      return handlers
        .handle(
          "receive",
          command(
            StockApi.receive,
            stock,
            ({ path: { sku }, payload }) => {
              const { quantity, reason, reference } = payload
              const recorded = { quantity, reason, reference }
              return listed(sku, [sku, { _tag: "ReceiveStock", sku, ...payload }, { recorded }])
            },
            { replay }
          )
        )
        .handle(
          "adjust",
          command(
            StockApi.adjust,
            stock,
            ({ path: { sku }, payload }) =>
              listed(sku, [sku, { _tag: "AdjustStock", sku, ...payload }]),
            { replay }
          )
        )
        .handle(
          "setReorderPoint",
          command(StockApi.reorderPoint, stock, ({ path: { sku }, payload }) =>
            listed(sku, [sku, { _tag: "SetReorderPoint", sku, ...payload }])
          )
        )
        .handle(
          "get",
          query(StockApi.get, stock, ({ path: { sku } }) => listed(sku, sku))
        )
        .handle("history", ({ path: { sku }, urlParams }) =>
          Effect.zipRight(
            listed(sku, sku),
            log(
              urlParams,
              (after, limit) =>
                Effect.map(stock.journal.readStream(stock.streamId(sku), after, limit), (events) =>
                  events.map(StockHistory.row)
                ),
              ({ version }) => version
            )
          )
        )
    })
)
