/** The lines of an order with their names and prices: those of the catalogue, or of the order. */
import { ProductEntity } from "@souk/actors/catalog/ProductEntity"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { PlaceOrder } from "@souk/domain/order/OrderCommand"
import { Array as Arr, Effect, Either } from "effect"
import * as ActorReplies from "../command/ActorReplies.ts"
import { type OrderRequest, UnknownSku } from "./OrderApi.ts"

type Lines = PlaceOrder["lines"]

/** How many product actors one order asks at once. */
const readsMax = 16

/** So few answer sooner one after another: each question at once takes a fiber of its own. */
const fewLines = 4

export const make = Effect.gen(function* () {
  const orders = yield* ActorClient.make(OrderEntity)
  const products = yield* ActorClient.make(ProductEntity)

  const priced = (line: OrderRequest["lines"][number], index: number) =>
    Effect.map(ActorReplies.orUnavailable(products.read(line.sku)), ({ view }) =>
      view === undefined
        ? Either.left({ sku: line.sku, index })
        : Either.right({ ...line, name: view.name, unitPrice: view.price })
    )

  /** Names and prices as the catalogue has them now. */
  const price = (lines: OrderRequest["lines"]) =>
    Effect.gen(function* () {
      const concurrency = lines.length > fewLines ? readsMax : 1
      const found = yield* Effect.forEach(lines, priced, { concurrency })
      const [unknown, known] = Arr.separate(found)
      if (Arr.isNonEmptyReadonlyArray(unknown)) {
        const skus = Arr.map(unknown, ({ sku }) => sku)
        return yield* new UnknownSku({ skus, lines: Arr.map(unknown, ({ index }) => index) })
      }
      return Arr.isNonEmptyReadonlyArray(known) ? known : yield* Effect.dieMessage("no lines")
    })

  /**
   * What was placed once keeps its lines, even if a product is gone from the catalogue since. The
   * order is only asked then: a new one, which has nothing to say, would be loaded twice.
   */
  return (orderId: OrderId, request: OrderRequest) =>
    Effect.catchTag(price(request.lines), "UnknownSku", (unknown) =>
      Effect.flatMap(ActorReplies.orUnavailable(orders.read(orderId)), ({ view }) =>
        view === undefined ? Effect.fail(unknown) : Effect.succeed<Lines>(view.lines)
      )
    )
})
