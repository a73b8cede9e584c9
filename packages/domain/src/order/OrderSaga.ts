/**
 * The intents of an order to stock, payment and shipment, forward and in compensation, and the
 * commands that follow from their replies. Pure: sends nothing.
 */
import { Either, Option } from "effect"
import type { CheckStock, StockCommand, StockRejection } from "../inventory/StockCommand.ts"
import type { StockView } from "../inventory/StockView.ts"
import type { Sku } from "../kernel/Ids.ts"
import type { Saga } from "../kernel/Decider.ts"
import type {
  BookShipment,
  CancelShipment,
  ShipmentRejection
} from "../shipment/ShipmentCommand.ts"
import type { ShipmentView } from "../shipment/ShipmentView.ts"
import type { OrderCommand, PlaceOrder, RefusedLine } from "./OrderCommand.ts"
import type { OrderEvent, OrderLine, OrderPlaced, Compensation } from "./OrderEvent.ts"
import { type Order, compensationKey } from "./OrderState.ts"
import type {
  AuthorizePayment,
  CapturePayment,
  PaymentRejection,
  UndoPayment
} from "../payment/PaymentCommand.ts"
import { lateReason, type PaymentView } from "../payment/PaymentView.ts"

/** A request to the payment of this order. */
export interface AskPayment {
  readonly _tag: "AskPayment"
  readonly step: string
  readonly command: AuthorizePayment | CapturePayment | UndoPayment
}

/** After a mismatch, a repeat is another step, which only checks the payment now and then. */
const stepOf = (step: string, { isMismatched }: { readonly isMismatched?: boolean }): string =>
  isMismatched === true ? `${step}/recheck` : step

const isRecheck = (step: string): boolean => step.endsWith("/recheck")

const declined = (view: PaymentView): Option.Option<OrderCommand> =>
  Option.some({ _tag: "RecordDeclined", declineCode: view.declineCode ?? "declined" })

/** Whether the provider authorised after the order was cancelled. */
const isLate = ({ attempts, refunds }: PaymentView): boolean =>
  attempts.some(({ reason }) => reason === "late_success") ||
  refunds.some(({ reason }) => reason === lateReason)

const done = (outcome: string): Option.Option<OrderCommand> =>
  Option.some({ _tag: "RecordCompensated", undo: { _tag: "UndoPayment" }, outcome })

const paymentCompensated = (view: PaymentView): Option.Option<OrderCommand> => {
  const isOver = !view.refunds.some(({ status }) => status === "pending")
  switch (view.status) {
    case "cancelled":
    case "declined":
      return done("nothing_to_undo")
    case "voided":
    case "refunded":
      return done(isLate(view) ? `late_${view.status}` : view.status)
    case "captured":
    case "partially_refunded":
      if (view.mismatches.length > 0) return done("mismatched")
      if (view.captured.amountMinor === 0) return done("nothing_to_undo")
      // The provider refused every refund: a person has to refund, and the order shows that.
      return isOver ? done("refund_failed") : Option.none()
    case "pending":
    case "requires_action":
    case "authorized":
    case "voiding":
      // The order cannot wait for this: an operator resolves it at the payment.
      return view.mismatches.length > 0 ? done("mismatched") : Option.none()
  }
}

/** Records a mismatch of the payment, once. */
const mismatched = (step: string, [mismatch]: PaymentView["mismatches"]) =>
  mismatch === undefined || isRecheck(step)
    ? Option.none<OrderCommand>()
    : Option.some<OrderCommand>({ _tag: "RecordPaymentMismatch", detail: mismatch.detail })

/** The command that follows from a reply of the payment; none while the outcome is open. */
export const answerPayment = (
  { command, step }: AskPayment,
  reply: Either.Either<PaymentView, PaymentRejection>
): Option.Option<OrderCommand> => {
  if (Either.isLeft(reply)) {
    if (command._tag === "UndoPayment") return done("undo_refused")
    return Option.some({ _tag: "RecordDeclined", declineCode: reply.left._tag })
  }
  const view = reply.right
  switch (command._tag) {
    case "AuthorizePayment":
      if (view.status === "declined") return declined(view)
      if (view.nextAction !== undefined && step.startsWith("authorize")) {
        return Option.some({ _tag: "RecordCustomerNeeded", nextAction: view.nextAction })
      }
      return view.authorized.amountMinor > 0 || view.status === "authorized"
        ? Option.some({ _tag: "RecordAuthorized" })
        : mismatched(step, view.mismatches)
    case "CapturePayment":
      // A part may have been refunded before this order learnt of the capture.
      if (view.attempts.some(({ kind, status }) => kind === "capture" && status === "succeeded")) {
        return Option.some({ _tag: "RecordCaptured" })
      }
      return view.declineCode === undefined ? mismatched(step, view.mismatches) : declined(view)
    case "UndoPayment":
      return paymentCompensated(view)
  }
}

