/**
 * Checks every commit and every reply against the invariants of docs/RELIABILITY.md, with its own
 * deciders and ledgers, independently of the simulated processes.
 */
import type { Recorded } from "@souk/actors/journal/Journal"
import * as Stock from "@souk/domain/inventory/Stock"
import type { StockEvent } from "@souk/domain/inventory/StockEvent"
import { OrderId, Sku } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import * as Order from "@souk/domain/order/Order"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import type { OrderEvent } from "@souk/domain/order/OrderEvent"
import * as Payment from "@souk/domain/payment/Payment"
import type { PaymentEvent } from "@souk/domain/payment/PaymentEvent"
import { isOnItsOwn } from "@souk/domain/payment/PaymentSaga"
import * as Shipment from "@souk/domain/shipment/Shipment"
import type { ShipmentEvent } from "@souk/domain/shipment/ShipmentEvent"
import { InvariantChecker } from "@souk/domain/testing/InvariantChecker"
import type { Carrier } from "@souk/domain/testing/Carrier"
import type { Gateway } from "@souk/domain/testing/Gateway"
import { InvariantBroken, must, same } from "@souk/domain/testing/Invariant"
import { checkNothingHeld, checkQuiescence } from "@souk/domain/testing/Quiescence"
import { Option } from "effect"

/** One stream as the checker folds it, with what was shown at each version. */
class Folded<State, Event extends { readonly _tag: string }> {
  state: State
  readonly journal: Array<Event> = []
  readonly views: Array<string> = []
  readonly #evolve: (state: State, event: Event) => State
  readonly #view: (state: State) => unknown

  constructor(
    initial: State,
    evolve: (state: State, event: Event) => State,
    view: (state: State) => unknown = () => undefined
  ) {
    this.state = initial
    this.#evolve = evolve
    this.#view = view
  }

