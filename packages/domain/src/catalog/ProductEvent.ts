/** The events of a product. */
import { Schema } from "effect"
import { Sku } from "../kernel/Ids.ts"
import { Money } from "../kernel/Money.ts"
import { text } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"

/** The data of a product. */
export const productFields = {
  name: text(200),
  price: Money,
  description: Schema.optionalWith(text(5000), { exact: true })
}

export const ProductListed = Schema.TaggedStruct("ProductListed", {
  sku: Sku,
  ...productFields,
  at: Timestamp
})

/** Name, price or description changed. Earlier orders keep their price. */
export const ProductRevised = Schema.TaggedStruct("ProductRevised", {
  sku: Sku,
  ...productFields,
  at: Timestamp
})

export const ProductEvent = Schema.Union(ProductListed, ProductRevised)
export type ProductEvent = typeof ProductEvent.Type
