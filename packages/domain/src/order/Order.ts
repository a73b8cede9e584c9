/**
 * Decides the commands of an order, from its placement to delivery or compensation. Pure: no clock,
 * no I/O.
 */
import { Either } from "effect"
import { accept, decideBy, type Decider, type Decision, refuse } from "../kernel/Decider.ts"
import { plusMillis, type Timestamp } from "../kernel/Timestamp.ts"
import {
  type CancelOrder,
  clockAheadMsMax,
  type DeliverOrder,
  DeliveryTimeImpossible,
  IdempotencyKeyReused,
  OrderAlreadyCancelled,
  OrderAlreadyShipped,
  type OrderCommand,
  OrderNotConfirmed,
  OrderNotFound,
  OrderNotShipped,
  type OrderRejection,
  type PlaceOrder,
  type RefusedLine,
  type ShipOrder
} from "./OrderCommand.ts"
import type { OrderEvent } from "./OrderEvent.ts"
import { evolve, type Order } from "./OrderState.ts"
import * as Answers from "./OrderReplies.ts"
import * as Pricing from "./OrderPricing.ts"

type OrderDecision = Decision<OrderEvent, OrderRejection>

const initial: Order = { _tag: "Absent" }

const place = (order: Order, command: PlaceOrder, at: Timestamp): OrderDecision => {
  if (order._tag !== "Absent") {
    return order.placed.fingerprint === command.fingerprint
      ? accept()
      : refuse(new IdempotencyKeyReused({ orderId: command.orderId }))
  }
  const placed = Pricing.price(command, (priced) => ({
    _tag: "OrderPlaced",
    orderId: command.orderId,
    customerId: command.customerId,
    ...priced,
    shippingAddress: command.shippingAddress,
    paymentMethod: command.paymentMethod,
    metadata: command.metadata,
    fingerprint: command.fingerprint,
    holdUntil: plusMillis(at, command.holdMs),
    ...(command.payMs === undefined || command.payMs >= command.holdMs
      ? {}
      : { payUntil: plusMillis(at, command.payMs) }),
    at
  }))
  return Either.map(placed, (events) => withRefused(events, command.refused ?? [], at))
}

/** These events, and those of refusals that are known already, as if they came afterwards. */
const withRefused = (
  placed: ReadonlyArray<OrderEvent>,
  refused: ReadonlyArray<RefusedLine>,
  at: Timestamp
): ReadonlyArray<OrderEvent> => {
  const events = [...placed]
  let order = placed.reduce(evolve, initial)
  for (const line of refused) {
    const answer = Answers.lineRefused(order, { _tag: "RecordLineRefused", ...line }, at)
    const more = Either.merge(answer)
    events.push(...more)
    order = more.reduce(evolve, order)
  }
  return events
}

const cancel = (order: Order, command: CancelOrder, at: Timestamp): OrderDecision => {
  switch (order._tag) {
    case "Absent":
      return refuse(new OrderNotFound())
    case "Reserving":
    case "Committing":
      // What must be compensated is known with the last reply of the stock.
      return order.requested === null
        ? accept({ _tag: "OrderCancellationRequested", cancellation: command.cancellation, at })
        : accept()
    case "Authorizing":
    case "AwaitingCustomer":
    case "Booking":
    case "Capturing":
    case "Confirmed":
      return Answers.compensate(order, command.cancellation, at)
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

const ship = (order: Order, command: ShipOrder, at: Timestamp): OrderDecision => {
  switch (order._tag) {
    case "Absent":
      return refuse(new OrderNotFound())
    case "Reserving":
    case "Authorizing":
    case "AwaitingCustomer":
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

const deliver = (order: Order, command: DeliverOrder, at: Timestamp): OrderDecision => {
  switch (order._tag) {
    case "Absent":
      return refuse(new OrderNotFound())
    case "Shipped": {
      const { deliveredAt = at } = command
      // Its last event is the shipment.
      const earliest = order.updatedAt
      const latest = plusMillis(at, clockAheadMsMax)
      const isPossible = earliest <= deliveredAt && deliveredAt <= latest
      return isPossible || command.deliveredAt === undefined
        ? accept({ _tag: "OrderDelivered", deliveredAt, at })
        : refuse(new DeliveryTimeImpossible({ deliveredAt, earliest, latest }))
    }
    case "Delivered":
      return accept()
    case "Cancelling":
    case "Cancelled":
      return refuse(new OrderAlreadyCancelled({ orderId: order.placed.orderId }))
    default:
      return refuse(new OrderNotShipped({ orderId: order.placed.orderId }))
  }
}

/** Resumes an order: compensates when its deadline has passed. */
const resume = (order: Order, _command: OrderCommand, at: Timestamp): OrderDecision => {
  switch (order._tag) {
    case "Authorizing":
    case "AwaitingCustomer":
    case "Booking":
    case "Capturing":
      return at < Answers.deadlineOf(order)
        ? accept()
        : Answers.compensate(order, Answers.deadlineExceeded(order), at)
    default:
      return accept()
  }
}

export const decide = decideBy<Order, OrderCommand, OrderEvent, OrderRejection>({
  PlaceOrder: place,
  CancelOrder: cancel,
  ShipOrder: ship,
  DeliverOrder: deliver,
  ResumeOrder: resume,
  RecordLineReserved: Answers.lineReserved,
  RecordLineRefused: Answers.lineRefused,
  RecordCustomerNeeded: Answers.customerNeeded,
  RecordPaymentMismatch: Answers.paymentMismatched,
  RecordAuthorized: (order, _command, at) => Answers.authorized(order, at),
  RecordDeclined: Answers.declined,
  RecordBooked: Answers.booked,
  RecordBookingRefused: Answers.bookingRefused,
  RecordCaptured: (order, _command, at) => Answers.captured(order, at),
  RecordLineCommitted: Answers.lineCommitted,
  RecordLineExpired: Answers.lineExpired,
  RecordCompensated: Answers.compensated
})

export const decider: Decider<Order, OrderCommand, OrderEvent, OrderRejection> = {
  initial,
  decide,
  evolve,
  isTerminal: (order) => order._tag === "Delivered" || order._tag === "Cancelled"
}

export { type Order, view } from "./OrderState.ts"
