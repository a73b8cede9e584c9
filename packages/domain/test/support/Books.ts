/**
 * The invariants, checked after every event from the events alone, and again when all is at rest.
 */
import { Option } from "effect"
import type { OrderId, Sku } from "../../src/kernel/Ids.ts"
import type { Stock } from "../../src/inventory/Stock.ts"
import type { StockEvent } from "../../src/inventory/StockEvent.ts"
import * as Order from "../../src/order/Order.ts"
import type { OrderEvent } from "../../src/order/OrderEvent.ts"
import * as Payment from "../../src/payment/Payment.ts"
import type { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import type { ShipmentEvent } from "../../src/shipment/ShipmentEvent.ts"
import { must, same } from "./Check.ts"

/** What an order may become. Nothing follows on `delivered` and `cancelled`. */
const transitions: Record<string, ReadonlyArray<string>> = {
  none: ["pending"],
  pending: ["pending", "confirmed", "cancelling"],
  confirmed: ["shipped", "cancelling"],
  shipped: ["delivered"],
  cancelling: ["cancelling", "cancelled"]
}

/** The stock of one SKU, counted from its events by somebody else. */
class Shelf {
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

export class Books {
  readonly #placed = new Map<OrderId, Extract<OrderEvent, { _tag: "OrderPlaced" }>>()
  readonly #status = new Map<OrderId, string>()
  readonly #shelves = new Map<Sku, Shelf>()
  /** `<order>/<event>`, and `<order>/<event>/<sku>` for stock. */
  readonly #happened = new Set<string>()

  shelf(sku: Sku): Shelf {
    const shelf = this.#shelves.get(sku) ?? new Shelf()
    this.#shelves.set(sku, shelf)
    return shelf
  }

  placed(id: OrderId) {
    const placed = this.#placed.get(id)
    must(placed !== undefined, `${id} was never placed`)
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
    must(isAllowed, `${id}: ${event._tag} made ${status} of ${before}`)
    this.#status.set(id, status)
    this.#happened.add(`${id}/${event._tag}`)
  }

  /** I-21 and I-30. */
  payment(id: OrderId, event: PaymentEvent, state: typeof Payment.decider.initial) {
    const { lines, total } = this.placed(id)
    if (event._tag === "PaymentAuthorizationRequested") {
      same(event.amount, total)
      for (const { sku } of lines) must(this.has(id, "StockReserved", sku), "reserved first")
    }
    if (event._tag === "PaymentCaptureRequested") {
      must(this.has(id, "ShipmentBooked"), "booked before captured")
    }
    if (event._tag === "PaymentVoidRequested" || event._tag === "PaymentUndoRequested") {
      must(this.has(id, "OrderCancellationStarted"), "undone only when cancelled")
    }
    const { authorized, captured, refunded } = Option.getOrThrow(Payment.view(state))
    const sums = [0, refunded, captured, authorized, total].map((sum) =>
      typeof sum === "number" ? sum : sum.amountMinor
    )
    same(
      sums,
      sums.toSorted((one, other) => one - other),
      "refunded ≤ captured ≤ authorised"
    )
    must([0, total.amountMinor].includes(authorized.amountMinor), "authorised all or nothing")
    must([0, total.amountMinor].includes(captured.amountMinor), "captured all or nothing")
    this.#happened.add(`${id}/${event._tag}`)
  }

  /** I-21. */
  shipment(id: OrderId, event: ShipmentEvent) {
    if (event._tag === "ShipmentBookingRequested") {
      must(this.has(id, "PaymentAuthorized"), "authorised before booked")
    }
    if (event._tag === "ShipmentCancellationRequested") {
      must(this.has(id, "OrderCancellationStarted"), "called off only when cancelled")
    }
    this.#happened.add(`${id}/${event._tag}`)
  }

  /** I-40 to I-43. */
  stock(event: StockEvent, { held, onHand }: Stock) {
    const shelf = this.shelf(event.sku)
    this.#count(shelf, event)
    must(onHand === shelf.put - shelf.taken, `on hand after ${event._tag}`)
    must(held === shelf.reserved, `reserved after ${event._tag}`)
    must(onHand - held >= 0, `available after ${event._tag}`)
    if ("orderId" in event) this.#happened.add(`${event.orderId}/${event._tag}/${event.sku}`)
  }

  #count(shelf: Shelf, event: StockEvent) {
    switch (event._tag) {
      case "StockReceived":
        shelf.put += event.quantity
        break
      case "StockAdjusted":
        shelf.put += event.delta
        break
      case "StockReserved": {
        const line = this.placed(event.orderId).lines.find(({ sku }) => sku === event.sku)
        must(event.quantity === line?.quantity, "the hold is the line")
        must(!shelf.open.has(event.orderId), "one hold per line")
        shelf.open.set(event.orderId, event.quantity)
        break
      }
      case "ReservationReleased":
      case "ReservationExpired":
        must(take(shelf.open, event.orderId) === event.quantity, "only what was held")
        break
      case "StockCommitted":
        must(this.has(event.orderId, "PaymentCaptured"), "captured before sold")
        must(take(shelf.open, event.orderId) === event.quantity, "only what was held")
        shelf.sold.set(event.orderId, event.quantity)
        shelf.taken += event.quantity
        break
      case "StockReturned":
        must(take(shelf.sold, event.orderId) === event.quantity, "sold once, back once")
        shelf.taken -= event.quantity
        break
      case "ReorderPointSet":
      case "StockRanLow":
        break
    }
  }
}
