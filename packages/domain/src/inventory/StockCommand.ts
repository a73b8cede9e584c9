/** The commands of the stock of one SKU, and their refusals. */
import { Schema } from "effect"
import { OrderId, Sku } from "../kernel/Ids.ts"
import { Count, Quantity } from "../kernel/Quantity.ts"
import { text } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"
import { onHandMax } from "./StockEvent.ts"

/** Goods arrived. */
export const ReceiveStock = Schema.TaggedStruct("ReceiveStock", {
  sku: Sku,
  quantity: Quantity,
  reference: Schema.optionalWith(text(200), { exact: true }),
  reason: Schema.optionalWith(text(500), { exact: true })
})
export type ReceiveStock = typeof ReceiveStock.Type

/** Corrects the count by `delta` units, never below what is reserved. */
export const AdjustStock = Schema.TaggedStruct("AdjustStock", {
  sku: Sku,
  delta: Schema.Int.pipe(Schema.between(-onHandMax, onHandMax)),
  reason: text(500)
})
export type AdjustStock = typeof AdjustStock.Type

/** Sets the reorder point, and how many units to reorder. */
export const SetReorderPoint = Schema.TaggedStruct("SetReorderPoint", {
  sku: Sku,
  reorderPoint: Count.pipe(Schema.lessThanOrEqualTo(onHandMax)),
  reorderQuantity: Quantity
})
export type SetReorderPoint = typeof SetReorderPoint.Type

/** Holds units for one order until `expiresAt`. An order has at most one hold on a SKU. */
export const ReserveStock = Schema.TaggedStruct("ReserveStock", {
  sku: Sku,
  orderId: OrderId,
  quantity: Quantity,
  expiresAt: Timestamp
})
export type ReserveStock = typeof ReserveStock.Type

/** Tells whether so many units could be held now. Has no events. */
export const CheckStock = Schema.TaggedStruct("CheckStock", { sku: Sku, quantity: Quantity })
export type CheckStock = typeof CheckStock.Type

/** Commits the hold of this order, also past its time if its expiry is not recorded yet. */
export const CommitStock = Schema.TaggedStruct("CommitStock", { sku: Sku, orderId: OrderId })
export type CommitStock = typeof CommitStock.Type

/** Releases the hold of this order, if there is one. */
export const ReleaseStock = Schema.TaggedStruct("ReleaseStock", { sku: Sku, orderId: OrderId })
export type ReleaseStock = typeof ReleaseStock.Type

/** Returns sold units of a cancelled order to the stock. */
export const ReturnStock = Schema.TaggedStruct("ReturnStock", {
  sku: Sku,
  orderId: OrderId,
  quantity: Quantity
})
export type ReturnStock = typeof ReturnStock.Type

export const StockCommand = Schema.Union(
  ReceiveStock,
  AdjustStock,
  SetReorderPoint,
  ReserveStock,
  CheckStock,
  CommitStock,
  ReleaseStock,
  ReturnStock
)
export type StockCommand = typeof StockCommand.Type

export class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", {
  sku: Sku,
  asked: Quantity,
  available: Count
}) {
  override get message() {
    return `${this.asked} units of ${this.sku} were requested, ${this.available} are available.`
  }
}

/**
 * There is no hold to commit: its expiry was recorded, or it was released. Or a new hold would have
 * expired already.
 */
export class ReservationLapsed extends Schema.TaggedError<ReservationLapsed>()(
  "ReservationLapsed",
  { sku: Sku, orderId: OrderId }
) {
  override get message() {
    return `${this.orderId} no longer holds ${this.sku}. Reserve it again.`
  }
}

export class AdjustmentBelowReserved extends Schema.TaggedError<AdjustmentBelowReserved>()(
  "AdjustmentBelowReserved",
  { sku: Sku, onHand: Count, reserved: Count, delta: Schema.Int }
) {
  override get message() {
    const least = this.reserved - this.onHand
    return `${this.reserved} units of ${this.sku} are reserved. The minimum delta is ${least}.`
  }
}

export class StockTooLarge extends Schema.TaggedError<StockTooLarge>()("StockTooLarge", {
  sku: Sku,
  onHand: Count,
  max: Count
}) {
  override get message() {
    return `Stock of ${this.sku} is limited to ${this.max} units; ${this.onHand} are on hand.`
  }
}

export const StockRejection = Schema.Union(
  OutOfStock,
  ReservationLapsed,
  AdjustmentBelowReserved,
  StockTooLarge
)
export type StockRejection = typeof StockRejection.Type
