/** The commands of a product, and their refusals. */
import { Schema } from "effect"
import { Sku } from "../kernel/Ids.ts"
import { name } from "../kernel/Text.ts"
import { productFields } from "./ProductEvent.ts"

/** The data of a product, as accepted now. */
export const productTerms = { ...productFields, name: name(200) }

/** Creates or updates a product. A repeat changes nothing. */
export const SetProduct = Schema.TaggedStruct("SetProduct", { sku: Sku, ...productTerms })
export type SetProduct = typeof SetProduct.Type

export const ProductCommand = Schema.Union(SetProduct)
export type ProductCommand = typeof ProductCommand.Type

export class ProductNotFound extends Schema.TaggedError<ProductNotFound>()("ProductNotFound", {
  /** As requested: it need not be a valid SKU. */
  sku: Schema.String
}) {
  override get message() {
    return `Product ${this.sku} does not exist. Create it first.`
  }
}

export const ProductRejection = Schema.Union(ProductNotFound)
export type ProductRejection = typeof ProductRejection.Type
