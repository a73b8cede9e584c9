/** What must be true of a shop without pending intents. */
import { Option } from "effect"
import type { OrderId, Sku } from "../kernel/Ids.ts"
import type * as Order from "../order/Order.ts"
import * as OrderSaga from "../order/OrderSaga.ts"
import type { OrderEvent } from "../order/OrderEvent.ts"
import { compensationKey } from "../order/OrderState.ts"
import * as Payment from "../payment/Payment.ts"
import * as PaymentSaga from "../payment/PaymentSaga.ts"
import * as ShipmentSaga from "../shipment/ShipmentSaga.ts"
import type { Shipment } from "../shipment/Shipment.ts"
import type { InvariantChecker } from "./InvariantChecker.ts"
import type { Carrier } from "./Carrier.ts"
import type { Gateway } from "./Gateway.ts"
import { must, same } from "./Invariant.ts"

/** As much of a shop as can be looked at from outside, when it is settled. */
export interface QuiescentShop {
  readonly invariants: InvariantChecker
  readonly gateway: Gateway
  readonly carrier: Carrier
  readonly orderIds: ReadonlyArray<OrderId>
  readonly skus: ReadonlyArray<Sku>
  readonly order: (id: OrderId) => {
    readonly state: Order.Order
    readonly journal: ReadonlyArray<OrderEvent>
  }
  readonly payment: (id: OrderId) => { readonly state: typeof Payment.decider.initial }
  readonly shipment: (id: OrderId) => { readonly state: Shipment }
}

/** Whether the order says that this could not be taken back, and is left to a person. */
const isLeft = (shop: QuiescentShop, id: OrderId, step: string, outcome: string): boolean =>
  shop
    .order(id)
    .journal.some(
      (event) =>
        event._tag === "OrderStepCompensated" &&
        event.outcome === outcome &&
        compensationKey(event.undo) === step
    )

/** I-22: a cancelled order keeps no stock, no money and no parcel. */
const checkCancelled = (shop: QuiescentShop, id: OrderId) => {
  for (const { sku } of shop.invariants.placed(id).lines) {
    const isBack = !shop.invariants.stockOf(sku).sold.has(id)
    const isToldOf = isLeft(shop, id, `return/${sku}`, "shelf_full")
    must("I-22", isBack !== isToldOf, `${id}: ${sku} sold and not returned, or told wrongly`)
  }
  const isOpen = shop.gateway.done(id, "Authorize").length > 0
  const isUsed = shop.gateway.done(id, "Capture").length > 0
  if (isOpen && !isUsed) {
    same("I-22", shop.gateway.done(id, "Void").length, 1, `${id}: authorisations voided`)
  }
  if (!isLeft(shop, id, "undo-payment", "refund_failed")) {
    same("I-22", shop.gateway.balance(id), 0, `${id}: money kept`)
  }
  must("I-22", shop.carrier.parcels.get(id) !== "booked", `${id}: a parcel on its way`)
}

/** A sale has its money, its parcel, and its units gone. */
const checkSold = (shop: QuiescentShop, id: OrderId) => {
  const { lines, total } = shop.invariants.placed(id)
  for (const { quantity, sku } of lines) {
    same("I-43", shop.invariants.stockOf(sku).sold.get(id), quantity, `${id}: units of ${sku} sold`)
  }
  const captured = shop.gateway.done(id, "Capture").map(({ amountMinor }) => amountMinor)
  // A total of zero is not charged.
  const due = [total.amountMinor].filter((amountMinor) => amountMinor > 0)
  same("I-31", captured, due, `${id}: charges of a sale`)
  same("I-31", shop.gateway.done(id, "Void").length, 0, `${id}: voids of a sale`)
  same("I-21", shop.carrier.parcels.get(id), "booked", `${id}: the parcel of a sale`)
}

/** I-31 and I-33: at most one charge, and the two ledgers agree. */
const checkMoney = (shop: QuiescentShop, id: OrderId) => {
  must("I-31", shop.gateway.done(id, "Capture").length <= 1, `${id}: captured at most once`)
  must("I-31", shop.gateway.done(id, "Authorize").length <= 1, `${id}: authorised at most once`)
  const view = Payment.view(shop.payment(id).state)
  const balance = Option.match(view, {
    onNone: () => 0,
    onSome: ({ captured, refunded }) => captured.amountMinor - refunded.amountMinor
  })
  same("I-33", balance, shop.gateway.balance(id), `${id}: our money by our own books`)
}

const steps = (intents: ReadonlyArray<{ readonly step: string }>) => intents.map(({ step }) => step)

const checkOrder = (shop: QuiescentShop, id: OrderId) => {
  const { state } = shop.order(id)
  same("I-50", steps(OrderSaga.resume(state)), [], `${id}: pending intents of the order`)
  const payment = PaymentSaga.resume(shop.payment(id).state)
  same("I-50", steps(payment), [], `${id}: pending intents of the payment`)
  const shipment = ShipmentSaga.resume(shop.shipment(id).state)
  same("I-50", steps(shipment), [], `${id}: pending intents of the shipment`)
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
      must("I-20", false, `${id} rests in ${state._tag}`)
  }
}

/** Throws `InvariantBroken` unless every order has ended with all that belongs to its end. */
export const checkQuiescence = (shop: QuiescentShop): void => {
  for (const id of shop.orderIds) checkOrder(shop, id)
}

/** I-42: no hold is left, `held` counting what is reserved of a SKU now. */
export const checkNothingHeld = (skus: ReadonlyArray<Sku>, held: (sku: Sku) => number): void => {
  for (const sku of skus) same("I-42", held(sku), 0, `${sku}: units held without an order`)
}
