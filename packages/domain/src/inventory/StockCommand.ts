/** What may be asked of the stock of one SKU, and how it may be refused. */
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

/** Correct the books by `delta` units, never below what is reserved. */
export const AdjustStock = Schema.TaggedStruct("AdjustStock", {
  sku: Sku,
  delta: Schema.Int.pipe(Schema.between(-onHandMax, onHandMax)),
  reason: text(500)
})
export type AdjustStock = typeof AdjustStock.Type

/** From which availability on to raise the alarm, and how many to reorder then. */
export const SetReorderPoint = Schema.TaggedStruct("SetReorderPoint", {
  sku: Sku,
  reorderPoint: Count.pipe(Schema.lessThanOrEqualTo(onHandMax)),
  reorderQuantity: Quantity
})
export type SetReorderPoint = typeof SetReorderPoint.Type

/** Hold units for one order until `expiresAt`. An order has at most one hold on a SKU. */
export const ReserveStock = Schema.TaggedStruct("ReserveStock", {
  sku: Sku,
  orderId: OrderId,
  quantity: Quantity,
  expiresAt: Timestamp
})
export type ReserveStock = typeof ReserveStock.Type

/** Say whether so many could be held now, and leave no trace: nothing is held by it. */
export const CheckStock = Schema.TaggedStruct("CheckStock", { sku: Sku, quantity: Quantity })
export type CheckStock = typeof CheckStock.Type

/** Make the hold of this order a sale, also when it has run out and nothing has ended it yet. */
export const CommitStock = Schema.TaggedStruct("CommitStock", { sku: Sku, orderId: OrderId })
export type CommitStock = typeof CommitStock.Type

/** Give the hold of this order back. Nothing held: nothing to do. */
export const ReleaseStock = Schema.TaggedStruct("ReleaseStock", { sku: Sku, orderId: OrderId })
export type ReleaseStock = typeof ReleaseStock.Type

/** Put sold units of a cancelled order back on the shelf. */
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
 * There is no hold to commit: it ran out and that has been written down, or it was given back. Or
 * there is none to make, for it would have run out already.
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
