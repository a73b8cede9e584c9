/** The product's address and the messages it answers. */
import { Entity } from "@effect/cluster"
import * as Product from "@souk/domain/catalog/ProductCommand"
import { ProductView } from "@souk/domain/catalog/ProductView"
import { messages, untraced } from "../cluster/Protocol.ts"

const { command, Read, Resume } = messages({
  view: ProductView,
  rejection: Product.ProductRejection
})

export const ProductEntity = Entity.make("catalog", [
  command("SetProduct", Product.SetProduct),
  Read,
  Resume
]).annotateContext(untraced)
