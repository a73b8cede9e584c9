/**
 * A shop for the tests of those who build on Souk: the real deciders and sagas, in memory, with a
 * clock, a gateway and a carrier in your hand. No database, no server, no waiting. See
 * docs/TESTING.md.
 */
import { Either, Option } from "effect"
import type { StockView } from "./inventory/StockView.ts"
import * as Stock from "./inventory/Stock.ts"
import { CustomerId, OrderId, Sku } from "./kernel/Ids.ts"
import * as Money from "./kernel/Money.ts"
import * as Order from "./order/Order.ts"
import type { PlaceOrder } from "./order/OrderCommand.ts"
import type { OrderEvent } from "./order/OrderEvent.ts"
import type { OrderView } from "./order/OrderView.ts"
import * as Payment from "./payment/Payment.ts"
import type { PaymentView } from "./payment/PaymentView.ts"
import { chaos } from "./testing/Faults.ts"
import type { Script } from "./testing/Gateway.ts"
import { checkQuiescence } from "./testing/Quiescence.ts"
import { Shop } from "./testing/Shop.ts"

export { InvariantBroken } from "./testing/Invariant.ts"
export type { Script } from "./testing/Gateway.ts"

const shippingAddress = {
  name: "Ada Lovelace",
  line1: "12 St James's Square",
  city: "London",
  postalCode: "SW1Y 4JH",
  country: "GB"
}

/** What everything costs, in minor units, unless an order says otherwise. */
const priceMinor = 1_000

/** Deliveries after which a shop is taken to go round in circles. */
const deliveriesMax = 10_000

/** How many units of which SKU. */
export type Units = Readonly<Record<string, number>>

export class TestShop extends Shop {
  #orders = 0

  /** `stock` is what is on the shelf: `{ "MUG-1": 3 }`. */
  constructor(stock: Units = {}) {
    super({ stock: Object.entries(stock).map(([sku, units]) => [Sku.make(sku), units]) })
  }

  /**
   * Places an order of these units at 10.00 EUR each, held for 15 minutes; `details` overrides any
   * field of the command, and `script` says what goes wrong with it. Nothing happens before
   * `settle`, `until`, `run` or `deliver` lets it.
   */
  buy(
    units: Units,
    script: Script = {},
    details: Partial<Omit<PlaceOrder, "orderId">> = {}
  ): OrderId {
    const orderId = OrderId.make(`ord_Test${String(++this.#orders).padStart(16, "0")}`)
    const [first, ...rest] = Object.entries(units).map(([sku, quantity]) => ({
      sku: Sku.make(sku),
      name: sku,
      quantity,
      unitPrice: Money.of(priceMinor, "EUR")
    }))
    if (first === undefined) throw new Error('an order needs a line: { "MUG-1": 1 }')
    this.script(orderId, script)
    const placed = this.place({
      _tag: "PlaceOrder",
      orderId,
      customerId: CustomerId.make("usr_ada"),
      lines: [first, ...rest],
      shippingAddress,
      paymentMethod: { type: "card", token: "pm_card_visa" },
      metadata: {},
      fingerprint: orderId,
      holdMs: 900_000,
      ...details
    })
    // A refusal is the caller's own command: they want to see which.
    Either.getOrThrowWith(placed, (refusal) => refusal)
    return orderId
  }

  /** The order as a storefront is shown it. */
  show(id: OrderId): OrderView {
    return Option.getOrThrow(Order.view(this.order(id).state))
  }

  /** The payment as a storefront is shown it; nothing before it was asked for. */
  showPayment(id: OrderId): PaymentView | undefined {
    return Option.getOrUndefined(Payment.view(this.payment(id).state))
  }

  /** The stock of a SKU now. */
  showStock(sku: string): StockView {
    const { state } = this.stock(Sku.make(sku))
    return Stock.view(state, Sku.make(sku), this.stockTime)
  }

  /** What has happened to the order, oldest first. */
  history(id: OrderId): ReadonlyArray<OrderEvent["_tag"]> {
    return this.order(id).journal.map(({ _tag }) => _tag)
  }

  /** Lets things happen until this has happened to the order, and not one thing more. */
  until(id: OrderId, event: OrderEvent["_tag"]): this {
    for (let count = 0; count < deliveriesMax; count++) {
      if (this.history(id).includes(event)) return this
      if (this.queue.length === 0) break
      this.deliver()
    }
    throw new Error(`${id} came to rest without ${event}: ${this.history(id).join(", ")}`)
  }

  /** Faults drawn by `seed`: messages in any order, twice, or lost, and crashes in between. */
  chaos(seed: number): this {
    chaos(this, seed)
    return this
  }

  /**
   * Resumes every actor until no intent is pending, letting minutes pass where one waits for a
   * customer; then checks that each order ended with all that belongs to its end.
   */
  settle(): this {
    this.heal()
    checkQuiescence(this)
    return this
  }
}
