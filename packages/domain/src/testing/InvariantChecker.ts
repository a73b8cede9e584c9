/**
 * The invariants, checked after every event from the events alone, and again when all is settled.
 */
import { Option } from "effect"
import type { OrderId, Sku } from "../kernel/Ids.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { Stock } from "../inventory/Stock.ts"
import type { StockEvent } from "../inventory/StockEvent.ts"
import * as Order from "../order/Order.ts"
import type { OrderEvent } from "../order/OrderEvent.ts"
import * as Payment from "../payment/Payment.ts"
import type { PaymentEvent } from "../payment/PaymentEvent.ts"
import type { ShipmentEvent } from "../shipment/ShipmentEvent.ts"
import { must, same } from "./Invariant.ts"

/** What an order may become. Nothing follows on `delivered` and `cancelled`. */
const transitions: Record<string, ReadonlyArray<string>> = {
  none: ["pending"],
  pending: ["pending", "confirmed", "cancelling"],
  confirmed: ["shipped", "cancelling"],
  shipped: ["delivered"],
  cancelling: ["cancelling", "cancelled"]
}

/** The stock of one SKU, counted from its events independently. */
class StockCount {
  put = 0
  taken = 0
  readonly open = new Map<OrderId, number>()
  readonly sold = new Map<OrderId, number>()

  get reserved() {
    return [...this.open.values()].reduce((sum, quantity) => sum + quantity, 0)
  }
}

const take = (map: Map<OrderId, number>, id: OrderId): number | undefined => {
  const quantity = map.get(id)
  map.delete(id)
  return quantity
}

export class InvariantChecker {
  readonly #placed = new Map<OrderId, Extract<OrderEvent, { _tag: "OrderPlaced" }>>()
  readonly #status = new Map<OrderId, string>()
  readonly #shelves = new Map<Sku, StockCount>()
  /** `<order>/<event>`, and `<order>/<event>/<sku>` for stock. */
  readonly #happened = new Set<string>()

  stockOf(sku: Sku): StockCount {
    const stockOf = this.#shelves.get(sku) ?? new StockCount()
    this.#shelves.set(sku, stockOf)
    return stockOf
  }

  placed(id: OrderId) {
    const placed = this.#placed.get(id)
    must("I-3", placed !== undefined, `${id} was never placed`)
    return placed
  }

  has(id: OrderId, ...happened: ReadonlyArray<string>): boolean {
    return this.#happened.has([id, ...happened].join("/"))
  }

  /** I-20, and the order of the steps of I-21 as the order itself tells it. */
  order(id: OrderId, event: OrderEvent, state: Order.Order) {
    if (event._tag === "OrderPlaced") this.#placed.set(id, event)
    const before = this.#status.get(id) ?? "none"
    const { status } = Option.getOrThrow(Order.view(state))
    const isAllowed = transitions[before]?.includes(status) === true
    must("I-20", isAllowed, `${id}: ${event._tag} made ${status} of ${before}`)
    this.#status.set(id, status)
    this.#happened.add(`${id}/${event._tag}`)
    if ("sku" in event) this.#happened.add(`${id}/${event._tag}/${event.sku}`)
    if (event._tag === "OrderCancelled") this.#cancelled(id, event.at)
  }

