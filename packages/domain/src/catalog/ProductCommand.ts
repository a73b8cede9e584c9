/** What may be asked of a product, and how it may be refused. */
import { Schema } from "effect"
import { Sku } from "../kernel/Ids.ts"
import { name } from "../kernel/Text.ts"
import { productFields } from "./ProductEvent.ts"

/** What a merchant says about a product, as it is taken now. */
export const productTerms = { ...productFields, name: name(200) }

/** Say what a product is. Saying the same again changes nothing. */
export const SetProduct = Schema.TaggedStruct("SetProduct", { sku: Sku, ...productTerms })
export type SetProduct = typeof SetProduct.Type

export const ProductCommand = Schema.Union(SetProduct)
export type ProductCommand = typeof ProductCommand.Type

export class ProductNotFound extends Schema.TaggedError<ProductNotFound>()("ProductNotFound", {
  /** As it was asked for: it need not be one that could be. */
  sku: Schema.String
}) {
  override get message() {
    return `Product ${this.sku} does not exist. Create it first.`
  }
}

export const ProductRejection = Schema.Union(ProductNotFound)
export type ProductRejection = typeof ProductRejection.Type
