/**
 * The decisions of an order about replies of stock, payment and shipment. Late ones change nothing.
 */
import { accept, type Decision } from "../kernel/Decider.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type * as Command from "./OrderCommand.ts"
import type { Cancellation, OrderEvent, OrderPlaced, Compensation } from "./OrderEvent.ts"
import type {
  Authorizing,
  AwaitingCustomer,
  Booking,
  Capturing,
  Committing,
  Confirmed,
  Order,
  Reserving
} from "./OrderState.ts"
import { compensationKey } from "./OrderState.ts"

type OrderDecision = Decision<OrderEvent, never>
type Underway = Authorizing | AwaitingCustomer | Booking | Capturing

const releaseAll = (placed: OrderPlaced): ReadonlyArray<Compensation> =>
  placed.lines.map(({ sku }): Compensation => ({ _tag: "ReleaseStock", sku }))

const returnLines = (
  placed: OrderPlaced,
  isSold: (sku: string) => boolean
): ReadonlyArray<Compensation> =>
  placed.lines
    .filter(({ sku }) => isSold(sku))
    .map(({ quantity, sku }): Compensation => ({ _tag: "ReturnStock", sku, quantity }))

const paymentAndShipment: ReadonlyArray<Compensation> = [
  { _tag: "UndoPayment" },
  { _tag: "CancelShipment" }
]

/** Compensates everything that may have happened; each step finds out whether it did. */
const compensationsOf = (order: Underway | Confirmed): ReadonlyArray<Compensation> => {
  switch (order._tag) {
    case "Authorizing":
    case "AwaitingCustomer":
      return [{ _tag: "UndoPayment" }, ...releaseAll(order.placed)]
    case "Booking":
    case "Capturing":
      return [...paymentAndShipment, ...releaseAll(order.placed)]
    case "Confirmed":
      return [...paymentAndShipment, ...returnLines(order.placed, () => true)]
  }
}

const start = (
  cancellation: Cancellation,
  undo: ReadonlyArray<Compensation>,
  at: Timestamp
): ReadonlyArray<OrderEvent> => {
  const started: OrderEvent = { _tag: "OrderCancellationStarted", cancellation, undo, at }
  return undo.length === 0 ? [started, { _tag: "OrderCancelled", at }] : [started]
}

/** Ends this order without a sale, and compensates its steps. */
export const compensate = (
  order: Underway | Confirmed,
  cancellation: Cancellation,
  at: Timestamp
): OrderDecision => accept(...start(cancellation, compensationsOf(order), at))

/** The deadline of the present step: that of the payment may be before the end of the hold. */
export const deadlineOf = ({ _tag, placed }: Underway): Timestamp => {
  const isUnpaid = _tag === "Authorizing" || _tag === "AwaitingCustomer"
  return (isUnpaid ? placed.payUntil : undefined) ?? placed.holdUntil
}

/** The cancellation of an order past its deadline. */
export const deadlineExceeded = (order: Underway): Cancellation =>
  order._tag === "Booking"
    ? { reason: "shipping_unavailable", note: "the carrier did not answer in time" }
    : { reason: "payment_timeout" }

/** Whether this line has no reply yet. */
const isOpen = (
  { placed }: { readonly placed: OrderPlaced },
  sku: string,
  ...answered: ReadonlyArray<ReadonlyArray<string>>
): boolean =>
  placed.lines.some((line) => line.sku === sku) && !answered.some((skus) => skus.includes(sku))

/** Records a reply for a line of a `Reserving` order; the last one ends the step. */
const lineAnswered = (
  order: Order,
  sku: Reserving["reserved"][number],
  field: "reserved" | "refused" | "expired",
  event: OrderEvent,
  at: Timestamp
): OrderDecision => {
  if (order._tag !== "Reserving") return accept()
  if (!isOpen(order, sku, order.reserved, order.refused, order.expired)) return accept()
  const after: Reserving = { ...order, [field]: [...order[field], sku] }
  const answers = after.reserved.length + after.refused.length + after.expired.length
  if (answers < order.placed.lines.length) return accept(event)
  const cancellation = cancellationOf(after, at)
  if (cancellation === null) return accept(event)
  const undo = after.reserved.map((sku): Compensation => ({ _tag: "ReleaseStock", sku }))
  return accept(event, ...start(cancellation, undo, at))
}

const cancellationOf = (order: Reserving, at: Timestamp): Cancellation | null => {
  if (order.refused.length > 0) return { reason: "out_of_stock", skus: order.refused }
  if (order.requested !== null) return order.requested
  if (order.expired.length > 0) return { reason: "reservation_expired", skus: order.expired }
  return at < order.placed.holdUntil ? null : { reason: "reservation_expired" }
}

export const lineReserved = (order: Order, { sku }: Command.RecordLineReserved, at: Timestamp) =>
  lineAnswered(order, sku, "reserved", { _tag: "OrderLineReserved", sku, at }, at)

export const lineRefused = (order: Order, command: Command.RecordLineRefused, at: Timestamp) => {
  const { available, sku } = command
  return lineAnswered(
    order,
    sku,
    "refused",
    { _tag: "OrderLineOutOfStock", sku, available, at },
    at
  )
}

