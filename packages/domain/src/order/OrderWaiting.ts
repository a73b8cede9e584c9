/** What an order that is not settled waits for, as text for operators. */
import * as Money from "../kernel/Money.ts"
import type { OrderLine, Compensation } from "./OrderEvent.ts"
import type { Sku } from "../kernel/Ids.ts"
import type { Order } from "./OrderState.ts"

const open = (
  lines: ReadonlyArray<OrderLine>,
  ...answered: ReadonlyArray<ReadonlyArray<Sku>>
): ReadonlyArray<Sku> =>
  lines.map(({ sku }) => sku).filter((sku) => !answered.some((skus) => skus.includes(sku)))

const undoing = (undo: Compensation): string => {
  switch (undo._tag) {
    case "ReleaseStock":
      return `the stock of ${undo.sku}, to take its hold back`
    case "ReturnStock":
      return `the stock of ${undo.sku}, to take ${undo.quantity} back`
    case "UndoPayment":
      return "the payment provider, to give the money back"
    case "CancelShipment":
      return "the carrier, to call the parcel off"
  }
}

/** One sentence without an end for each thing that is open; nothing for a settled order. */
export const waitsFor = (order: Order): ReadonlyArray<string> => {
  switch (order._tag) {
    case "Reserving":
      return open(order.placed.lines, order.reserved, order.refused, order.expired).map(
        (sku) => `the stock of ${sku}, to hold what was ordered`
      )
    case "Authorizing":
      return [`the payment provider, to authorise ${Money.format(order.placed.total)}`]
    case "AwaitingCustomer":
      return ["the customer, to convince their bank"]
    case "Booking":
      return ["the carrier, to take the parcel"]
    case "Capturing":
      return [`the payment provider, to capture ${Money.format(order.placed.total)}`]
    case "Committing":
      return open(order.placed.lines, order.committed, order.expired).map(
        (sku) => `the stock of ${sku}, to sell what is held`
      )
    case "Cancelling":
      return order.undo.map(undoing)
    case "Absent":
    case "Confirmed":
    case "Shipped":
    case "Delivered":
    case "Cancelled":
      return []
  }
}
