/** Demo data: products with stock, created on the first start. */
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import { CommandId, Sku } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect } from "effect"
import type { Sharding } from "@effect/cluster"
import { ProductEntity } from "./catalog/ProductEntity.ts"
import * as ActorClient from "./cluster/ActorClient.ts"
import type { LocalActors } from "./cluster/ActorClient.ts"
import { StockEntity } from "./inventory/StockEntity.ts"
import { Journal } from "./journal/Journal.ts"

const products = [
  { sku: "LAMP-BRASS", name: "Brass lantern", amountMinor: 4_900, quantity: 40 },
  { sku: "RUG-KILIM", name: "Kilim rug, 120 × 180 cm", amountMinor: 18_900, quantity: 12 },
  { sku: "TEA-MINT", name: "Mint tea, 100 g", amountMinor: 690, quantity: 500 },
  { sku: "BOWL-OLIVE", name: "Olive wood bowl", amountMinor: 2_450, quantity: 80 },
  { sku: "SPICE-BOX", name: "Spice box, seven jars", amountMinor: 3_200, quantity: 60 }
] as const

/** The low-stock threshold: a tenth of the first delivery. */
const reorderAt = 0.1

const metadata = (step: string): Metadata => ({
  commandId: CommandId.make(`demo/${step}`),
  correlationId: "demo",
  causationId: "first start",
  who: "demo"
})

const putUp = Effect.gen(function* () {
  const catalog = yield* ActorClient.make(ProductEntity)
  const stock = yield* ActorClient.make(StockEntity)
  for (const product of products) {
    const sku = Sku.make(product.sku)
    const price = { amountMinor: product.amountMinor, currency: "EUR" } as const
    yield* catalog.handle(
      sku,
      { _tag: "SetProduct", sku, name: product.name, price },
      metadata(`product/${sku}`)
    )
    const { quantity } = product
    yield* stock.handle(
      sku,
      { _tag: "ReceiveStock", sku, quantity, reason: "opening stock" },
      metadata(`stock/${sku}`)
    )
    const reorderPoint = Math.ceil(quantity * reorderAt)
    yield* stock.handle(
      sku,
      { _tag: "SetReorderPoint", sku, reorderPoint, reorderQuantity: quantity },
      metadata(`reorder/${sku}`)
    )
  }
  return true
})

/**
 * Creates the demo data in an empty journal, or completes it after a crash; returns whether it did.
 */
export const ensure: Effect.Effect<
  boolean,
  { readonly _tag: string },
  Journal | Sharding.Sharding | LocalActors
> = Effect.gen(function* () {
  const journal = yield* Journal
  const [first] = yield* journal.readAll(0, 1)
  if (first !== undefined && first.metadata.who !== "demo") return false
  const last = products.at(-1)
  const finished =
    last !== undefined &&
    (yield* journal.has(StockAggregate.streamId(Sku.make(last.sku)), `demo/reorder/${last.sku}`))
  return finished ? false : yield* putUp
})
