/** One sentence for each event of an order, for a timeline. */
import * as Money from "../kernel/Money.ts"
import { byTag } from "../kernel/Tagged.ts"
import {
  type Cancellation,
  notCompensated,
  type OrderEvent,
  type Compensation
} from "./OrderEvent.ts"

const reasons: Readonly<Record<Cancellation["reason"], string>> = {
  out_of_stock: "some of it is out of stock",
  payment_declined: "the payment was declined",
  shipping_unavailable: "no carrier can deliver it",
  payment_timeout: "the payment took too long",
  reservation_expired: "its hold on the stock ran out",
  requested_by_customer: "the customer asked for it",
  requested_by_merchant: "the merchant asked for it"
}

const because = ({ declineCode, note, reason, skus }: Cancellation): string => {
  const more = [declineCode, skus?.join(", "), note].filter((part) => part !== undefined)
  return more.length === 0 ? reasons[reason] : `${reasons[reason]} (${more.join("; ")})`
}

const payments: Readonly<Record<string, string>> = {
  late_refunded: "The payment came through after the order was given up: it was refunded",
  late_voided: "The payment came through after the order was given up: it was voided",
  mismatched: "The payment provider's books disagree with ours: a person has to look",
  refund_failed: "The payment could not be refunded: a person has to",
  undo_refused: "The payment could not be undone: a person has to"
}

const compensated = (undo: Compensation, outcome: string): string => {
  const isDone = !notCompensated.has(outcome)
  switch (undo._tag) {
    case "ReleaseStock":
      return isDone
        ? `The hold on ${undo.sku} was given back`
        : `The hold on ${undo.sku} could not be given back: a person has to`
    case "ReturnStock": {
      const units = `${undo.quantity} of ${undo.sku}`
      return isDone
        ? `${units} went back to the shelf`
        : `${units} could not go back to the shelf: a person has to count them in`
    }
    case "UndoPayment":
      return payments[outcome] ?? `The payment was undone: ${outcome.replaceAll("_", " ")}`
    case "CancelShipment":
      return isDone
        ? "The shipment was called off"
        : "The shipment could not be called off: a person has to"
  }
}

export const summary = byTag<OrderEvent, string>({
  OrderPlaced: ({ lines, total }) => {
    const units = lines.reduce((sum, { quantity }) => sum + quantity, 0)
    return `Ordered ${units} ${units === 1 ? "unit" : "units"} for ${Money.format(total)}`
  },
  OrderLineReserved: ({ sku }) => `${sku} is held for this order`,
  OrderLineOutOfStock: ({ available, sku }) => `${sku} is short: only ${available} left`,
  OrderActionRequired: () => "The bank wants to hear from the customer before it agrees",
  OrderPaymentMismatched: ({ detail }) =>
    `The payment provider's books disagree with ours (${detail}): a person has to look`,
  OrderPaymentAuthorized: () => "The payment is authorised",
  OrderShipmentBooked: ({ trackingNumber }) =>
    `The carrier takes the parcel under ${trackingNumber}`,
  OrderPaymentCaptured: () => "The payment is captured",
  OrderLineCommitted: ({ sku }) => `${sku} is sold to this order`,
  OrderLineExpired: ({ sku }) => `The hold on ${sku} had run out`,
  OrderConfirmed: ({ confirmationNumber }) => `Confirmed under number ${confirmationNumber}`,
  OrderShipped: ({ trackingNumber }) => `Shipped under ${trackingNumber}`,
  OrderDelivered: ({ deliveredAt }) => `Delivered at ${deliveredAt}`,
  OrderCancellationRequested: ({ cancellation }) =>
    `To be cancelled as soon as its stock is counted, because ${because(cancellation)}`,
  OrderCancellationStarted: ({ cancellation }) =>
    `Being cancelled, because ${because(cancellation)}`,
  OrderStepCompensated: ({ outcome, undo }) => compensated(undo, outcome),
  OrderCancelled: () => "Cancelled: nothing is held for it any more"
})
