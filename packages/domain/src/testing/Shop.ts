/** A whole shop in memory: four kinds of actors, wired by their sagas, and a queue of messages. */
import { Either, Option } from "effect"
import { OrderId, type Sku } from "../kernel/Ids.ts"
import { fromMillis, plusMillis, type Timestamp } from "../kernel/Timestamp.ts"
import * as Stock from "../inventory/Stock.ts"
import { StockAggregate } from "../inventory/StockAggregate.ts"
import type { StockEvent } from "../inventory/StockEvent.ts"
import type * as Order from "../order/Order.ts"
import { OrderAggregate } from "../order/OrderAggregate.ts"
import type { OrderEvent } from "../order/OrderEvent.ts"
import type { OrderCommand, PlaceOrder } from "../order/OrderCommand.ts"
import * as OrderSaga from "../order/OrderSaga.ts"
import * as Payment from "../payment/Payment.ts"
import { PaymentAggregate } from "../payment/PaymentAggregate.ts"
import type { PaymentCommand, PaymentRejection } from "../payment/PaymentCommand.ts"
import * as PaymentSaga from "../payment/PaymentSaga.ts"
import * as Shipment from "../shipment/Shipment.ts"
import { ShipmentAggregate } from "../shipment/ShipmentAggregate.ts"
import type { ShipmentCommand, ShipmentRejection } from "../shipment/ShipmentCommand.ts"
import type { ShipmentEvent } from "../shipment/ShipmentEvent.ts"
import * as ShipmentSaga from "../shipment/ShipmentSaga.ts"
import { InvariantChecker } from "./InvariantChecker.ts"
import { Carrier } from "./Carrier.ts"
import { Gateway, type Script } from "./Gateway.ts"
import { Network } from "./Network.ts"
import { ActorInMemory } from "./ActorInMemory.ts"

export interface Options {
  readonly stock?: ReadonlyArray<readonly [Sku, number]>
  /** What goes wrong with which order. */
  readonly scripts?: Readonly<Record<OrderId, Script>>
  /** Whether actors know every command id at once; else they only ask the journal when in doubt. */
  readonly remembers?: boolean
  /** Whether each order asks the stock before it is placed, as orders do after a refusal. */
  readonly checksFirst?: boolean
  /** By how much the clock of the stock is ahead of all others, in milliseconds. */
  readonly skewMs?: number
}

const found = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

/** New Year of 2026: any moment will do, as long as it is always the same. */
const opening = fromMillis(1_767_225_600_000)

/**
 * Everything is checked by its `books` after every event: what breaks an invariant throws
 * `InvariantBroken` at once.
 */
export class Shop extends Network {
  now: Timestamp = opening
  readonly gateway: Gateway
  readonly carrier: Carrier
  readonly invariants = new InvariantChecker()
  readonly #scripts: Map<OrderId, Script>
  readonly #remembers: boolean
  readonly #checksFirst: boolean
  readonly #skewMs: number
  readonly #orders = new Map<OrderId, ActorInMemory<OrderAggregate>>()
  readonly #payments = new Map<OrderId, ActorInMemory<PaymentAggregate>>()
  readonly #shipments = new Map<OrderId, ActorInMemory<ShipmentAggregate>>()
  readonly #stocks = new Map<Sku, ActorInMemory<StockAggregate>>()
  /** Questions that a payment or a shipment cannot answer yet. */
  #waiting: Array<readonly [OrderId, OrderSaga.OrderIntent]> = []

