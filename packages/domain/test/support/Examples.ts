/** Things to test with: one customer, two products, an order of both, and moments to count from. */
import { CustomerId, OrderId, RefundId, Sku } from "../../src/kernel/Ids.ts"
import * as Money from "../../src/kernel/Money.ts"
import { fromMillis, type Timestamp } from "../../src/kernel/Timestamp.ts"
import type { PlaceOrder } from "../../src/order/OrderCommand.ts"
import type { OrderEvent, OrderLine, OrderPlaced } from "../../src/order/OrderEvent.ts"

const epochMs = Date.UTC(2026, 0, 1)

/** The moment `seconds` after New Year of 2026. */
export const at = (seconds: number): Timestamp => fromMillis(epochMs + seconds * 1000)

export const orderId = OrderId.make("ord_Example000000001")
export const otherId = OrderId.make("ord_Example000000002")
export const thirdId = OrderId.make("ord_Example000000003")
export const customerId = CustomerId.make("usr_ada")
export const refundId = RefundId.make("re_Example000000001")
export const otherRefundId = RefundId.make("re_Example000000002")

export const mug = Sku.make("MUG-1")
export const tea = Sku.make("TEA-2")

export const eur = (amountMinor: number): Money.Money => Money.of(amountMinor, "EUR")
export const usd = (amountMinor: number): Money.Money => Money.of(amountMinor, "USD")

export const address = {
  name: "Ada Lovelace",
  line1: "12 St James's Square",
  city: "London",
  postalCode: "SW1Y 4JH",
  country: "GB"
}

export const holdSeconds = 900
export const holdUntil = at(holdSeconds)

/** Two mugs and three boxes of tea, 3,950 in all, held for 15 minutes. */
export const place: PlaceOrder = {
  _tag: "PlaceOrder",
  orderId,
  customerId,
  lines: [
    { sku: mug, name: "Mug", quantity: 2, unitPrice: eur(1000) },
    { sku: tea, name: "Tea", quantity: 3, unitPrice: eur(650) }
  ],
  shippingAddress: address,
  paymentMethod: { type: "card", token: "pm_card_visa" },
  metadata: { campaign: "winter" },
  fingerprint: "f1",
  holdMs: holdSeconds * 1000
}

const mugs: OrderLine = {
  sku: mug,
  name: "Mug",
  quantity: 2,
  unitPrice: eur(1000),
  total: eur(2000)
}

const teas: OrderLine = {
  sku: tea,
  name: "Tea",
  quantity: 3,
  unitPrice: eur(650),
  total: eur(1950)
}

export const placed: OrderPlaced = {
  _tag: "OrderPlaced",
  orderId,
  customerId,
  lines: [mugs, teas],
  subtotal: eur(3950),
  tax: eur(0),
  shipping: eur(0),
  total: eur(3950),
  shippingAddress: address,
  paymentMethod: { type: "card", token: "pm_card_visa" },
  metadata: { campaign: "winter" },
  fingerprint: "f1",
  holdUntil,
  at: at(0)
}

const confirmed: ReadonlyArray<OrderEvent> = [
  placed,
  { _tag: "OrderLineReserved", sku: mug, at: at(1) },
  { _tag: "OrderLineReserved", sku: tea, at: at(1) },
  { _tag: "OrderPaymentAuthorized", at: at(2) },
  { _tag: "OrderShipmentBooked", trackingNumber: "TRACK-1", at: at(3) },
  { _tag: "OrderPaymentCaptured", at: at(4) },
  { _tag: "OrderLineCommitted", sku: mug, at: at(5) },
  { _tag: "OrderLineCommitted", sku: tea, at: at(5) },
  { _tag: "OrderConfirmed", confirmationNumber: "EXAMPLE000", at: at(5) }
]

/** The example order up to each state of the way that goes well. */
export const upTo = {
  Reserving: confirmed.slice(0, 1),
  Authorizing: confirmed.slice(0, 3),
  Booking: confirmed.slice(0, 4),
  Capturing: confirmed.slice(0, 5),
  Committing: confirmed.slice(0, 6),
  Confirmed: confirmed,
  Shipped: [...confirmed, { _tag: "OrderShipped", trackingNumber: "TRACK-1", at: at(6) }],
  Delivered: [
    ...confirmed,
    { _tag: "OrderShipped", trackingNumber: "TRACK-1", at: at(6) },
    { _tag: "OrderDelivered", deliveredAt: at(7), at: at(7) }
  ]
} satisfies Record<string, ReadonlyArray<OrderEvent>>
