/**
 * An order, from the customer's click to a parcel or to a clean retreat. Pure: no clock, no I/O.
 */
import { Match } from "effect"
import { accept, type Decider, type Decision, impossible, refuse } from "../kernel/Decider.ts"
import { plusMillis, type Timestamp } from "../kernel/Timestamp.ts"
import {
  type CancelOrder,
  type DeliverOrder,
  IdempotencyKeyReused,
  OrderAlreadyCancelled,
  OrderAlreadyShipped,
  type OrderCommand,
  OrderNotConfirmed,
  OrderNotFound,
  OrderNotShipped,
  type OrderRejection,
  type PlaceOrder,
  type ShipOrder
} from "./OrderCommand.ts"
import type { Cancellation, OrderEvent, Undo } from "./OrderEvent.ts"
import * as Answers from "./OrderAnswers.ts"
import * as Pricing from "./OrderPricing.ts"
import { type Order, undoKey } from "./OrderState.ts"

type Verdict = Decision<OrderEvent, OrderRejection>

const place = (order: Order, command: PlaceOrder, at: Timestamp): Verdict => {
  if (order._tag !== "Absent") {
    return order.placed.fingerprint === command.fingerprint
      ? accept()
      : refuse(new IdempotencyKeyReused({ orderId: command.orderId }))
  }
  return Pricing.price(command.lines, (priced) => ({
    _tag: "OrderPlaced",
    orderId: command.orderId,
    customerId: command.customerId,
    ...priced,
    shippingAddress: command.shippingAddress,
    paymentMethod: command.paymentMethod,
    metadata: command.metadata,
    fingerprint: command.fingerprint,
    holdUntil: plusMillis(at, command.holdMs),
    at
  }))
}

const cancel = (order: Order, command: CancelOrder, at: Timestamp): Verdict => {
  switch (order._tag) {
    case "Absent":
      return refuse(new OrderNotFound())
    case "Reserving":
    case "Committing":
      // Stock is being counted: what there is to undo is known with the last answer.
      return order.requested === null
        ? accept({ _tag: "OrderCancellationRequested", cancellation: command.cancellation, at })
        : accept()
    case "Authorizing":
    case "Booking":
    case "Capturing":
    case "Confirmed":
      return Answers.turnBack(order, command.cancellation, at)
    case "Shipped":
    case "Delivered":
      return refuse(
        new OrderAlreadyShipped({
          orderId: order.placed.orderId,
          trackingNumber: order.facts.trackingNumber ?? ""
        })
      )
    case "Cancelling":
    case "Cancelled":
      return accept()
  }
}

const ship = (order: Order, command: ShipOrder, at: Timestamp): Verdict => {
  switch (order._tag) {
    case "Absent":
      return refuse(new OrderNotFound())
    case "Reserving":
    case "Authorizing":
    case "Booking":
    case "Capturing":
    case "Committing":
      return refuse(new OrderNotConfirmed({ orderId: order.placed.orderId }))
    case "Confirmed":
      return accept({
        _tag: "OrderShipped",
        trackingNumber: command.trackingNumber ?? order.facts.trackingNumber ?? "",
        at
      })
    case "Shipped":
    case "Delivered":
      return accept()
    case "Cancelling":
    case "Cancelled":
      return refuse(new OrderAlreadyCancelled({ orderId: order.placed.orderId }))
  }
}

const deliver = (order: Order, command: DeliverOrder, at: Timestamp): Verdict => {
  switch (order._tag) {
    case "Absent":
      return refuse(new OrderNotFound())
    case "Shipped":
      return accept({ _tag: "OrderDelivered", deliveredAt: command.deliveredAt ?? at, at })
    case "Delivered":
      return accept()
    case "Cancelling":
    case "Cancelled":
      return refuse(new OrderAlreadyCancelled({ orderId: order.placed.orderId }))
    default:
      return refuse(new OrderNotShipped({ orderId: order.placed.orderId }))
  }
}

/** What an order does when somebody reminds it: turn back if its hold on the stock has run out. */
const resume = (order: Order, at: Timestamp): Verdict => {
  switch (order._tag) {
    case "Authorizing":
    case "Booking":
    case "Capturing":
      return at < order.placed.holdUntil
        ? accept()
        : Answers.turnBack(order, Answers.tooLate(order), at)
    default:
      return accept()
  }
}

