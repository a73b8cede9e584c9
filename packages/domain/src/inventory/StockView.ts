/** What outsiders may see of the stock of one SKU. */
import { Schema } from "effect"
import { Sku } from "../kernel/Ids.ts"
import { Count, Quantity } from "../kernel/Quantity.ts"

/** `onHand = reserved + available`. A hold that has run out counts as available. */
export const StockView = Schema.Struct({
  sku: Sku,
  onHand: Count,
  reserved: Count,
  available: Count,
  reorderPoint: Schema.NullOr(Count),
  reorderQuantity: Schema.NullOr(Quantity)
})
export type StockView = typeof StockView.Type
