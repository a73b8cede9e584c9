/** The events of the stock of one SKU. */
import { Schema } from "effect"
import { OrderId, Sku } from "../kernel/Ids.ts"
import { Count, Quantity } from "../kernel/Quantity.ts"
import { text } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"

/** The most units of one SKU. */
export const onHandMax = 1_000_000_000

export const StockReceived = Schema.TaggedStruct("StockReceived", {
  sku: Sku,
  quantity: Quantity,
  reference: Schema.optionalWith(text(200), { exact: true }),
  reason: Schema.optionalWith(text(500), { exact: true }),
  at: Timestamp
})

/** A count corrected the units on hand, or units were written off. */
export const StockAdjusted = Schema.TaggedStruct("StockAdjusted", {
  sku: Sku,
  delta: Schema.Int,
  reason: text(500),
  at: Timestamp
})

export const StockReserved = Schema.TaggedStruct("StockReserved", {
  sku: Sku,
  orderId: OrderId,
  quantity: Quantity,
  /** The hold counts until this time. */
  expiresAt: Timestamp,
  at: Timestamp
})

export const ReservationReleased = Schema.TaggedStruct("ReservationReleased", {
  sku: Sku,
  orderId: OrderId,
  quantity: Quantity,
  at: Timestamp
})

export const ReservationExpired = Schema.TaggedStruct("ReservationExpired", {
  sku: Sku,
  orderId: OrderId,
  quantity: Quantity,
  at: Timestamp
})

/** A reservation became a sale: the units left the stock. */
export const StockCommitted = Schema.TaggedStruct("StockCommitted", {
  sku: Sku,
  orderId: OrderId,
  quantity: Quantity,
  at: Timestamp
})

/** Units of a cancelled sale returned to the stock. */
export const StockReturned = Schema.TaggedStruct("StockReturned", {
  sku: Sku,
  orderId: OrderId,
  quantity: Quantity,
  at: Timestamp
})

export const ReorderPointSet = Schema.TaggedStruct("ReorderPointSet", {
  sku: Sku,
  reorderPoint: Count,
  reorderQuantity: Quantity,
  at: Timestamp
})

/** Availability fell to the reorder point. Once per crossing: it must rise above it in between. */
export const LowStockDetected = Schema.TaggedStruct("LowStockDetected", {
  sku: Sku,
  available: Count,
  reorderPoint: Count,
  reorderQuantity: Quantity,
  at: Timestamp
})

export const StockEvent = Schema.Union(
  StockReceived,
  StockAdjusted,
  StockReserved,
  ReservationReleased,
  ReservationExpired,
  StockCommitted,
  StockReturned,
  ReorderPointSet,
  LowStockDetected
)
export type StockEvent = typeof StockEvent.Type