  add(event: Event): void {
    this.state = this.#evolve(this.state, event)
    this.journal.push(event)
    this.views.push(JSON.stringify(this.#view(this.state)) ?? "")
  }
}

const newOrder = () =>
  new Folded<Order.Order, OrderEvent>(Order.decider.initial, Order.decider.evolve, (state) =>
    Option.getOrUndefined(Order.view(state))
  )
const newPayment = () =>
  new Folded<typeof Payment.decider.initial, PaymentEvent>(
    Payment.decider.initial,
    Payment.decider.evolve
  )
const newShipment = () =>
  new Folded<Shipment.Shipment, ShipmentEvent>(Shipment.decider.initial, Shipment.decider.evolve)
const newStock = () =>
  new Folded<Stock.Stock, StockEvent>(Stock.decider.initial, Stock.decider.evolve)

const found = <A>(map: Map<string, A>, key: string, make: () => A): A => {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

export class Checker {
  readonly invariants = new InvariantChecker()
  /** `Reserving -> Authorizing`: which states followed which, and how often. */
  readonly transitions = new Map<string, number>()
  readonly #orders = new Map<string, ReturnType<typeof newOrder>>()
  readonly #payments = new Map<string, ReturnType<typeof newPayment>>()
  readonly #shipments = new Map<string, ReturnType<typeof newShipment>>()
  readonly #stocks = new Map<string, ReturnType<typeof newStock>>()
  readonly #versions = new Map<string, number>()
  /** `stream commandId`, of all commits so far. */
  readonly #commands = new Set<string>()
  readonly #gateway: Gateway
  readonly #carrier: Carrier

  constructor(gateway: Gateway, carrier: Carrier) {
    this.#gateway = gateway
    this.#carrier = carrier
  }

  /** The rows of one append, in their order. */
  commit(rows: ReadonlyArray<Recorded>): void {
    const [first] = rows
    if (first === undefined) return
    // What a seeded bug adds to an id stands after this sign.
    const [commandId] = first.metadata.commandId.split("~")
    const command = `${first.stream} ${commandId}`
    must("I-10", !this.#commands.has(command), `${command} took effect twice`)
    this.#commands.add(command)
    for (const row of rows) {
      const version = (this.#versions.get(row.stream) ?? 0) + 1
      same("I-4", row.version, version, `${row.stream}: the next version`)
      this.#versions.set(row.stream, version)
      this.#event(row)
    }
  }

  /** I-3: an actor returns only committed state, and returns it correctly. */
  answer(stream: string, version: number, view: unknown): void {
    const committed = this.#versions.get(stream) ?? 0
    must("I-3", version <= committed, `${stream} told of version ${version} of ${committed}`)
    const shown = Option.match(OrderAggregate.idOf(stream), {
      onNone: () => undefined,
      onSome: (id) => this.#orders.get(id)?.views[version - 1]
    })
    if (shown !== undefined) {
      must("I-3", JSON.stringify(view) === shown, `${stream}@${version} shown as it never was`)
    }
  }

  /** I-1: what was acknowledged is in the journal. */
  acknowledged(stream: string, commandId: string): void {
    const isThere = this.#commands.has(`${stream} ${commandId}`)
    must("I-1", isThere, `${commandId} was acknowledged and is not in ${stream}`)
  }

  /** I-2: what was refused is not in the journal. */
  refused(stream: string, commandId: string): void {
    const isThere = this.#commands.has(`${stream} ${commandId}`)
    must("I-2", !isThere, `${commandId} was refused and is in ${stream}`)
  }

  get orderIds(): ReadonlyArray<OrderId> {
    return [...this.#orders.keys()].map((id) => OrderId.make(id))
  }

  orderState(id: string): Order.Order {
    return found(this.#orders, id, newOrder).state
  }

  /** Whether every order has ended, and no intent for gateway or carrier is pending. */
  get isSettled(): boolean {
    const ends = new Set(["Confirmed", "Shipped", "Delivered", "Cancelled"])
    return (
      [...this.#orders.values()].every(({ state }) => ends.has(state._tag)) &&
      [...this.#payments.values()].every(({ state }) => !isOnItsOwn(state))
    )
  }

  /** What must hold at the end; `atMs` is after every hold. */
  rest(atMs: number): void {
    checkQuiescence({
      invariants: this.invariants,
      gateway: this.#gateway,
      carrier: this.#carrier,
      orderIds: this.orderIds,
      skus: [],
      order: (id) => found(this.#orders, id, newOrder),
      payment: (id) => found(this.#payments, id, newPayment),
      shipment: (id) => found(this.#shipments, id, newShipment)
    })
    const skus = [...this.#stocks.keys()].map((sku) => Sku.make(sku))
    checkNothingHeld(skus, (sku) => {
      const { state } = found(this.#stocks, sku, newStock)
      return Stock.view(state, sku, fromMillis(atMs)).reserved
    })
  }

  /** How many units were received of a SKU. */
  received(sku: string): number {
    return found(this.#stocks, sku, newStock).journal.reduce(
      (sum, event) => (event._tag === "StockReceived" ? sum + event.quantity : sum),
      0
    )
  }

  /** Units that cancelled orders still hold: only until the hold ends, and only of late copies. */
  get heldForTheCancelled(): number {
    return [...this.#stocks.keys()]
      .flatMap((sku) => [...this.invariants.stockOf(Sku.make(sku)).open])
      .reduce(
        (sum, [id, units]) => (this.orderState(id)._tag === "Cancelled" ? sum + units : sum),
        0
      )
  }

  #event({ payload, stream, type }: Recorded): void {
    const dash = stream.indexOf("-")
    const [room, id] = [stream.slice(0, dash), stream.slice(dash + 1)]
    try {
      this.#fold(room, id, { _tag: type, ...payload })
    } catch (cause) {
      if (cause instanceof InvariantBroken) throw cause
      throw new InvariantBroken("I-4", `${stream}: ${cause instanceof Error ? cause.message : ""}`)
    }
  }

  #fold(room: string, id: string, event: { readonly _tag: string }): void {
    switch (room) {
      case "order": {
        const order = found(this.#orders, id, newOrder)
        const before = order.state._tag
        // True, as in the three below, because the room's own codec wrote it.
        order.add(event as OrderEvent)
        this.#moved("order", before, order.state._tag)
        return this.invariants.order(OrderId.make(id), event as OrderEvent, order.state)
      }
      case "payment": {
        const payment = found(this.#payments, id, newPayment)
        const before = payment.state._tag
        payment.add(event as PaymentEvent)
        this.#moved("payment", before, payment.state._tag)
        return this.invariants.payment(OrderId.make(id), event as PaymentEvent, payment.state)
      }
      case "shipment": {
        const shipment = found(this.#shipments, id, newShipment)
        const before = shipment.state._tag
        shipment.add(event as ShipmentEvent)
        this.#moved("shipment", before, shipment.state._tag)
        return this.invariants.shipment(OrderId.make(id), event as ShipmentEvent)
      }
      case "inventory": {
        const stock = found(this.#stocks, id, newStock)
        stock.add(event as StockEvent)
        this.#moved("stock", "", event._tag)
        return this.invariants.stock(event as StockEvent, stock.state)
      }
    }
  }

  #moved(room: string, before: string, after: string): void {
    const name = before === "" ? `${room}: ${after}` : `${room}: ${before} -> ${after}`
    if (before !== after) this.transitions.set(name, (this.transitions.get(name) ?? 0) + 1)
  }
}
