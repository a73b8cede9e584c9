/**
 * The rooms of the domain tier: the real deciders, sagas and codecs, and how each executes its
 * intents. The times are those of the rooms' actors.
 */
import type { ReminderMap } from "@souk/actors/reminder/Reminder"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import type { StockRejection } from "@souk/domain/inventory/StockCommand"
import type { StockView } from "@souk/domain/inventory/StockView"
import type { Aggregate, AggregateTypes } from "@souk/domain/kernel/Aggregate"
import { OrderId } from "@souk/domain/kernel/Ids"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import type { OrderCommand } from "@souk/domain/order/OrderCommand"
import * as OrderSaga from "@souk/domain/order/OrderSaga"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import * as PaymentSaga from "@souk/domain/payment/PaymentSaga"
import type { aggregates } from "@souk/domain/Rooms"
import { ShipmentAggregate } from "@souk/domain/shipment/ShipmentAggregate"
import * as ShipmentSaga from "@souk/domain/shipment/ShipmentSaga"
import { Either, Option } from "effect"
import type { Reply, Tagged } from "./Node.ts"
import type { Heard, Providers } from "./Providers.ts"
import type { Owner } from "./World.ts"

/** How an actor executes an intent. `undefined`: no outcome, try again. */
export interface Hands {
  readonly owner: Owner
  readonly providers: Providers
  readonly ask: (
    stream: string,
    command: Tagged,
    waitMs: number,
    done: (reply: Reply) => void
  ) => void
}

export interface Room<A extends AggregateTypes> extends Aggregate<A> {
  readonly reminders: (state: A["State"]) => ReminderMap
  readonly isOpenEnded: (state: A["State"]) => boolean
  readonly canPassivate: (state: A["State"]) => boolean
  /** The check before a command that creates the stream; undefined for most commands. */
  readonly beforeCreate?: (
    command: A["Command"],
    hands: Hands
  ) => ((ready: (prepared: A["Command"]) => void) => void) | undefined
  readonly execute: (
    intent: A["Intent"],
    hands: Hands,
    isRepeat: boolean,
    done: (paid: Option.Option<A["Command"]> | undefined) => void
  ) => void
}

const owed = { inMs: 5_000 }
const settleMs = 30_000

/** An actor's reply as the saga's answers want it: its view, or why it refused. */
const verdict =
  <V, R>(
    answer: (reply: Either.Either<V, R>) => Option.Option<OrderCommand>,
    done: (paid: Option.Option<OrderCommand> | undefined) => void
  ) =>
  (reply: Reply): void => {
    // True, as below, because the room that was asked answers with its own view and rejections.
    if (reply._tag === "Replied") return done(answer(Either.right(reply.view as V)))
    if (reply._tag === "Refused") return done(answer(Either.left(reply.rejection as R)))
    done(undefined)
  }

/** Before an order is placed the stock is asked for each line, as after a refusal. */
const checked = (command: OrderCommand, { ask }: Hands) => {
  if (command._tag !== "PlaceOrder") return undefined
  const { lines } = command
  return (ready: (prepared: OrderCommand) => void) => {
    const replies: Array<Either.Either<unknown, StockRejection>> = []
    for (const line of lines) {
      ask(StockAggregate.streamId(line.sku), OrderSaga.check(line), 0, (reply) => {
        // True because the stock answers with its own rejections.
        if (reply._tag === "Refused") replies.push(Either.left(reply.rejection as StockRejection))
        else replies.push(Either.void)
        if (replies.length === lines.length) ready(OrderSaga.checked(command, replies))
      })
    }
  }
}

export const order: Room<OrderAggregate> = {
  ...OrderAggregate,
  reminders: (state) => (OrderSaga.resume(state).length === 0 ? {} : { saga: owed }),
  isOpenEnded: OrderSaga.awaitsPerson,
  canPassivate: () => true,
  execute: (intent, hands, _isRepeat, done) => {
    switch (intent._tag) {
      case "AskStock": {
        const answer = (reply: Either.Either<StockView, StockRejection>) =>
          OrderSaga.answerStock(intent, reply)
        return hands.ask(
          StockAggregate.streamId(intent.sku),
          intent.command,
          0,
          verdict(answer, done)
        )
      }
      case "AskPayment": {
        const stream = PaymentAggregate.streamId(intent.command.orderId)
        const answer = verdict(OrderSaga.answerPayment.bind(undefined, intent), done)
        return hands.ask(stream, intent.command, settleMs, answer)
      }
      case "AskShipment": {
        const stream = ShipmentAggregate.streamId(intent.command.orderId)
        const answer = verdict(OrderSaga.answerShipment.bind(undefined, intent), done)
        return hands.ask(stream, intent.command, settleMs, answer)
      }
    }
  }
}

export const stock: Room<StockAggregate> = {
  ...StockAggregate,
  reminders: () => ({}),
  isOpenEnded: () => false,
  canPassivate: () => false,
  execute: (_intent, _hands, _isRepeat, done) => done(Option.none())
}

export const payment: Room<PaymentAggregate> = {
  ...PaymentAggregate,
  reminders: (state) => (PaymentSaga.isOnItsOwn(state) ? { saga: owed } : {}),
  isOpenEnded: PaymentSaga.awaitsPerson,
  canPassivate: ({ _tag }) => _tag !== "Authorized",
  // Before a request is repeated, its outcome is looked up at the provider.
  execute: (intent, { providers, owner }, isRepeat, done) => {
    const told = (heard: Heard<PaymentSaga.ProviderAnswer>) => {
      if (heard === "unavailable" || heard === "unknown") done(undefined)
      else done(PaymentSaga.answer(intent, heard))
    }
    const again = () =>
      providers.lookup(owner, intent, (heard) =>
        heard === undefined ? providers.ask(owner, intent, told) : told(heard)
      )
    if (isRepeat || intent.isRecheck || intent._tag === "Check") return again()
    providers.ask(owner, intent, (heard) => (heard === "unknown" ? again() : told(heard)))
  }
}

export const shipment: Room<ShipmentAggregate> = {
  ...ShipmentAggregate,
  reminders: () => ({}),
  isOpenEnded: () => false,
  canPassivate: () => true,
  execute: (intent, { providers, owner }, _isRepeat, done) => {
    if (intent._tag === "Book") {
      return providers.book(owner, intent, (heard) =>
        heard === "unavailable" || heard === "unknown"
          ? done(undefined)
          : done(ShipmentSaga.answerBooking(heard))
      )
    }
    const orderId = OrderId.make(intent.key.slice(0, intent.key.indexOf("/")))
    providers.cancel(owner, intent.key, orderId, (heard) =>
      done(heard === "done" ? ShipmentSaga.answerCancellation : undefined)
    )
  }
}

/** The categories whose sagas have intents: none of them may be missing. */
type WithSaga = {
  [
    A in (typeof aggregates)[number] as ReturnType<A["saga"]["resume"]> extends ReadonlyArray<never>
      ? never
      : A["category"]
  ]: unknown
}

/** All of them; a mutant replaces a part of one. */
export interface Rooms extends WithSaga {
  readonly order: typeof order
  readonly inventory: typeof stock
  readonly payment: typeof payment
  readonly shipment: typeof shipment
}

export const sound: Rooms = { order, inventory: stock, payment, shipment }

/** The same rooms, in a shop that checks all lines before it places an order. */
export const checking = (rooms: Rooms): Rooms => ({
  ...rooms,
  order: { ...rooms.order, beforeCreate: checked }
})
