/** The states of an order, each named for what it is waiting for or has reached. */
import { Option } from "effect"
import type { Sku } from "../kernel/Ids.ts"
import type { ActionNeeded } from "../kernel/NextAction.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { Cancellation, OrderPlaced, Compensation } from "./OrderEvent.ts"
import type { OrderStatus, OrderView } from "./OrderView.ts"

/** What has become known on the way, and outsiders may be told. */
export interface Facts {
  readonly trackingNumber?: string
  readonly confirmationNumber?: string
  readonly cancellation?: Cancellation & { readonly at: Timestamp }
}

interface Common {
  /** What was ordered, word for word. */
  readonly placed: OrderPlaced
  readonly updatedAt: Timestamp
  readonly facts: Facts
}

/** Waiting for every line to be reserved or refused. */
export interface Reserving extends Common {
  readonly _tag: "Reserving"
  readonly reserved: ReadonlyArray<Sku>
  readonly refused: ReadonlyArray<Sku>
  readonly expired: ReadonlyArray<Sku>
  /** A cancellation that takes effect with the last answer. */
  readonly requested: Cancellation | null
}

/** Waiting for the payment. */
interface PaymentPending extends Common {
  /** The provider's books disagree with ours, and this order knows. */
  readonly isMismatched?: boolean
}

/** Waiting for the payment provider to authorise. */
export interface Authorizing extends PaymentPending {
  readonly _tag: "Authorizing"
}

/** Waiting for the customer to convince their bank. */
export interface AwaitingCustomer extends PaymentPending {
  readonly _tag: "AwaitingCustomer"
  readonly nextAction: ActionNeeded
}

/** Waiting for the carrier. */
export interface Booking extends Common {
  readonly _tag: "Booking"
}

/** Waiting for the money. */
export interface Capturing extends PaymentPending {
  readonly _tag: "Capturing"
}

/** Waiting for every line's stock to leave the books. */
export interface Committing extends Common {
  readonly _tag: "Committing"
  readonly committed: ReadonlyArray<Sku>
  readonly expired: ReadonlyArray<Sku>
  readonly requested: Cancellation | null
}

export interface Confirmed extends Common {
  readonly _tag: "Confirmed"
}

export interface Shipped extends Common {
  readonly _tag: "Shipped"
}

export interface Delivered extends Common {
  readonly _tag: "Delivered"
}

/** On the way back: `undo` is what must still be taken back. */
export interface Cancelling extends Common {
  readonly _tag: "Cancelling"
  readonly undo: ReadonlyArray<Compensation>
}

export interface Cancelled extends Common {
  readonly _tag: "Cancelled"
}

export type Order =
  | { readonly _tag: "Absent" }
  | Reserving
  | Authorizing
  | AwaitingCustomer
  | Booking
  | Capturing
  | Committing
  | Confirmed
  | Shipped
  | Delivered
  | Cancelling
  | Cancelled

/** Names an undo step within its order. */
export const compensationKey = (undo: Compensation): string => {
  switch (undo._tag) {
    case "ReleaseStock":
      return `release/${undo.sku}`
    case "ReturnStock":
      return `return/${undo.sku}`
    case "UndoPayment":
      return "undo-payment"
    case "CancelShipment":
      return "cancel-shipment"
  }
}

const statusOf = (order: Exclude<Order, { readonly _tag: "Absent" }>): OrderStatus => {
  switch (order._tag) {
    case "Reserving":
    case "Committing":
      return order.requested === null ? "pending" : "cancelling"
    case "Authorizing":
    case "AwaitingCustomer":
    case "Booking":
    case "Capturing":
      return "pending"
    case "Confirmed":
      return "confirmed"
    case "Shipped":
      return "shipped"
    case "Delivered":
      return "delivered"
    case "Cancelling":
      return "cancelling"
    case "Cancelled":
      return "cancelled"
  }
}

/** What outsiders may see; nothing before the order was placed. */
export const view = (order: Order): Option.Option<OrderView> => {
  if (order._tag === "Absent") return Option.none()
  const { facts, placed, updatedAt } = order
  return Option.some({
    id: placed.orderId,
    status: statusOf(order),
    customerId: placed.customerId,
    lines: placed.lines,
    subtotal: placed.subtotal,
    tax: placed.tax,
    shipping: placed.shipping,
    total: placed.total,
    shippingAddress: placed.shippingAddress,
    nextAction: order._tag === "AwaitingCustomer" ? order.nextAction : null,
    ...facts,
    placedAt: placed.at,
    updatedAt,
    metadata: placed.metadata
  })
}
