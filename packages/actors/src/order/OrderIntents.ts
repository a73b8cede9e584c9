/** How an order's intents are carried: each to the actor that can answer it. */
import type { StockRejection } from "@souk/domain/inventory/StockCommand"
import type { StockView } from "@souk/domain/inventory/StockView"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { OrderCommand } from "@souk/domain/order/OrderCommand"
import * as OrderSaga from "@souk/domain/order/OrderSaga"
import type { PaymentRejection } from "@souk/domain/payment/PaymentCommand"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import type { ShipmentRejection } from "@souk/domain/shipment/ShipmentCommand"
import type { ShipmentView } from "@souk/domain/shipment/ShipmentView"
import { Data, Either, Option } from "effect"
import type * as ActorClient from "../cluster/ActorClient.ts"
import {
  ActorUnavailable,
  type Ask,
  type IntentFailure,
  type Reply,
  type Respond
} from "../runtime/ActorDefinition.ts"
import type { StockEntity } from "../inventory/StockEntity.ts"
import type { PaymentEntity } from "../payment/PaymentEntity.ts"
import type { ShipmentEntity } from "../shipment/ShipmentEntity.ts"
import type { OutOfStockCache } from "./OutOfStockCache.ts"

/** How long an order waits for the provider or the carrier before the sweeper asks again. */
const settleMs = 30_000

interface Shop {
  readonly stock: ActorClient.Of<typeof StockEntity>
  readonly outOfStock: OutOfStockCache
  readonly payments: ActorClient.Of<typeof PaymentEntity>
  readonly shipments: ActorClient.Of<typeof ShipmentEntity>
}

type Answer = Ask<Option.Option<OrderCommand>, IntentFailure>

/** The program has a bug: the intent stays owed, and is tried again. */
class ReplyBroken extends Data.TaggedError("AnswerBroken")<{ readonly cause: unknown }> {}

/**
 * What the order makes of a reply, or of a refusal. An actor that could not answer at all is a
 * failure: the intent stays owed. One that shows no view has nothing to say yet.
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

export const execute =
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
