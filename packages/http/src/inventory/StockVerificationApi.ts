/** The contract of stock verification: the books of each SKU held against its own journal. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { StockDifference } from "@souk/domain/inventory/StockVerification"
import { OrderId, Sku } from "@souk/domain/kernel/Ids"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { productNotFound, skuPath } from "../catalog/ProductApi.ts"
import { query, whole } from "../Contract.ts"
import { optionalKey } from "../command/RequestHeaders.ts"
import { orderId } from "../docs/ExampleShop.ts"

/** How many SKUs are looked at in one request: each has its whole stream read. */
export const rowsMax = 32
export const rowsDefault = 16

/** A SKU and the differences between its stock and the journal. */
export const VerifiedStock = Schema.Struct({
  sku: Sku,
  /** Of the stock, as its actor said. */
  version: Schema.Int,
  /** How many holds were held against their orders. */
  holds: Schema.Int,
  differences: Schema.Array(StockDifference.annotations({ identifier: "StockDifference" }))
}).annotations({ identifier: "VerifiedStock" })
export type VerifiedStock = typeof VerifiedStock.Type

/** A page of SKUs, by name. `next` is the `after` of the following page; null at the end. */
export const VerifiedStocks = Schema.Struct({
  data: Schema.Array(VerifiedStock),
  next: Schema.NullOr(Sku)
}).annotations({ identifier: "VerifiedStocks" })
export type VerifiedStocks = typeof VerifiedStocks.Type

/** The result of a repair. */
export const StockRepair = Schema.Union(
  Schema.Struct({
    kind: Schema.Literal("hold_released"),
    orderId: OrderId,
    quantity: Schema.Int
  }),
  Schema.Struct({ kind: Schema.Literal("row_rebuilt"), readModel: Schema.String })
).annotations({ identifier: "StockRepair" })
export type StockRepair = typeof StockRepair.Type

/** A SKU after a repair: what was repaired under this key, and the remaining differences. */
export const RepairedStock = Schema.Struct({
  ...VerifiedStock.fields,
  repairs: Schema.Array(StockRepair)
}).annotations({ identifier: "RepairedStock" })
export type RepairedStock = typeof RepairedStock.Type

const verified = {
  sku: "TEA-MINT",
  version: 7,
  holds: 1,
  differences: [
    {
      problem: "orphan_hold",
      journal: "the order has ended",
      found: "2 units held",
      orderId,
      isRepairable: true
    }
  ]
}

const repairs = [{ kind: "hold_released", orderId, quantity: 2 }]

const one = HttpApiEndpoint.get("one", "/v1/inventory/:sku/verification")
  .annotate(OpenApi.Summary, "Verify the stock of a product against the journal")
  .annotate(Examples, { response: { VerifiedStock: verified } })
  .setPath(skuPath)
  .addSuccess(VerifiedStock)
  .addError(productNotFound)

const page = HttpApiEndpoint.get("page", "/v1/stock-verification")
  .annotate(OpenApi.Summary, "Verify the stock of all products against the journal, by SKU")
  .annotate(Examples, { response: { VerifiedStocks: { data: [verified], next: null } } })
  .setUrlParams(
    query({
      after: Schema.optional(Sku),
      limit: Schema.optional(whole(1, rowsMax))
    })
  )
  .addSuccess(VerifiedStocks)

const repair = HttpApiEndpoint.post("repair", "/v1/inventory/:sku/repair")
  .annotate(OpenApi.Summary, "Release holds of finished orders and rebuild incorrect list rows")
  .annotate(Examples, {
    response: {
      RepairedStock: { ...verified, version: 8, holds: 0, differences: [], repairs }
    }
  })
  .setPath(skuPath)
  .setHeaders(Schema.Struct(optionalKey))
  .addSuccess(RepairedStock)
  .addError(productNotFound)

export const StockVerificationApi = HttpApiGroup.make("stockVerification")
  .annotate(Access, "shop:operate")
  .add(one)
  .add(page)
  .add(repair)
  .middleware(Authentication)