export const decide = (order: Order, command: OrderCommand, at: Timestamp): Verdict =>
  Match.valueTags(command, {
    PlaceOrder: (command) => place(order, command, at),
    CancelOrder: (command) => cancel(order, command, at),
    ShipOrder: (command) => ship(order, command, at),
    DeliverOrder: (command) => deliver(order, command, at),
    ResumeOrder: () => resume(order, at),
    RecordLineReserved: (command) => Answers.lineReserved(order, command, at),
    RecordLineRefused: (command) => Answers.lineRefused(order, command, at),
    RecordAuthorized: () => Answers.authorized(order, at),
    RecordDeclined: (command) => Answers.declined(order, command, at),
    RecordBooked: (command) => Answers.booked(order, command, at),
    RecordBookingRefused: (command) => Answers.bookingRefused(order, command, at),
    RecordCaptured: () => Answers.captured(order, at),
    RecordLineCommitted: (command) => Answers.lineCommitted(order, command, at),
    RecordLineExpired: (command) => Answers.lineExpired(order, command, at),
    RecordUndone: (command) => Answers.undone(order, command, at)
  })

type Existing = Exclude<Order, { readonly _tag: "Absent" }>

/** The order in state `tag`, or the end of the program: `event` can meet no other. */
const only = <Tag extends Existing["_tag"]>(order: Order, tag: Tag, event: OrderEvent) =>
  isTagged(order, tag) ? order : impossible(order, event)

const isTagged = <Tag extends Order["_tag"]>(
  order: Order,
  tag: Tag
): order is Extract<Order, { readonly _tag: Tag }> => order._tag === tag

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
  event: { readonly cancellation: Cancellation; readonly undo: ReadonlyArray<Undo> },
  at: Timestamp
): Order => ({
  _tag: "Cancelling",
  placed: order.placed,
  updatedAt: at,
  facts: { ...order.facts, cancellation: { ...event.cancellation, at } },
  undo: event.undo
})

export const evolve = (order: Order, event: OrderEvent): Order =>
  Match.valueTags(event, {
    OrderPlaced: (event): Order =>
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
    OrderLineReserved: ({ at, sku }): Order => {
      const before = only(order, "Reserving", event)
      const reserved = [...before.reserved, sku]
      return reserved.length === before.placed.lines.length && before.requested === null
        ? { _tag: "Authorizing", placed: before.placed, updatedAt: at, facts: before.facts }
        : { ...before, updatedAt: at, reserved }
    },
    OrderLineRefused: ({ at, sku }): Order => {
      const before = only(order, "Reserving", event)
      return { ...before, updatedAt: at, refused: [...before.refused, sku] }
    },
    OrderPaymentAuthorized: ({ at }): Order => {
      const before = only(order, "Authorizing", event)
      return { ...before, _tag: "Booking", updatedAt: at }
    },
    OrderShipmentBooked: ({ at, trackingNumber }): Order => {
      const before = only(order, "Booking", event)
      return {
        ...before,
        _tag: "Capturing",
        updatedAt: at,
        facts: { ...before.facts, trackingNumber }
      }
    },
    OrderPaymentCaptured: ({ at }): Order => {
      const before = only(order, "Capturing", event)
      return {
        ...before,
        _tag: "Committing",
        updatedAt: at,
        committed: [],
        expired: [],
        requested: null
      }
    },
    OrderLineCommitted: ({ at, sku }): Order => {
      const before = only(order, "Committing", event)
      return { ...before, updatedAt: at, committed: [...before.committed, sku] }
    },
    OrderLineExpired: ({ at, sku }): Order => {
      const before = counting(order, event)
      return { ...before, updatedAt: at, expired: [...before.expired, sku] }
    },
    OrderConfirmed: ({ at, confirmationNumber }): Order => {
      const { facts, placed } = only(order, "Committing", event)
      return {
        _tag: "Confirmed",
        placed,
        updatedAt: at,
        facts: { ...facts, confirmationNumber }
      }
    },
    OrderShipped: ({ at, trackingNumber }): Order => {
      const before = only(order, "Confirmed", event)
      return {
        ...before,
        _tag: "Shipped",
        updatedAt: at,
        facts: { ...before.facts, trackingNumber }
      }
    },
    OrderDelivered: ({ at }): Order => ({
      ...only(order, "Shipped", event),
      _tag: "Delivered",
      updatedAt: at
    }),
    OrderCancellationRequested: ({ at, cancellation }): Order => ({
      ...counting(order, event),
      updatedAt: at,
      requested: cancellation
    }),
    OrderCancellationStarted: (event): Order =>
      startCancelling(cancellable(order, event), event, event.at),
    OrderStepUndone: ({ at, undo }): Order => {
      const before = only(order, "Cancelling", event)
      return {
        ...before,
        updatedAt: at,
        undo: before.undo.filter((owed) => undoKey(owed) !== undoKey(undo))
      }
    },
    OrderCancelled: ({ at }): Order => {
      const { facts, placed } = only(order, "Cancelling", event)
      return { _tag: "Cancelled", placed, updatedAt: at, facts }
    }
  })

export const decider: Decider<Order, OrderCommand, OrderEvent, OrderRejection> = {
  initial: { _tag: "Absent" },
  decide,
  evolve,
  isTerminal: (order) => order._tag === "Delivered" || order._tag === "Cancelled"
}

export { type Order, view } from "./OrderState.ts"