/** A request to the stock of one SKU. */
export interface AskStock {
  readonly _tag: "AskStock"
  readonly step: string
  readonly sku: Sku
  readonly command: StockCommand
}

/** A request to the shipment of this order. */
export interface AskShipment {
  readonly _tag: "AskShipment"
  readonly step: string
  readonly command: BookShipment | CancelShipment
}

/** Why a request has no reply. */
interface Unanswered {
  readonly _tag: "ActorUnavailable"
}

export type OrderIntent = AskStock | AskPayment | AskShipment

const askStock = (step: string, command: StockCommand): AskStock => ({
  _tag: "AskStock",
  step: `${step}/${command.sku}`,
  sku: command.sku,
  command
})

const askPayment = (step: string, command: AskPayment["command"]): AskPayment => ({
  _tag: "AskPayment",
  step,
  command
})

const askShipment = (step: string, command: AskShipment["command"]): AskShipment => ({
  _tag: "AskShipment",
  step,
  command
})

const reserve = ({ holdUntil, orderId }: OrderPlaced, { quantity, sku }: OrderLine) =>
  askStock("reserve", { _tag: "ReserveStock", sku, orderId, quantity, expiresAt: holdUntil })

const authorize = (step: string, { orderId, paymentMethod: { token }, total }: OrderPlaced) =>
  askPayment(step, { _tag: "AuthorizePayment", orderId, amount: total, token })

const book = ({ lines: [first, ...rest], orderId, shippingAddress }: OrderPlaced) =>
  askShipment("book", {
    _tag: "BookShipment",
    orderId,
    destination: shippingAddress,
    items: [
      { sku: first.sku, quantity: first.quantity },
      ...rest.map(({ quantity, sku }) => ({ sku, quantity }))
    ]
  })

const commit = ({ orderId }: OrderPlaced, { sku }: OrderLine) =>
  askStock("commit", { _tag: "CommitStock", sku, orderId })

const undo = ({ orderId, total }: OrderPlaced, owed: Compensation): OrderIntent => {
  switch (owed._tag) {
    case "ReleaseStock":
      return askStock("release", { _tag: "ReleaseStock", sku: owed.sku, orderId })
    case "ReturnStock": {
      const { quantity, sku } = owed
      return askStock("return", { _tag: "ReturnStock", sku, orderId, quantity })
    }
    case "UndoPayment":
      return askPayment(compensationKey(owed), { _tag: "UndoPayment", orderId, amount: total })
    case "CancelShipment":
      return askShipment(compensationKey(owed), { _tag: "CancelShipment", orderId })
  }
}

const unanswered = (
  lines: ReadonlyArray<OrderLine>,
  ...answered: ReadonlyArray<ReadonlyArray<Sku>>
): ReadonlyArray<OrderLine> =>
  lines.filter(({ sku }) => !answered.some((skus) => skus.includes(sku)))

export const resume = (order: Order): ReadonlyArray<OrderIntent> => {
  switch (order._tag) {
    case "Reserving": {
      const { expired, placed, refused, reserved } = order
      const lines = unanswered(placed.lines, reserved, refused, expired)
      return lines.map((line) => reserve(placed, line))
    }
    case "Authorizing":
      return [authorize(stepOf("authorize", order), order.placed)]
    case "AwaitingCustomer":
      return [authorize(stepOf("settle", order), order.placed)]
    case "Booking":
      return [book(order.placed)]
    case "Capturing": {
      const { orderId } = order.placed
      return [askPayment(stepOf("capture", order), { _tag: "CapturePayment", orderId })]
    }
    case "Committing": {
      const { committed, expired, placed } = order
      return unanswered(placed.lines, committed, expired).map((line) => commit(placed, line))
    }
    case "Cancelling":
      return order.undo.map((step) => undo(order.placed, step))
    case "Absent":
    case "Confirmed":
    case "Shipped":
    case "Delivered":
    case "Cancelled":
      return []
  }
}