export const customerNeeded = (
  order: Order,
  { nextAction }: Command.RecordCustomerNeeded,
  at: Timestamp
): OrderDecision =>
  order._tag === "Authorizing" ? accept({ _tag: "OrderActionRequired", nextAction, at }) : accept()

/** A payment with contradicting data; recorded once, and nothing else changes. */
export const paymentMismatched = (
  order: Order,
  { detail }: Command.RecordPaymentMismatch,
  at: Timestamp
): OrderDecision => {
  switch (order._tag) {
    case "Authorizing":
    case "AwaitingCustomer":
    case "Capturing":
      return order.isMismatched === true
        ? accept()
        : accept({ _tag: "OrderPaymentMismatched", detail, at })
    default:
      return accept()
  }
}

export const authorized = (order: Order, at: Timestamp): OrderDecision => {
  if (order._tag !== "Authorizing" && order._tag !== "AwaitingCustomer") return accept()
  if (at >= deadlineOf(order)) return compensate(order, deadlineExceeded(order), at)
  return accept({ _tag: "OrderPaymentAuthorized", at })
}

/** A decline: a declined authorisation charged nothing, so the payment needs no compensation. */
export const declined = (
  order: Order,
  { declineCode }: Command.RecordDeclined,
  at: Timestamp
): OrderDecision => {
  const cancellation: Cancellation = { reason: "payment_declined", declineCode }
  switch (order._tag) {
    case "Authorizing":
    case "AwaitingCustomer":
      return accept(...start(cancellation, releaseAll(order.placed), at))
    case "Capturing":
      return compensate(order, cancellation, at)
    default:
      return accept()
  }
}

export const booked = (
  order: Order,
  { trackingNumber }: Command.RecordBooked,
  at: Timestamp
): OrderDecision => {
  if (order._tag !== "Booking") return accept()
  if (at >= order.placed.holdUntil) return compensate(order, deadlineExceeded(order), at)
  return accept({ _tag: "OrderShipmentBooked", trackingNumber, at })
}

export const bookingRefused = (
  order: Order,
  { note }: Command.RecordBookingRefused,
  at: Timestamp
): OrderDecision => {
  if (order._tag !== "Booking") return accept()
  const undo: ReadonlyArray<Compensation> = [{ _tag: "UndoPayment" }, ...releaseAll(order.placed)]
  return accept(...start({ reason: "shipping_unavailable", note }, undo, at))
}

export const captured = (order: Order, at: Timestamp): OrderDecision =>
  order._tag === "Capturing" ? accept({ _tag: "OrderPaymentCaptured", at }) : accept()

/** Records a reply for a line of a `Committing` order; the last one confirms or compensates. */
const committed = (
  order: Committing,
  event: OrderEvent,
  after: Committing,
  at: Timestamp
): OrderDecision => {
  const { placed } = order
  if (after.committed.length + after.expired.length < placed.lines.length) return accept(event)
  if (after.expired.length === 0 && after.requested === null) {
    const confirmationNumber = placed.orderId.slice(4, 14).toUpperCase()
    return accept(event, { _tag: "OrderConfirmed", confirmationNumber, at })
  }
  const cancellation: Cancellation = after.requested ?? {
    reason: "reservation_expired",
    skus: after.expired
  }
  const sold = returnLines(placed, (sku) => after.committed.some((done) => done === sku))
  return accept(event, ...start(cancellation, [...paymentAndShipment, ...sold], at))
}

export const lineCommitted = (
  order: Order,
  { sku }: Command.RecordLineCommitted,
  at: Timestamp
): OrderDecision => {
  if (order._tag !== "Committing") return accept()
  if (!isOpen(order, sku, order.committed, order.expired)) return accept()
  const after = { ...order, committed: [...order.committed, sku] }
  return committed(order, { _tag: "OrderLineCommitted", sku, at }, after, at)
}

/** An expired hold: before the payment it is a reply, after it the sale is compensated. */
export const lineExpired = (
  order: Order,
  { asked, sku }: Command.RecordLineExpired,
  at: Timestamp
): OrderDecision => {
  const event: OrderEvent = { _tag: "OrderLineExpired", sku, at }
  if (asked === "reserve") return lineAnswered(order, sku, "expired", event, at)
  if (order._tag !== "Committing") return accept()
  if (!isOpen(order, sku, order.committed, order.expired)) return accept()
  return committed(order, event, { ...order, expired: [...order.expired, sku] }, at)
}

export const compensated = (
  order: Order,
  { outcome, undo }: Command.RecordCompensated,
  at: Timestamp
): OrderDecision => {
  if (order._tag !== "Cancelling") return accept()
  const key = compensationKey(undo)
  if (!order.undo.some((owed) => compensationKey(owed) === key)) return accept()
  const event: OrderEvent = { _tag: "OrderStepCompensated", undo, outcome, at }
  return order.undo.length === 1 ? accept(event, { _tag: "OrderCancelled", at }) : accept(event)
}
