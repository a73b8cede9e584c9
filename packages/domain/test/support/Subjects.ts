/** The five deciders, each with what carries it far and what it must keep. */
import { Either, HashMap, Option, Schema } from "effect"
import * as Product from "../../src/catalog/Product.ts"
import { ProductCommand, ProductRejection } from "../../src/catalog/ProductCommand.ts"
import { ProductEvent } from "../../src/catalog/ProductEvent.ts"
import { ProductView } from "../../src/catalog/ProductView.ts"
import * as Stock from "../../src/inventory/Stock.ts"
import { StockCommand, StockRejection } from "../../src/inventory/StockCommand.ts"
import { StockEvent } from "../../src/inventory/StockEvent.ts"
import { StockView } from "../../src/inventory/StockView.ts"
import { noSaga } from "../../src/kernel/Decider.ts"
import * as Payment from "../../src/payment/Payment.ts"
import { PaymentCommand, PaymentRejection } from "../../src/payment/PaymentCommand.ts"
import { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import * as PaymentSaga from "../../src/payment/PaymentSaga.ts"
import { PaymentView } from "../../src/payment/PaymentView.ts"
import * as Shipment from "../../src/shipment/Shipment.ts"
import { ShipmentCommand, ShipmentRejection } from "../../src/shipment/ShipmentCommand.ts"
import { ShipmentEvent } from "../../src/shipment/ShipmentEvent.ts"
import * as ShipmentSaga from "../../src/shipment/ShipmentSaga.ts"
import { ShipmentView } from "../../src/shipment/ShipmentView.ts"
import {
  address,
  at,
  eur,
  mug,
  orderId,
  otherId,
  otherRefundId,
  refundId,
  thirdId
} from "./Examples.ts"
import { wild } from "./History.ts"
import { tagsOf } from "../../src/kernel/Tagged.ts"
import { type Subject, viaJson } from "./Laws.ts"

export const product: Subject<Product.Product, ProductCommand, ProductEvent, ProductRejection> = {
  decider: Product.decider,
  anything: wild(ProductCommand, { sku: [mug], name: ["Mug", "Cup"] }),
  eventTags: tagsOf(ProductEvent),
  viaJson: { event: viaJson(ProductEvent), rejection: viaJson(ProductRejection) },
  likely: () => [
    { _tag: "SetProduct", sku: mug, name: "Mug", price: eur(1000) },
    { _tag: "SetProduct", sku: mug, name: "Mug", price: eur(900), description: "Sale" }
  ],
  show: (state) => state,
  checkView: (state) => Option.map(Product.view(state), Schema.encodeSync(ProductView)),
  isRepeatable: () => true,
  saga: noSaga,
  settles: () => false
}

const moments = [at(60), at(900), at(2000)]
const buyers = [orderId, otherId, thirdId]

const shopping = buyers.flatMap((orderId): ReadonlyArray<StockCommand> => [
  { _tag: "ReserveStock", sku: mug, orderId, quantity: 1, expiresAt: at(900) },
  { _tag: "ReserveStock", sku: mug, orderId, quantity: 2, expiresAt: at(900) },
  { _tag: "CommitStock", sku: mug, orderId },
  { _tag: "ReleaseStock", sku: mug, orderId },
  { _tag: "ReturnStock", sku: mug, orderId, quantity: 1 }
])

export const stock: Subject<Stock.Stock, StockCommand, StockEvent, StockRejection> = {
  decider: Stock.decider,
  anything: wild(StockCommand, { sku: [mug], orderId: buyers, expiresAt: moments }),
  eventTags: tagsOf(StockEvent),
  viaJson: { event: viaJson(StockEvent), rejection: viaJson(StockRejection) },
  likely: () => [
    ...shopping,
    { _tag: "CheckStock", sku: mug, quantity: 2 },
    { _tag: "ReceiveStock", sku: mug, quantity: 5 },
    { _tag: "AdjustStock", sku: mug, delta: -1, reason: "broken" },
    { _tag: "SetReorderPoint", sku: mug, reorderPoint: 2, reorderQuantity: 10 }
  ],
  show: ({ holds, ...state }) => ({
    ...state,
    holds: HashMap.toEntries(holds).toSorted(([one], [other]) => (one < other ? -1 : 1))
  }),
  checkView: (state, at) => Schema.encodeSync(StockView)(Stock.view(state, mug, at)),
  isRepeatable: ({ _tag }) =>
    _tag === "ReserveStock" ||
    _tag === "CheckStock" ||
    _tag === "ReleaseStock" ||
    _tag === "SetReorderPoint",
  saga: noSaga,
  settles: () => false
}

const amount = eur(100)
const authorize: PaymentCommand = { _tag: "AuthorizePayment", orderId, amount, token: "tok" }

const settledCalls: Record<string, ReadonlyArray<string>> = {
  PaymentActionRequired: ["authorize"],
  PaymentAuthorized: ["authorize", "check"],
  PaymentDeclined: ["authorize", "check"],
  PaymentCaptured: ["capture"],
  PaymentCaptureFailed: ["capture"],
  PaymentVoidRequested: ["check"],
  PaymentVoided: ["void"]
}

/** A mismatch turns a request into a look at it; an answer is an answer to both. */
const settlesPayment = (event: PaymentEvent, step: string): boolean => {
  if (event._tag === "PaymentMismatched") return step === event.step
  const asked = step.replace(/\/recheck$/, "")
  return event._tag === "PaymentRefunded" || event._tag === "PaymentRefundFailed"
    ? asked === `refund/${event.refundId}`
    : (settledCalls[event._tag] ?? []).includes(asked)
}

const outcomes: ReadonlyArray<PaymentSaga.ProviderAnswer> = [
  { _tag: "Succeeded", reference: "ok_1" },
  { _tag: "Succeeded", reference: "ok_1" },
  { _tag: "Declined", code: "closed" },
  { _tag: "Disagrees", reference: "ok_1", detail: "1 eur, not 100 eur" },
  { _tag: "NeedsCustomer", reference: "ok_1", nextAction: { type: "redirect_to_url" } },
  { _tag: "Undecided", reference: "ok_1" }
]

/** What the provider may say to this payment, more often yes than no. */
const providerAnswers = (state: Parameters<typeof PaymentSaga.resume>[0]) =>
  PaymentSaga.resume(state).flatMap((intent) =>
    outcomes.flatMap((outcome) => Option.toArray(PaymentSaga.answer(intent, outcome)))
  )

export const payment: Subject<
  typeof Payment.decider.initial,
  PaymentCommand,
  PaymentEvent,
  PaymentRejection
> = {
  decider: Payment.decider,
  anything: wild(PaymentCommand, {
    orderId: [orderId],
    refundId: [refundId, otherRefundId],
    currency: ["EUR", "USD"]
  }),
  eventTags: tagsOf(PaymentEvent),
  viaJson: { event: viaJson(PaymentEvent), rejection: viaJson(PaymentRejection) },
  likely: (state) => [
    ...providerAnswers(state),
    ...(state._tag === "Absent" ? Array.from({ length: 6 }, () => authorize) : []),
    { _tag: "CapturePayment", orderId },
    { _tag: "CapturePayment", orderId },
    { _tag: "RefundPayment", orderId, refundId, amount: eur(30), reason: "broken" },
    { _tag: "RefundPayment", orderId, refundId: otherRefundId, reason: "late" },
    { _tag: "UndoPayment", orderId, amount },
    { _tag: "RecordRefundReturned", refundId, code: "closed" }
  ],
  show: (state) => state,
  checkView: (state) => Option.map(Payment.view(state), Schema.encodeSync(PaymentView)),
  isRepeatable: () => true,
  saga: PaymentSaga.saga,
  settles: settlesPayment
}

const settledParcels: Record<string, string> = {
  ShipmentBooked: "book",
  ShipmentRefused: "book",
  ShipmentCancelled: "cancel"
}

export const shipment: Subject<
  Shipment.Shipment,
  ShipmentCommand,
  ShipmentEvent,
  ShipmentRejection
> = {
  decider: Shipment.decider,
  anything: wild(ShipmentCommand, { orderId: [orderId] }),
  eventTags: tagsOf(ShipmentEvent),
  viaJson: { event: viaJson(ShipmentEvent), rejection: viaJson(ShipmentRejection) },
  likely: () => [
    {
      _tag: "BookShipment",
      orderId,
      destination: address,
      items: [{ sku: mug, quantity: 2 }]
    },
    { _tag: "RecordBooking", trackingNumber: "TRACK-1" },
    { _tag: "CancelShipment", orderId },
    { _tag: "RecordCancellation" },
    { _tag: "RecordRefusal", note: "too heavy" }
  ],
  show: (state) => state,
  checkView: (state) => Option.map(Shipment.view(state), Schema.encodeSync(ShipmentView)),
  isRepeatable: () => true,
  saga: ShipmentSaga.saga,
  settles: (event, step) => step === settledParcels[event._tag]
}

/** An answer of the stock that is good news. */
export const inStock = Either.right({
  sku: mug,
  onHand: 9,
  reserved: 0,
  available: 9,
  reorderPoint: null,
  reorderQuantity: null
})