  /** I-42: what an order knows to be held for it is let go before it ends, or has run out. */
  #cancelled(id: OrderId, at: Timestamp) {
    const { holdUntil, lines } = this.placed(id)
    for (const { sku } of at < holdUntil ? lines : []) {
      // A hold made after one was let go is a late copy's: it ends by itself.
      const isKnown =
        this.has(id, "OrderLineReserved", sku) &&
        !this.has(id, "OrderLineExpired", sku) &&
        !this.has(id, "ReservationReleased", sku)
      const isKept = isKnown && this.stockOf(sku).open.has(id)
      must("I-42", !isKept, `${id}: cancelled, and ${sku} still held`)
    }
  }

  /** I-21 and I-30. */
  payment(id: OrderId, event: PaymentEvent, state: typeof Payment.decider.initial) {
    const { lines, total } = this.placed(id)
    if (event._tag === "PaymentAuthorizationRequested") {
      same("I-30", event.amount, total, `${id}: what is authorised`)
      for (const { sku } of lines) {
        must("I-21", this.has(id, "StockReserved", sku), `${id}: ${sku} authorised, not reserved`)
      }
    }
    if (event._tag === "PaymentCaptureRequested") {
      must("I-21", this.has(id, "ShipmentBooked"), `${id}: captured before booked`)
    }
    if (event._tag === "PaymentVoidRequested" || event._tag === "PaymentUndoRequested") {
      const isGivenUp = this.has(id, "OrderCancellationStarted")
      must("I-21", isGivenUp, `${id}: a payment undone of an order not cancelled`)
    }
    const { authorized, captured, refunded } = Option.getOrThrow(Payment.view(state))
    const sums = [0, refunded, captured, authorized, total].map((sum) =>
      typeof sum === "number" ? sum : sum.amountMinor
    )
    const rising = sums.toSorted((one, other) => one - other)
    same("I-30", sums, rising, `${id}: 0, refunded, captured, authorised, total`)
    for (const { amountMinor } of [authorized, captured]) {
      must("I-30", [0, total.amountMinor].includes(amountMinor), `${id}: ${amountMinor} of all`)
    }
    this.#happened.add(`${id}/${event._tag}`)
  }

  /** I-21. */
  shipment(id: OrderId, event: ShipmentEvent) {
    if (event._tag === "ShipmentBookingRequested") {
      must("I-21", this.has(id, "PaymentAuthorized"), `${id}: booked before authorised`)
    }
    if (event._tag === "ShipmentCancellationRequested") {
      const isGivenUp = this.has(id, "OrderCancellationStarted")
      must("I-21", isGivenUp, `${id}: a parcel called off of an order not cancelled`)
    }
    this.#happened.add(`${id}/${event._tag}`)
  }

  /** I-40 to I-43. */
  stock(event: StockEvent, { held, onHand }: Stock) {
    const stockOf = this.stockOf(event.sku)
    this.#count(stockOf, event)
    same("I-40", onHand, stockOf.put - stockOf.taken, `${event.sku}: on hand after ${event._tag}`)
    same("I-42", held, stockOf.reserved, `${event.sku}: reserved after ${event._tag}`)
    must("I-41", onHand - held >= 0, `${event.sku}: oversold by ${event._tag}`)
    if ("orderId" in event) this.#happened.add(`${event.orderId}/${event._tag}/${event.sku}`)
  }

  #count(stockOf: StockCount, event: StockEvent) {
    switch (event._tag) {
      case "StockReceived":
        stockOf.put += event.quantity
        break
      case "StockAdjusted":
        stockOf.put += event.delta
        break
      case "StockReserved": {
        const line = this.placed(event.orderId).lines.find(({ sku }) => sku === event.sku)
        same("I-43", event.quantity, line?.quantity, `${event.orderId}: units held of ${event.sku}`)
        must("I-43", !stockOf.open.has(event.orderId), `${event.orderId}: two holds for a line`)
        stockOf.open.set(event.orderId, event.quantity)
        break
      }
      case "ReservationReleased":
      case "ReservationExpired":
        same(
          "I-42",
          event.quantity,
          take(stockOf.open, event.orderId),
          `${event.orderId}: ${event._tag}`
        )
        break
      case "StockCommitted":
        must("I-21", this.has(event.orderId, "PaymentCaptured"), `${event.orderId}: sold, not paid`)
        same(
          "I-42",
          event.quantity,
          take(stockOf.open, event.orderId),
          `${event.orderId}: ${event._tag}`
        )
        stockOf.sold.set(event.orderId, event.quantity)
        stockOf.taken += event.quantity
        break
      case "StockReturned":
        same(
          "I-40",
          event.quantity,
          take(stockOf.sold, event.orderId),
          `${event.orderId}: put back`
        )
        stockOf.taken -= event.quantity
        break
      case "ReorderPointSet":
      case "LowStockDetected":
        break
    }
  }
}
