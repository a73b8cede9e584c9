/** The product as one value: its streams, schemas, decider and codec. */
import * as Aggregate from "../kernel/Aggregate.ts"
import { Sku } from "../kernel/Ids.ts"
import { noSaga } from "../kernel/Decider.ts"
import { decider, view } from "./Product.ts"
import { ProductCommand, ProductRejection } from "./ProductCommand.ts"
import { ProductEvent } from "./ProductEvent.ts"
import { ProductView } from "./ProductView.ts"

export const ProductAggregate = Aggregate.define({
  category: "catalog",
  id: Sku,
  command: ProductCommand,
  event: ProductEvent,
  rejection: ProductRejection,
  view: ProductView,
  decider,
  saga: noSaga,
  viewOf: view
})
export type ProductAggregate = Aggregate.TypesOf<typeof ProductAggregate>
