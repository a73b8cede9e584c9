/** What each event does to an order. Dies on a history that `decide` cannot have made. */
import { evolveBy, impossible } from "../kernel/Decider.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { Cancellation, OrderEvent, Compensation } from "./OrderEvent.ts"
import { type Order, compensationKey } from "./OrderState.ts"

type Existing = Exclude<Order, { readonly _tag: "Absent" }>

/** The order in state `tag`, or the end of the program: `event` can meet no other. */
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
 * The order of which something can be taken back; what has left, or is off already, has nothing.
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