/** Whether it waits for a person only: the customer, or an operator who resolves a mismatch. */
export const awaitsPerson = (order: Order): boolean => {
  const owed = resume(order)
  return (
    order._tag === "AwaitingCustomer" ||
    (owed.length > 0 && owed.every(({ step }) => isRecheck(step)))
  )
}

/** Entering a state adds all of its intents; a reply within a state adds none. */
export const react = (order: Order, event: OrderEvent): ReadonlyArray<OrderIntent> => {
  switch (event._tag) {
    case "OrderPlaced":
    case "OrderActionRequired":
    case "OrderPaymentMismatched":
    case "OrderPaymentAuthorized":
    case "OrderShipmentBooked":
    case "OrderPaymentCaptured":
    case "OrderCancellationStarted":
      return resume(order)
    case "OrderLineReserved":
      return order._tag === "Authorizing" ? resume(order) : []
    default:
      return []
  }
}

export const saga: Saga<Order, OrderEvent, OrderIntent> = { resume, react }

/** The order is told what became of a question to the stock. */
export const answerStock = (
  { command }: AskStock,
  reply: Either.Either<StockView, StockRejection>
): Option.Option<OrderCommand> => {
  const { sku } = command
  switch (command._tag) {
    case "ReserveStock":
      return Option.some(
        Either.match(reply, {
          onLeft: (rejection): OrderCommand =>
            rejection._tag === "OutOfStock"
              ? { _tag: "RecordLineRefused", sku, available: rejection.available }
              : { _tag: "RecordLineExpired", sku, asked: "reserve" },
          onRight: () => ({ _tag: "RecordLineReserved", sku })
        })
      )
    case "CommitStock":
      return Option.some(
        Either.isRight(reply)
          ? { _tag: "RecordLineCommitted", sku }
          : { _tag: "RecordLineExpired", sku, asked: "commit" }
      )
    case "ReleaseStock": {
      const undo: Compensation = { _tag: "ReleaseStock", sku }
      const outcome = Either.isRight(reply) ? "released" : "release_refused"
      return Option.some({ _tag: "RecordCompensated", undo, outcome })
    }
    case "ReturnStock": {
      const undo: Compensation = { _tag: "ReturnStock", sku, quantity: command.quantity }
      const outcome = Either.match(reply, {
        onLeft: ({ _tag }) => (_tag === "StockTooLarge" ? "shelf_full" : "return_refused"),
        onRight: () => "returned"
      })
      return Option.some({ _tag: "RecordCompensated", undo, outcome })
    }
    default:
      return Option.none()
  }
}

/** Before an order is placed: the question whether this line can be had at all. */
export const check = ({ quantity, sku }: Pick<OrderLine, "quantity" | "sku">): CheckStock => ({
  _tag: "CheckStock",
  sku,
  quantity
})

/** The order to be placed, with what the stock refused in answer to `check`. */
export const checked = (
  order: PlaceOrder,
  replies: ReadonlyArray<Either.Either<unknown, StockRejection | Unanswered>>
): PlaceOrder => {
  const refused = replies.flatMap((reply): ReadonlyArray<RefusedLine> => {
    if (Either.isRight(reply) || reply.left._tag !== "OutOfStock") return []
    const { available, sku } = reply.left
    return [{ sku, available }]
  })
  return refused.length === 0 ? order : { ...order, refused }
}

/** The order is told what became of a question to its shipment; nothing while that is open. */
export const answerShipment = (
  { command }: AskShipment,
  reply: Either.Either<ShipmentView, ShipmentRejection>
): Option.Option<OrderCommand> => {
  const isBooking = command._tag === "BookShipment"
  const called = (outcome: string): OrderCommand => ({
    _tag: "RecordCompensated",
    undo: { _tag: "CancelShipment" },
    outcome
  })
  if (Either.isLeft(reply)) {
    return Option.some(
      isBooking
        ? { _tag: "RecordBookingRefused", note: reply.left.message }
        : called("cancellation_refused")
    )
  }
  const { note, status, trackingNumber } = reply.right
  switch (status) {
    case "booked":
      return isBooking
        ? Option.some({ _tag: "RecordBooked", trackingNumber: trackingNumber ?? "" })
        : Option.none()
    case "refused":
    case "cancelled":
      return Option.some(
        isBooking ? { _tag: "RecordBookingRefused", note: note ?? status } : called(status)
      )
    case "pending":
    case "cancelling":
      return Option.none()
  }
}
