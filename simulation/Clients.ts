/** The clients of the simulation: they repeat each request under its id until it is answered. */
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import { CommandId, CustomerId, OrderId, RefundId, Sku } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import * as Money from "@souk/domain/kernel/Money"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import type { OrderCommand } from "@souk/domain/order/OrderCommand"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import { same } from "@souk/domain/testing/Invariant"
import type { Checker } from "./Checker.ts"
import type { FaultBook } from "./Faults.ts"
import type { Reply, Tagged } from "./Node.ts"
import type { OrderPlan, Plan } from "./Plan.ts"
import type { Processes } from "./Processes.ts"
import type { World } from "./World.ts"

const againMs = 500

/** How often, and how many times, a client reads an actor. */
const lookMs = 700
const looksMax = 40

/** The items that are ordered, and the address. */
const shippingAddress = {
  name: "Ada Lovelace",
  line1: "12 St James's Square",
  city: "London",
  postalCode: "SW1Y 4JH",
  country: "GB"
}

export const orderIdOf = (n: number): OrderId =>
  OrderId.make(`ord_Simulated${String(n).padStart(8, "0")}`)

const metadataOf = (commandId: string): Metadata => ({
  commandId: CommandId.make(commandId),
  correlationId: commandId,
  causationId: "client",
  who: "client"
})

const place = ({ holdMs, lines, n, priceMinor }: OrderPlan): OrderCommand => {
  const [first, ...rest] = lines.map(([sku, quantity]) => ({
    sku: Sku.make(sku),
    name: sku,
    quantity,
    unitPrice: Money.of(priceMinor, "EUR")
  }))
  if (first === undefined) throw new Error(`order ${n} of the plan has no line`)
  return {
    _tag: "PlaceOrder",
    orderId: orderIdOf(n),
    customerId: CustomerId.make("usr_ada"),
    lines: [first, ...rest],
    shippingAddress,
    paymentMethod: { type: "card", token: "pm_card_visa" },
    metadata: {},
    fingerprint: `order ${n}`,
    holdMs
  }
}

export class Clients {
  /** How many requests have no response yet. */
  open = 0
  readonly #world: World
  readonly #faults: FaultBook
  readonly #processes: Processes
  readonly #checker: Checker
  /** What was refused, by the request's id, and the actor that refused it. */
  readonly #refused = new Map<string, string>()
  /** The units received of each SKU, as the warehouse counts them. */
  readonly #received = new Map<string, number>()

  constructor(world: World, faults: FaultBook, processes: Processes, checker: Checker) {
    this.#world = world
    this.#faults = faults
    this.#processes = processes
    this.#checker = checker
  }

  begin({ orders, restocks, stock }: Plan): void {
    const deliveries = [...stock.map(([sku, units]) => ({ atMs: 0, sku, units })), ...restocks]
    for (const [index, { atMs, sku, units }] of deliveries.entries()) {
      const receive = { _tag: "ReceiveStock", sku: Sku.make(sku), quantity: units }
      this.#received.set(sku, (this.#received.get(sku) ?? 0) + units)
      this.#at(
        atMs,
        `restock ${index}`,
        StockAggregate.streamId(Sku.make(sku)),
        receive,
        () => undefined
      )
    }
    for (const plan of orders) this.#order(plan)
    const watched = [
      ...stock.map(([sku]) => StockAggregate.streamId(Sku.make(sku))),
      ...orders.map(({ n }) => OrderAggregate.streamId(orderIdOf(n)))
    ]
    for (const stream of watched) this.#watch(stream, 0)
  }

  /** Reads an actor repeatedly. */
  #watch(stream: string, looks: number): void {
    const { read } = this.#processes
    if (read === undefined || looks >= looksMax) return
    this.#world.schedule(lookMs, `look at ${stream}`, () => {
      read(stream)
      this.#watch(stream, looks + 1)
    })
  }

  /** A refused request has no effect; every delivery is recorded once. */
  rest(): void {
    for (const [name, stream] of this.#refused) {
      if (!this.#processes.clients.doubled.has(name)) this.#checker.refused(stream, name)
    }
    for (const [sku, units] of this.#received) {
      same("I-40", this.#checker.received(sku), units, `${sku}: units received`)
    }
  }

  #order(plan: OrderPlan): void {
    const id = orderIdOf(plan.n)
    const stream = OrderAggregate.streamId(id)
    this.#at(100 + plan.atMs, `place ${plan.n}`, stream, place(plan), () => {
      if (plan.isShipped) this.#ship(plan, stream)
      if (plan.refundMinor > 0) this.#refund(plan, id)
    })
    if (plan.cancelAtMs !== undefined) {
      const cancel = { _tag: "CancelOrder", cancellation: { reason: "requested_by_customer" } }
      this.#at(
        100 + plan.atMs + plan.cancelAtMs,
        `cancel ${plan.n}`,
        stream,
        cancel,
        () => undefined
      )
    }
  }

  #ship({ n }: OrderPlan, stream: string): void {
    this.#at(6_000, `ship ${n}`, stream, { _tag: "ShipOrder" }, () =>
      this.#at(500, `deliver ${n}`, stream, { _tag: "DeliverOrder" }, () => undefined)
    )
  }

  #refund({ n, refundMinor }: OrderPlan, orderId: OrderId): void {
    const refund = {
      _tag: "RefundPayment",
      orderId,
      refundId: RefundId.make(`re_Person${String(n).padStart(12, "0")}`),
      amount: Money.of(refundMinor, "EUR"),
      reason: "broken"
    }
    this.#at(8_000, `refund ${n}`, PaymentAggregate.streamId(orderId), refund, () => undefined)
  }

  #at(delayMs: number, name: string, stream: string, command: Tagged, then: () => void): void {
    this.open++
    this.#world.schedule(delayMs, name, () => {
      const isTwice = this.#faults.take("client") !== undefined
      if (isTwice) this.#send(name, stream, command)
      this.#ask(name, stream, command, 1, (reply, attempts) => {
        this.open--
        // An attempt without a response may have been executed since, correctly.
        if (reply._tag === "Refused" && attempts === 1 && !isTwice) this.#refused.set(name, stream)
        if (reply._tag === "Replied") then()
      })
    })
  }

  /** The same request once more, without waiting for the response. */
  #send(name: string, stream: string, command: Tagged): void {
    const ignored = () => undefined
    this.#processes.clients.call(undefined, stream, command, metadataOf(name), 0, ignored)
  }

  #ask(
    name: string,
    stream: string,
    command: Tagged,
    attempt: number,
    done: (reply: Reply, attempts: number) => void
  ): void {
    this.#processes.clients.call(undefined, stream, command, metadataOf(name), 0, (reply) => {
      if (reply._tag === "Failed") {
        const again = () => this.#ask(name, stream, command, attempt + 1, done)
        return this.#world.schedule(againMs, `${name} again`, again)
      }
      if (reply._tag === "Replied" && alwaysActs.has(command._tag)) {
        this.#checker.acknowledged(stream, name)
      }
      done(reply, attempt)
    })
  }
}

/** Commands that leave an event behind when they are accepted for the first time. */
const alwaysActs = new Set(["PlaceOrder", "ReceiveStock"])
