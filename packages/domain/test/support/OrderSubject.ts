/** The order's decider, with what carries it far and what it must keep. */
import { Option, Schema } from "effect"
import * as Order from "../../src/order/Order.ts"
import { OrderCommand, OrderRejection, type PlaceOrder } from "../../src/order/OrderCommand.ts"
import { OrderEvent } from "../../src/order/OrderEvent.ts"
import * as OrderSaga from "../../src/order/OrderSaga.ts"
import { OrderView } from "../../src/order/OrderView.ts"
import { mug, orderId, place, tea } from "./Examples.ts"
import { wild } from "./History.ts"
import { tagsOf } from "../../src/kernel/Tagged.ts"
import { type Subject, viaJson } from "./Laws.ts"
import { inStock } from "./Subjects.ts"

/** Good news about all that an order is waiting for. */
const answers = (order: Order.Order): ReadonlyArray<OrderCommand> =>
  OrderSaga.resume(order).flatMap((intent): ReadonlyArray<OrderCommand> => {
    const { command } = intent
    switch (command._tag) {
      case "AuthorizePayment":
        return [{ _tag: "RecordAuthorized" }]
      case "CapturePayment":
        return [{ _tag: "RecordCaptured" }]
      case "UndoPayment":
        return [{ _tag: "RecordCompensated", undo: { _tag: "UndoPayment" }, outcome: "voided" }]
      case "BookShipment":
        return [{ _tag: "RecordBooked", trackingNumber: "TRACK-1" }]
      case "CancelShipment":
        return [{ _tag: "RecordCompensated", undo: { _tag: "CancelShipment" }, outcome: "refused" }]
      default:
        return intent._tag === "AskStock"
          ? Option.toArray(OrderSaga.answerStock(intent, inStock))
          : []
    }
  })

/** Mostly an order that gets far; now and then one of which a line is known to be short. */
const placing: ReadonlyArray<PlaceOrder> = [
  ...Array.from({ length: 8 }, () => place),
  { ...place, refused: [{ sku: tea, available: 1 }] }
]

const others: ReadonlyArray<OrderCommand> = [
  { _tag: "ShipOrder" },
  { _tag: "DeliverOrder" },
  { _tag: "ResumeOrder" },
  { _tag: "CancelOrder", cancellation: { reason: "requested_by_customer" } },
  { _tag: "RecordDeclined", declineCode: "lost_card" },
  { _tag: "RecordCustomerNeeded", nextAction: { type: "redirect_to_url" } },
  { _tag: "RecordPaymentMismatch", detail: "1 eur, not 100 eur" },
  { _tag: "RecordBookingRefused", note: "too heavy" },
  { _tag: "RecordLineExpired", sku: tea, asked: "commit" },
  { _tag: "RecordLineExpired", sku: mug, asked: "reserve" },
  { _tag: "RecordLineRefused", sku: tea, available: 1 }
]

/** The questions that become a look, now and then, when the provider's books disagree. */
const isAboutMoney: ReadonlySet<string> = new Set(["authorize", "settle", "capture"])

const settled = (event: OrderEvent): ReadonlyArray<string> => {
  switch (event._tag) {
    case "OrderLineReserved":
    case "OrderLineOutOfStock":
      return [`reserve/${event.sku}`]
    case "OrderLineCommitted":
      return [`commit/${event.sku}`]
    case "OrderLineExpired":
      return [`reserve/${event.sku}`, `commit/${event.sku}`]
    case "OrderActionRequired":
      return ["authorize"]
    case "OrderPaymentAuthorized":
      return ["authorize", "settle"]
    case "OrderShipmentBooked":
      return ["book"]
    case "OrderPaymentCaptured":
      return ["capture"]
    case "OrderStepCompensated": {
      const { undo } = event
      if (undo._tag === "UndoPayment") return ["undo-payment"]
      if (undo._tag === "CancelShipment") return ["cancel-shipment"]
      return [`${undo._tag === "ReleaseStock" ? "release" : "return"}/${undo.sku}`]
    }
    default:
      return []
  }
}

export const order: Subject<Order.Order, OrderCommand, OrderEvent, OrderRejection> = {
  decider: Order.decider,
  anything: wild(OrderCommand, {
    orderId: [orderId],
    sku: [mug, tea],
    currency: ["EUR"],
    fingerprint: ["f1", "f2"]
  }),
  eventTags: tagsOf(OrderEvent),
  viaJson: { event: viaJson(OrderEvent), rejection: viaJson(OrderRejection) },
  likely: (state) => (state._tag === "Absent" ? placing : likely(answers(state))),
  show: (state) => state,
  checkView: (state) => Option.map(Order.view(state), Schema.encodeSync(OrderView)),
  isRepeatable: () => true,
  saga: OrderSaga.saga,
  // Turning back makes every question of the way out pointless: its undo asks for the whole of it.
  settles: (event, step) =>
    event._tag === "OrderCancellationStarted" ||
    (event._tag === "OrderPaymentMismatched"
      ? isAboutMoney.has(step)
      : settled(event).includes(step.replace(/\/recheck$/, "")))
}

/** Mostly good news, so that some orders get far. */
const likely = (answers: ReadonlyArray<OrderCommand>): ReadonlyArray<OrderCommand> =>
  answers.length === 0 ? others : [...Array.from({ length: 12 }, () => answers).flat(), ...others]
