/** Runs orders: their intents become requests to the stock, payment and shipment actors. */
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import * as OrderSaga from "@souk/domain/order/OrderSaga"
import { Effect, Data, Either, Option } from "effect"
import * as Actor from "../cluster/Actor.ts"
import * as ActorClient from "../cluster/ActorClient.ts"
import { StockEntity } from "../inventory/StockEntity.ts"
import { PaymentEntity } from "../payment/PaymentEntity.ts"
import {
  type ActorDefinition,
  ActorUnavailable,
  type Ask,
  type IntentFailure,
  type Reply,
  type Respond
} from "../runtime/ActorDefinition.ts"
import { ShipmentEntity } from "../shipment/ShipmentEntity.ts"
import { OrderEntity } from "./OrderEntity.ts"
import { beforeCreate, OutOfStockCache } from "./OrderPreparation.ts"
import type { StockRejection } from "@souk/domain/inventory/StockCommand"
import type { StockView } from "@souk/domain/inventory/StockView"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { OrderCommand } from "@souk/domain/order/OrderCommand"
import type { PaymentRejection } from "@souk/domain/payment/PaymentCommand"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import type { ShipmentRejection } from "@souk/domain/shipment/ShipmentCommand"
import type { ShipmentView } from "@souk/domain/shipment/ShipmentView"

/** How long an order waits for the provider or the carrier before the sweeper asks again. */
const settleMs = 30_000

interface Shop {
  readonly stock: ActorClient.Of<typeof StockEntity>
  readonly outOfStock: OutOfStockCache
  readonly payments: ActorClient.Of<typeof PaymentEntity>
  readonly shipments: ActorClient.Of<typeof ShipmentEntity>
}

type Answer = Ask<Option.Option<OrderCommand>, IntentFailure>

/** A bug in the saga: the intent stays pending, and is tried again. */
class ReplyBroken extends Data.TaggedError("AnswerBroken")<{ readonly cause: unknown }> {}

/**
 * What the order makes of a reply, or of a refusal. An actor that could not answer at all is a
 * failure: the intent stays pending. A reply without a view is no outcome yet.
 */
const commandOf = <View, Rejection>(
  reply: Either.Either<Reply<View>, Rejection | ActorUnavailable>,
  made: (reply: Either.Either<View, Rejection>) => Option.Option<OrderCommand>
): Either.Either<Option.Option<OrderCommand>, ActorUnavailable> => {
  if (Either.isRight(reply)) {
    const { view } = reply.right
    return Either.right(view === undefined ? Option.none() : made(Either.right(view)))
  }
  const { left } = reply
  return left instanceof ActorUnavailable
    ? Either.left(left)
    : Either.right(made(Either.left(left)))
}

const told =
  <View, Rejection>(
    answered: Respond<Option.Option<OrderCommand>, IntentFailure>,
    made: (reply: Either.Either<View, Rejection>) => Option.Option<OrderCommand>
  ): Respond<Reply<View>, Rejection | ActorUnavailable> =>
  (reply) =>
    answered(
      Either.flatMap(
        Either.try({
          try: () => commandOf(reply, made),
          catch: (cause) => new ReplyBroken({ cause })
        }),
        (command): Either.Either<Option.Option<OrderCommand>, IntentFailure> => command
      )
    )

const execute =
  ({ payments, shipments, outOfStock, stock }: Shop) =>
  (ask: OrderSaga.OrderIntent, metadata: Metadata, isRepeat: boolean): Answer =>
  (answered) => {
    switch (ask._tag) {
      case "AskStock": {
        const { command, sku } = ask
        const made = (reply: Either.Either<StockView, StockRejection>) => {
          if (command._tag === "ReserveStock") outOfStock.record(sku, reply)
          return OrderSaga.answerStock(ask, reply)
        }
        const question = { command, metadata, waitMs: 0, isFirst: false }
        return stock.ask(sku, question, told(answered, made))
      }
      case "AskPayment": {
        const { command } = ask
        const made = (reply: Either.Either<PaymentView, PaymentRejection>) =>
          OrderSaga.answerPayment(ask, reply)
        const isFirst = command._tag === "AuthorizePayment" && !isRepeat
        const question = { command, metadata, waitMs: settleMs, isFirst }
        return payments.ask(command.orderId, question, told(answered, made))
      }
      case "AskShipment": {
        const { command } = ask
        const made = (reply: Either.Either<ShipmentView, ShipmentRejection>) =>
          OrderSaga.answerShipment(ask, reply)
        const isFirst = command._tag === "BookShipment" && !isRepeat
        const question = { command, metadata, waitMs: settleMs, isFirst }
        return shipments.ask(command.orderId, question, told(answered, made))
      }
    }
  }

/** How long after its first event an unfinished order is told to resume. */
const sagaDue = { inMs: 5_000 }

export const layer = Actor.layer(
  OrderEntity,
  Effect.gen(function* () {
    const stock = yield* ActorClient.make(StockEntity)
    const payments = yield* ActorClient.make(PaymentEntity)
    const shipments = yield* ActorClient.make(ShipmentEntity)
    const clock = yield* Effect.clock
    const outOfStock = new OutOfStockCache(() => clock.unsafeCurrentTimeMillis())
    const definition: ActorDefinition<OrderAggregate> = {
      aggregate: OrderAggregate,
      resume: { _tag: "ResumeOrder" },
      reminders: (order) => (OrderSaga.resume(order).length === 0 ? {} : { saga: sagaDue }),
      isOpenEnded: OrderSaga.awaitsPerson,
      // A finished order would only take up memory; the journal has it.
      canPassivate: () => true,
      idleMs: 60_000,
      beforeCreate: beforeCreate({ stock, outOfStock }),
      execute: execute({ stock, payments, shipments, outOfStock })
    }
    return definition
  })
)
