/** What must be true of a shop in which nobody owes anybody anything any more. */
import { Option } from "effect"
import type { OrderId } from "../../src/kernel/Ids.ts"
import * as Order from "../../src/order/Order.ts"
import * as OrderSaga from "../../src/order/OrderSaga.ts"
import * as Payment from "../../src/payment/Payment.ts"
import * as PaymentSaga from "../../src/payment/PaymentSaga.ts"
import * as ShipmentSaga from "../../src/shipment/ShipmentSaga.ts"
import { must, same } from "./Check.ts"
import { holdSeconds } from "./Examples.ts"
import type { Shop } from "./Shop.ts"

/** Money with us that no refund could send back: the one thing that is left to a person. */
const isLeftToAPerson = (shop: Shop, id: OrderId): boolean =>
  shop
    .order(id)
    .journal.some((event) => event._tag === "OrderStepUndone" && event.outcome === "refund_failed")

/** I-22: a cancelled order keeps no stock, no money and no parcel. */
const checkCancelled = (shop: Shop, id: OrderId) => {
  for (const { sku } of shop.books.placed(id).lines) {
    must(!shop.books.shelf(sku).sold.has(id), `${id}: ${sku} sold and not returned`)
  }
  const isOpen = shop.provider.done(id, "Authorize").length > 0
  const isUsed = shop.provider.done(id, "Capture").length > 0
  if (isOpen && !isUsed) same(shop.provider.done(id, "Void").length, 1)
  if (!isLeftToAPerson(shop, id)) same(shop.provider.balance(id), 0)
  must(shop.carrier.parcels.get(id) !== "booked", `${id}: a parcel on its way`)
}

/** A sale has its money, its parcel, and its units gone. */
const checkSold = (shop: Shop, id: OrderId) => {
  const { lines, total } = shop.books.placed(id)
  for (const { quantity, sku } of lines) {
    same(shop.books.shelf(sku).sold.get(id), quantity)
  }
  const captured = shop.provider.done(id, "Capture").map(({ amountMinor }) => amountMinor)
  same(captured, [total.amountMinor])
  same(shop.provider.done(id, "Void"), [])
  same(shop.carrier.parcels.get(id), "booked")
}

/** I-31 and I-33: at most one charge, and the two ledgers agree. */
const checkMoney = (shop: Shop, id: OrderId) => {
  must(shop.provider.done(id, "Capture").length <= 1, `${id}: at most once`)
  must(shop.provider.done(id, "Authorize").length <= 1, `${id}: at most once`)
  const view = Payment.view(shop.payment(id).state)
  const balance = Option.match(view, {
    onNone: () => 0,
    onSome: ({ captured, refunded }) => captured.amountMinor - refunded.amountMinor
  })
  same(balance, shop.provider.balance(id))
}

const checkOrder = (shop: Shop, id: OrderId) => {
  const { state } = shop.order(id)
  same(OrderSaga.resume(state), [])
  same(PaymentSaga.resume(shop.payment(id).state), [])
  same(ShipmentSaga.resume(shop.shipment(id).state), [])
  checkMoney(shop, id)
  switch (state._tag) {
    case "Absent":
      break
    case "Confirmed":
    case "Shipped":
    case "Delivered":
      checkSold(shop, id)
      break
    case "Cancelled":
      checkCancelled(shop, id)
      break
    default:
      must(false, `${id} rests in ${state._tag}`)
  }
}

/**
 * Checks all of it. Stock is free at once, or, when questions were repeated while older copies of
 * them were under way, at the latest when the hold of a copy that came too late has run out.
 */
export const checkRest = (shop: Shop, isStockFreeAtOnce: boolean) => {
  for (const id of shop.orderIds) checkOrder(shop, id)
  if (!isStockFreeAtOnce) shop.wait(2 * holdSeconds * 1000)
  for (const sku of shop.skus) {
    const [, reserved] = shop.levels(sku)
    same(reserved, 0, `${sku} is held by nobody`)
  }
}

/** How an order ended, in one word. */
export const ending = (shop: Shop, id: OrderId): string =>
  Option.match(Order.view(shop.order(id).state), {
    onNone: () => "none",
    onSome: ({ cancellation, status }) => cancellation?.reason ?? status
  })
