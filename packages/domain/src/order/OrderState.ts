/** The states of an order, named for what they wait for or have reached, and their events. */
import { Option } from "effect"
import type { Sku } from "../kernel/Ids.ts"
import type { ActionNeeded } from "../kernel/NextAction.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { Cancellation, OrderPlaced, Compensation, OrderEvent } from "./OrderEvent.ts"
import type { OrderStatus, OrderView } from "./OrderView.ts"
import { evolveBy, impossible } from "../kernel/Decider.ts"

/** What has become known on the way, and outsiders may be told. */
interface Facts {
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
  /** A mismatch of the payment was recorded. */
  readonly isMismatched?: boolean
}

/** Waiting for the payment provider to authorise. */
export interface Authorizing extends PaymentPending {
  readonly _tag: "Authorizing"
}

/** Waiting for an action of the customer. */
export interface AwaitingCustomer extends PaymentPending {
  readonly _tag: "AwaitingCustomer"
  readonly nextAction: ActionNeeded
}

/** Waiting for the carrier. */
export interface Booking extends Common {
  readonly _tag: "Booking"
}

/** Waiting for the capture. */
export interface Capturing extends PaymentPending {
  readonly _tag: "Capturing"
}

/** Waiting for the stock of every line to be committed. */
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

/** In compensation: `undo` has the pending steps. */
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

/** The name of a compensation within its order. */
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

/** The public view; none before the order was placed. */
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

// `evolve` dies on a history that `decide` cannot have made.

type Existing = Exclude<Order, { readonly _tag: "Absent" }>

/** The order in state `tag`; dies on any other, in which `event` is impossible. */
const only = <Tag extends Existing["_tag"]>(order: Order, tag: Tag, event: OrderEvent) =>
  isTagged(order, tag) ? order : impossible(order, event)

const isTagged = <Tag extends Order["_tag"]>(
  order: Order,
  tag: Tag
): order is Extract<Order, { readonly _tag: Tag }> => order._tag === tag

const authorizing = (order: Order, event: OrderEvent) =>
  order._tag === "Authorizing" || order._tag === "AwaitingCustomer"
    ? order
    : impossible(order, event)

const counting = (order: Order, event: OrderEvent) =>
  order._tag === "Reserving" || order._tag === "Committing" ? order : impossible(order, event)

/**
 * The order in a state that can be cancelled; dies on a shipped or cancelled one.
 */
const cancellable = (order: Order, event: OrderEvent): Existing =>
  order._tag === "Absent" || isOver.has(order._tag) ? impossible(order, event) : order

const isOver: ReadonlySet<string> = new Set(["Shipped", "Delivered", "Cancelling", "Cancelled"])

const startCancelling = (
  order: Existing,
  event: { readonly cancellation: Cancellation; readonly undo: ReadonlyArray<Compensation> },
  at: Timestamp
): Order => ({
  _tag: "Cancelling",
  placed: order.placed,
  updatedAt: at,
  facts: { ...order.facts, cancellation: { ...event.cancellation, at } },
  undo: event.undo
})

export const evolve = evolveBy<Order, OrderEvent>({
  OrderPlaced: (order, event) =>
    order._tag !== "Absent"
      ? impossible(order, event)
      : {
          _tag: "Reserving",
          placed: event,
          updatedAt: event.at,
          facts: {},
          reserved: [],
          refused: [],
          expired: [],
          requested: null
        },
  OrderLineReserved: (order, event) => {
    const before = only(order, "Reserving", event)
    const reserved = [...before.reserved, event.sku]
    return reserved.length === before.placed.lines.length && before.requested === null
      ? { _tag: "Authorizing", placed: before.placed, updatedAt: event.at, facts: before.facts }
      : { ...before, updatedAt: event.at, reserved }
  },
  OrderLineOutOfStock: (order, event) => {
    const before = only(order, "Reserving", event)
    return { ...before, updatedAt: event.at, refused: [...before.refused, event.sku] }
  },
  OrderActionRequired: (order, event) => {
    const { facts, placed } = only(order, "Authorizing", event)
    const { type } = event.nextAction
    return { _tag: "AwaitingCustomer", placed, updatedAt: event.at, facts, nextAction: { type } }
  },
  OrderPaymentMismatched: (order, event) =>
    order._tag === "Capturing"
      ? { ...order, updatedAt: event.at, isMismatched: true }
      : { ...authorizing(order, event), updatedAt: event.at, isMismatched: true },
  OrderPaymentAuthorized: (order, event) => {
    const { facts, placed } = authorizing(order, event)
    return { _tag: "Booking", placed, updatedAt: event.at, facts }
  },
  OrderShipmentBooked: (order, event) => {
    const before = only(order, "Booking", event)
    return {
      ...before,
      _tag: "Capturing",
      updatedAt: event.at,
      facts: { ...before.facts, trackingNumber: event.trackingNumber }
    }
  },
  OrderPaymentCaptured: (order, event) => {
    const { facts, placed } = only(order, "Capturing", event)
    return {
      _tag: "Committing",
      placed,
      updatedAt: event.at,
      facts,
      committed: [],
      expired: [],
      requested: null
    }
  },
  OrderLineCommitted: (order, event) => {
    const before = only(order, "Committing", event)
    return { ...before, updatedAt: event.at, committed: [...before.committed, event.sku] }
  },
  OrderLineExpired: (order, event) => {
    const before = counting(order, event)
    return { ...before, updatedAt: event.at, expired: [...before.expired, event.sku] }
  },
  OrderConfirmed: (order, event) => {
    const { facts, placed } = only(order, "Committing", event)
    const { at, confirmationNumber } = event
    return { _tag: "Confirmed", placed, updatedAt: at, facts: { ...facts, confirmationNumber } }
  },
  OrderShipped: (order, event) => {
    const before = only(order, "Confirmed", event)
    return {
      ...before,
      _tag: "Shipped",
      updatedAt: event.at,
      facts: { ...before.facts, trackingNumber: event.trackingNumber }
    }
  },
  OrderDelivered: (order, event) => ({
    ...only(order, "Shipped", event),
    _tag: "Delivered",
    updatedAt: event.at
  }),
  OrderCancellationRequested: (order, event) => ({
    ...counting(order, event),
    updatedAt: event.at,
    requested: event.cancellation
  }),
  OrderCancellationStarted: (order, event) =>
    startCancelling(cancellable(order, event), event, event.at),
  OrderStepCompensated: (order, event) => {
    const before = only(order, "Cancelling", event)
    const undone = compensationKey(event.undo)
    const undo = before.undo.filter((owed) => compensationKey(owed) !== undone)
    return { ...before, updatedAt: event.at, undo }
  },
  OrderCancelled: (order, event) => {
    const { facts, placed } = only(order, "Cancelling", event)
    return { _tag: "Cancelled", placed, updatedAt: event.at, facts }
  }
})
