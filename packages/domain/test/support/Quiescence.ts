/** Checks of a settled shop for the tests of the saga. */
import { Option } from "effect"
import type { OrderId } from "../../src/kernel/Ids.ts"
import * as Order from "../../src/order/Order.ts"
import * as Quiescence from "../../src/testing/Quiescence.ts"
import type { Shop } from "../../src/testing/Shop.ts"
import { holdSeconds } from "./Examples.ts"

/**
 * Checks all of it. Stock is free at once, or, when questions were repeated while older copies of
 * them were under way, at the latest when the hold of a copy that came too late has run out.
 */
export const checkQuiescence = (shop: Shop, isStockFreeAtOnce: boolean) => {
  Quiescence.checkQuiescence(shop)
  if (!isStockFreeAtOnce) shop.wait(2 * holdSeconds * 1000)
  Quiescence.checkNothingHeld(shop.skus, (sku) => shop.levels(sku)[1])
}

/** How an order ended, in one word. */
export const ending = (shop: Shop, id: OrderId): string =>
  Option.match(Order.view(shop.order(id).state), {
    onNone: () => "none",
    onSome: ({ cancellation, status }) => cancellation?.reason ?? status
  })
