/** What has happened to a product of the catalogue. */
import { Schema } from "effect"
import { Sku } from "../kernel/Ids.ts"
import { Money } from "../kernel/Money.ts"
import { text } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"

/** What a merchant says about a product. */
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

/** Name, price or description changed. Orders placed before keep what they were placed at. */
export const ProductRevised = Schema.TaggedStruct("ProductRevised", {
  sku: Sku,
  ...productFields,
  at: Timestamp
})

export const ProductEvent = Schema.Union(ProductListed, ProductRevised)
export type ProductEvent = typeof ProductEvent.Type
