/**
 * Asks the stock before an order is placed that, by what was heard last, cannot be had. When it is
 * refused, the order is placed and cancelled in one commit; otherwise it goes its usual way.
 */
import type { CheckStock, StockRejection } from "@souk/domain/inventory/StockCommand"
import { CommandId, type OrderId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { OrderCommand } from "@souk/domain/order/OrderCommand"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import * as OrderSaga from "@souk/domain/order/OrderSaga"
import type { Either } from "effect"
import type * as ActorClient from "../cluster/ActorClient.ts"
import type { ActorRequest, ActorUnavailable, BeforeCreate } from "../runtime/ActorDefinition.ts"
import type { StockEntity } from "../inventory/StockEntity.ts"
import type { OutOfStockCache } from "./OutOfStockCache.ts"

interface Shop {
  readonly stock: Pick<ActorClient.Of<typeof StockEntity>, "askOnce">
  readonly outOfStock: OutOfStockCache
}

/** A check is never recorded, so that any number of them may bear this id. */
const requestOf = (
  check: CheckStock,
  orderId: OrderId,
  metadata: Metadata
): ActorRequest<CheckStock> => {
  const who = OrderAggregate.streamId(orderId)
  const id = CommandId.make(`${who}/check/${check.sku}`, { disableValidation: true })
  return {
    command: check,
    metadata: { ...metadata, commandId: id, causationId: metadata.commandId, who },
    waitMs: 0,
    isFirst: false
  }
}

export const beforeCreate =
  ({ outOfStock, stock }: Shop) =>
  (command: OrderCommand, metadata: Metadata): BeforeCreate<OrderAggregate> | undefined => {
    if (command._tag !== "PlaceOrder") return undefined
    const { lines, orderId } = command
    // Lines of one SKU are asked for one by one: a part that cannot be had makes the sum hopeless.
    const doubtful = lines.filter(({ quantity, sku }) => outOfStock.isLikely(sku, quantity))
    if (doubtful.length === 0) return undefined
    return (ready) => {
      const replies: Array<Either.Either<unknown, StockRejection | ActorUnavailable>> = []
      for (const line of doubtful) {
        const request = requestOf(OrderSaga.check(line), orderId, metadata)
        stock.askOnce(line.sku, request, (reply) => {
          outOfStock.record(line.sku, reply)
          replies.push(reply)
          if (replies.length === doubtful.length) ready(OrderSaga.checked(command, replies))
        })
      }
    }
  }
