/** The contract of the inventory. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import {
  AdjustmentBelowReserved,
  AdjustStock,
  ReceiveStock,
  SetReorderPoint,
  StockTooLarge
} from "@souk/domain/inventory/StockCommand"
import { StockView } from "@souk/domain/inventory/StockView"
import { OrderId } from "@souk/domain/kernel/Ids"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Schema, Struct } from "effect"
import { ETag, Examples, Location, Writes } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { productNotFound, skuPath } from "../catalog/ProductApi.ts"
import { body, log, logQuery, query, withStatus } from "../Contract.ts"
import { ifMatch, keyReused, optionalKey } from "../command/RequestHeaders.ts"
import { preconditionFailed, problem } from "../Problem.ts"
import { at, orderId, rows, userId } from "../docs/ExampleShop.ts"

export const Stock = Schema.Struct({ ...StockView.fields, version: Schema.Int }).annotations({
  identifier: "Stock"
})
export type Stock = typeof Stock.Type

/** A change of stock. `quantity` is the change, or the number of units concerned. */
export const StockChange = Schema.Struct({
  version: Schema.Int,
  type: Schema.String,
  at: Timestamp,
  quantity: Schema.Int,
  orderId: Schema.optionalWith(OrderId, { exact: true }),
  reason: Schema.optionalWith(Schema.String, { exact: true }),
  reference: Schema.optionalWith(Schema.String, { exact: true }),
  actor: Schema.String
}).annotations({ identifier: "StockChange" })
export type StockChange = typeof StockChange.Type

/** The most rows one page of a history has. */
export const historyRowsMax = 100

const stockTooLarge = problem(StockTooLarge, { status: 422, title: "Stock limit exceeded" })

const adjustmentBelowReserved = problem(AdjustmentBelowReserved, {
  status: 409,
  title: "Adjustment below reserved units",
  source: "#/delta"
})

/** A change may be made safe to repeat, and be meant for the stock as it was seen. */
const changeHeaders = { ...optionalKey, ...ifMatch }

const stock = {
  Stock: {
    sku: "TEA-MINT",
    onHand: 100,
    reserved: 2,
    available: 98,
    reorderPoint: 10,
    reorderQuantity: 50,
    version: 7
  }
}

export const receive = HttpApiEndpoint.post("receive", "/v1/inventory/:sku/receipts")
  .annotate(Writes, true)
  .annotate(Access, "stock:write")
  .annotate(ETag, true)
  .annotate(Location, "/v1/inventory/:id")
  .annotate(OpenApi.Summary, "Receive stock")
  .annotate(Examples, {
    request: { Receipt: { quantity: 50, reference: "PO-1043" } },
    response: stock
  })
  .setPath(skuPath)
  .setHeaders(Schema.Struct(changeHeaders))
  .setPayload(body(Struct.omit(ReceiveStock.fields, "_tag", "sku")))
  .addSuccess(withStatus(Stock, 201))
  .addError(stockTooLarge)
  .addError(keyReused)
  .addError(preconditionFailed)

const delta = AdjustStock.fields.delta.pipe(
  Schema.filter((delta) => delta !== 0 || "must not be 0")
)

export const adjust = HttpApiEndpoint.post("adjust", "/v1/inventory/:sku/adjustments")
  .annotate(Writes, true)
  .annotate(Access, "stock:write")
  .annotate(ETag, true)
  .annotate(Location, "/v1/inventory/:id")
  .annotate(OpenApi.Summary, "Adjust stock; it cannot drop below the reserved units")
  .annotate(Examples, {
    request: { Adjustment: { delta: -3, reason: "water damage" } },
    response: stock
  })
  .setPath(skuPath)
  .setHeaders(Schema.Struct(changeHeaders))
  .setPayload(body({ delta, reason: AdjustStock.fields.reason }))
  .addSuccess(withStatus(Stock, 201))
  .addError(adjustmentBelowReserved)
  .addError(stockTooLarge)
  .addError(keyReused)
  .addError(preconditionFailed)

export const reorderPoint = HttpApiEndpoint.put(
  "setReorderPoint",
  "/v1/inventory/:sku/reorder-point"
)
  .annotate(Writes, true)
  .annotate(Access, "stock:write")
  .annotate(ETag, true)
  .annotate(OpenApi.Summary, "Set the reorder point")
  .annotate(Examples, {
    request: { ReorderPoint: { reorderPoint: 10, reorderQuantity: 50 } },
    response: stock
  })
  .setPath(skuPath)
  .setHeaders(Schema.Struct(ifMatch))
  .setPayload(body(Struct.omit(SetReorderPoint.fields, "_tag", "sku")))
  .addSuccess(Stock)
  .addError(preconditionFailed)

export const get = HttpApiEndpoint.get("get", "/v1/inventory/:sku")
  .annotate(Access, "stock:read")
  .annotate(ETag, true)
  .annotate(OpenApi.Summary, "Get on-hand, reserved and available units")
  .annotate(Examples, { response: stock })
  .setPath(skuPath)
  .addSuccess(Stock)

const history = HttpApiEndpoint.get("history", "/v1/inventory/:sku/history")
  .annotate(Access, "stock:read")
  .annotate(OpenApi.Summary, "List stock changes, oldest first")
  .annotate(Examples, {
    response: {
      StockHistory: rows(7, {
        version: 7,
        type: "StockReserved",
        at,
        quantity: 2,
        orderId,
        actor: `customer:${userId}`
      })
    }
  })
  .setPath(skuPath)
  .setUrlParams(query(logQuery(historyRowsMax)))
  .addSuccess(log(StockChange))

export const StockApi = HttpApiGroup.make("inventory")
  .add(receive)
  .add(adjust)
  .add(reorderPoint)
  .add(get)
  .add(history)
  .addError(productNotFound)
  .middleware(Authentication)
