/** The public view of a product. */
import { Schema } from "effect"
import { Sku } from "../kernel/Ids.ts"
import { Timestamp } from "../kernel/Timestamp.ts"
import { productFields } from "./ProductEvent.ts"

export const ProductView = Schema.Struct({
  sku: Sku,
  ...productFields,
  listedAt: Timestamp,
  updatedAt: Timestamp
})
export type ProductView = typeof ProductView.Type
