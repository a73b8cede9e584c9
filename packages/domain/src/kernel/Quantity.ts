/** How many units: whole, positive, and never more than a warehouse could hold. */
import { Schema } from "effect"

/** The most units one order line or one receipt may name. */
export const quantityMax = 1_000_000

export const Quantity = Schema.Int.pipe(Schema.between(1, quantityMax))

/** A count that may be nothing. */
export const Count = Schema.NonNegativeInt
