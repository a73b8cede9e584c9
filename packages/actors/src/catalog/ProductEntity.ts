/** The product's address and the messages it answers. */
import { ProductCommand, ProductRejection } from "@souk/domain/catalog/ProductCommand"
import { ProductView } from "@souk/domain/catalog/ProductView"
import * as Protocol from "../cluster/Protocol.ts"

export const ProductEntity = Protocol.make("catalog", {
  command: ProductCommand,
  view: ProductView,
  rejection: ProductRejection
})
