/** How an order's intents are carried: each to the actor that can answer it. */
import type { StockCommand, StockRejection } from "@souk/domain/inventory/StockCommand"
import type { StockView } from "@souk/domain/inventory/StockView"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { OrderCommand } from "@souk/domain/order/OrderCommand"
import * as OrderSaga from "@souk/domain/order/OrderSaga"
import type { PaymentCommand, PaymentRejection } from "@souk/domain/payment/PaymentCommand"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import type { ShipmentCommand, ShipmentRejection } from "@souk/domain/shipment/ShipmentCommand"
import type { ShipmentView } from "@souk/domain/shipment/ShipmentView"
import { Effect, Either, Option } from "effect"
import type { ActorClient } from "../cluster/ActorClient.ts"
import { ActorUnavailable, type Reply } from "../cluster/Protocol.ts"

/** How long an order waits for the provider or the carrier before the sweeper asks again. */
const settleMs = 30_000

interface Shop {
  readonly stock: ActorClient<StockCommand, StockView, StockRejection>
  readonly payments: ActorClient<PaymentCommand, PaymentView, PaymentRejection>
  readonly shipments: ActorClient<ShipmentCommand, ShipmentView, ShipmentRejection>
}

type Answer = Effect.Effect<Option.Option<OrderCommand>, ActorUnavailable>

/**
 * What an actor replied, or why it refused. An actor that could not answer at all is a failure:
 * the intent stays owed.
 */
const verdict = <View, Rejection extends { readonly _tag: string }>(
  reply: Effect.Effect<Reply<View>, Rejection | ActorUnavailable>
): Effect.Effect<Either.Either<Reply<View>, Rejection>, ActorUnavailable> =>
  Effect.matchEffect(reply, {
    onFailure: (error) =>
      error instanceof ActorUnavailable ? Effect.fail(error) : Effect.succeed(Either.left(error)),
    onSuccess: (reply) => Effect.succeed(Either.right(reply))
  })

/** The view an actor showed; an actor that shows none has nothing to say yet. */
const viewed = <View, Rejection>(
  reply: Either.Either<Reply<View>, Rejection>,
  answer: (reply: Either.Either<View, Rejection>) => Option.Option<OrderCommand>
): Option.Option<OrderCommand> => {
  if (Either.isLeft(reply)) return answer(Either.left(reply.left))
  const { view } = reply.right
  return view === undefined ? Option.none() : answer(Either.right(view))
}

export const perform =
  ({ payments, shipments, stock }: Shop) =>
  (ask: OrderSaga.OrderIntent, metadata: Metadata): Answer => {
    switch (ask._tag) {
      case "AskStock": {
        const reply = verdict(stock.handle(ask.sku, ask.command, metadata))
        return Effect.map(reply, (reply) =>
          viewed(reply, (reply) => OrderSaga.answerStock(ask, reply))
        )
      }
      case "AskPayment": {
        const { orderId } = ask.command
        const reply = verdict(payments.handle(orderId, ask.command, metadata, settleMs))
        return Effect.map(reply, (reply) =>
          viewed(reply, (reply) => OrderSaga.answerPayment(ask, reply))
        )
      }
      case "AskShipment": {
        const { orderId } = ask.command
        const reply = verdict(shipments.handle(orderId, ask.command, metadata, settleMs))
        return Effect.map(reply, (reply) =>
          viewed(reply, (reply) => OrderSaga.answerShipment(ask, reply))
        )
      }
    }
  }
