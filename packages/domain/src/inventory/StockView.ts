/** The public view of the stock of one SKU. */
import { Schema } from "effect"
import { Sku } from "../kernel/Ids.ts"
import { Count, Quantity } from "../kernel/Quantity.ts"

/** `onHand = reserved + available`. An expired hold counts as available. */
export const StockView = Schema.Struct({
  sku: Sku,
  onHand: Count,
  reserved: Count,
  available: Count,
  reorderPoint: Schema.NullOr(Count),
  reorderQuantity: Schema.NullOr(Quantity)
})
export type StockView = typeof StockView.Type