  constructor(options: Options = {}) {
    super()
    const { checksFirst = false, remembers = true, scripts = {}, skewMs = 0, stock = [] } = options
    this.#checksFirst = checksFirst
    this.#remembers = remembers
    this.#skewMs = skewMs
    this.#scripts = new Map(
      Object.entries(scripts).map(([id, script]) => [OrderId.make(id), script])
    )
    this.gateway = new Gateway(this.#scripts)
    this.carrier = new Carrier(this.#scripts)
    for (const [sku, quantity] of stock) this.restock(sku, quantity)
  }

  /** From now on this goes wrong with the order, and nothing else. */
  script(id: OrderId, script: Script) {
    this.#scripts.set(id, script)
  }

  order(id: OrderId) {
    const hears = (event: OrderEvent, state: Order.Order) => this.invariants.order(id, event, state)
    return found(this.#orders, id, () => new ActorInMemory(OrderAggregate, this.#remembers, hears))
  }

  payment(id: OrderId) {
    const make = () =>
      new ActorInMemory(PaymentAggregate, this.#remembers, (event, state) =>
        this.invariants.payment(id, event, state)
      )
    return found(this.#payments, id, make)
  }

  shipment(id: OrderId) {
    const hears = (event: ShipmentEvent) => this.invariants.shipment(id, event)
    const make = () => new ActorInMemory(ShipmentAggregate, this.#remembers, hears)
    return found(this.#shipments, id, make)
  }

  stock(sku: Sku) {
    const hears = (event: StockEvent, state: Stock.Stock) => this.invariants.stock(event, state)
    return found(this.#stocks, sku, () => new ActorInMemory(StockAggregate, this.#remembers, hears))
  }

  get orderIds(): ReadonlyArray<OrderId> {
    return [...this.#orders.keys()]
  }

  get skus(): ReadonlyArray<Sku> {
    return [...this.#stocks.keys()]
  }

  /** The time where the stock is kept. */
  get stockTime(): Timestamp {
    return this.#skewMs === 0 ? this.now : plusMillis(this.now, this.#skewMs)
  }

  /** What is on hand, and how much of it is held. */
  levels(sku: Sku): readonly [onHand: number, reserved: number] {
    const { onHand, reserved } = Stock.view(this.stock(sku).state, sku, this.stockTime)
    return [onHand, reserved]
  }

  // What people do.

  restock(sku: Sku, quantity: number) {
    this.stock(sku).ask({ _tag: "ReceiveStock", sku, quantity }, this.stockTime)
  }

  writeOff(sku: Sku, quantity: number) {
    const writeOff = { _tag: "AdjustStock", sku, delta: -quantity, reason: "broken" } as const
    this.stock(sku).ask(writeOff, this.stockTime)
  }

  place(command: PlaceOrder) {
    const replies = (this.#checksFirst ? command.lines : []).map((line) =>
      this.stock(line.sku).ask(OrderSaga.check(line), this.stockTime)
    )
    return this.tellOrder(command.orderId, OrderSaga.checked(command, replies))
  }

  cancel(id: OrderId) {
    const cancellation = { reason: "requested_by_customer" } as const
    return this.tellOrder(id, { _tag: "CancelOrder", cancellation })
  }

  /** What an order is told takes effect at once; what that makes due joins the queue. */
  tellOrder(id: OrderId, command: OrderCommand) {
    const actor = this.order(id)
    const reply = actor.ask(command, this.now)
    for (const event of Either.getOrElse(reply, () => [])) {
      for (const intent of OrderSaga.react(actor.state, event)) this.#question(id, intent)
    }
    return reply
  }

  tellPayment(id: OrderId, command: PaymentCommand, commandId?: string) {
    const actor = this.payment(id)
    const reply = actor.ask(command, this.now, commandId)
    for (const event of Either.getOrElse(reply, () => [])) {
      for (const intent of PaymentSaga.react(actor.state, event)) this.#charge(id, intent)
    }
    this.#answerWaiting(id)
    return reply
  }

  tellShipment(id: OrderId, command: ShipmentCommand, commandId?: string) {
    const actor = this.shipment(id)
    const reply = actor.ask(command, this.now, commandId)
    for (const event of Either.getOrElse(reply, () => [])) {
      for (const intent of ShipmentSaga.react(actor.state, event)) this.#carry(id, intent)
    }
    this.#answerWaiting(id)
    return reply
  }

  // What time and chance do.

  wait(ms: number) {
    this.now = plusMillis(this.now, ms)
  }

  /** All actors forget what they had under way; what has left the house may still arrive there. */
  crash(isOutsideLost = true) {
    this.queue = isOutsideLost ? [] : this.queue.filter(({ isOutside }) => isOutside)
    this.#waiting = []
  }

  /** An order and all that belongs to it looks at itself again. */
  resume(id: OrderId) {
    this.tellOrder(id, { _tag: "ResumeOrder" })
    for (const intent of OrderSaga.resume(this.order(id).state)) this.#question(id, intent)
    for (const intent of PaymentSaga.resume(this.payment(id).state)) this.#charge(id, intent)
    for (const intent of ShipmentSaga.resume(this.shipment(id).state)) this.#carry(id, intent)
  }

  /** Runs and resumes until no intent is pending. */
  heal() {
    for (let round = 0; round < 50; round++) {
      this.run()
      for (const id of this.orderIds) this.resume(id)
      if (this.queue.length === 0) return this
      // An order waits for a customer who may never return: the expiry of its hold ends that.
      if (round > 5) this.wait(60_000)
    }
    throw new Error(`never settled: ${this.queue.map(({ label }) => label).join(", ")}`)
  }

  // How the actors reach one another.

  #question(id: OrderId, intent: OrderSaga.OrderIntent) {
    const commandId = `${id}/${intent.step}`
    this.send(commandId, () => {
      switch (intent._tag) {
        case "AskStock":
          return this.#askStock(id, intent, commandId)
        case "AskPayment": {
          const reply = this.tellPayment(id, intent.command, commandId)
          return this.#answerPayment(id, intent, reply)
        }
        case "AskShipment": {
          const reply = this.tellShipment(id, intent.command, commandId)
          return this.#answerShipment(id, intent, reply)
        }
      }
    })
  }

  #askStock(id: OrderId, intent: OrderSaga.AskStock, commandId: string) {
    const { sku } = intent
    const actor = this.stock(sku)
    const reply = actor.ask(intent.command, this.stockTime, commandId)
    const view = Either.map(reply, () => Stock.view(actor.state, sku, this.stockTime))
    this.#answer(id, intent, OrderSaga.answerStock(intent, view))
  }

  #answerPayment(
    id: OrderId,
    intent: OrderSaga.AskPayment,
    reply: Either.Either<unknown, PaymentRejection>
  ) {
    const { state } = this.payment(id)
    const view = Either.map(reply, () => Option.getOrThrow(Payment.view(state)))
    this.#answer(id, intent, OrderSaga.answerPayment(intent, view))
  }

  #answerShipment(
    id: OrderId,
    intent: OrderSaga.AskShipment,
    reply: Either.Either<unknown, ShipmentRejection>
  ) {
    const { state } = this.shipment(id)
    const view = Either.map(reply, () => Option.getOrThrow(Shipment.view(state)))
    this.#answer(id, intent, OrderSaga.answerShipment(intent, view))
  }

  #answer(id: OrderId, intent: OrderSaga.OrderIntent, told: Option.Option<OrderCommand>) {
    if (Option.isNone(told)) this.#waiting.push([id, intent])
    else this.send(`${id}: ${told.value._tag}`, () => void this.tellOrder(id, told.value))
  }

  /** Something has changed: perhaps it answers what could not be answered before. */
  #answerWaiting(id: OrderId) {
    const mine = this.#waiting.filter(([asking]) => asking === id)
    this.#waiting = this.#waiting.filter(([asking]) => asking !== id)
    for (const [, intent] of mine) {
      if (intent._tag === "AskPayment") this.#answerPayment(id, intent, Either.void)
      if (intent._tag === "AskShipment") this.#answerShipment(id, intent, Either.void)
    }
  }

  #charge(id: OrderId, intent: PaymentSaga.PaymentIntent) {
    const call = () => {
      const told = PaymentSaga.answer(intent, this.gateway.call(intent))
      const tell = (command: PaymentCommand) => () => void this.tellPayment(id, command)
      for (const command of Option.toArray(told)) this.send(`${intent.key}: told`, tell(command))
    }
    this.send(intent.key, call, true)
  }

  #carry(id: OrderId, intent: ShipmentSaga.ShipmentIntent) {
    const call = () => {
      if (intent._tag === "CancelBooking") this.carrier.cancel(id)
      const told =
        intent._tag === "Book"
          ? ShipmentSaga.answerBooking(this.carrier.book(intent))
          : ShipmentSaga.answerCancellation
      const tell = (command: ShipmentCommand) => () => void this.tellShipment(id, command)
      for (const command of Option.toArray(told)) this.send(`${intent.key}: told`, tell(command))
    }
    this.send(intent.key, call, true)
  }
}
