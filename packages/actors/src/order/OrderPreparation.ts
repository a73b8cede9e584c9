/**
 * Checks stock before an order is placed whose SKUs were refused lately. When the stock refuses
 * again, the order is placed and cancelled in one commit; otherwise it is placed as usual.
 */
import type { CheckStock, StockRejection } from "@souk/domain/inventory/StockCommand"
import { CommandId, type OrderId, type Sku } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { OrderCommand } from "@souk/domain/order/OrderCommand"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import * as OrderSaga from "@souk/domain/order/OrderSaga"
import { Either } from "effect"
import type * as ActorClient from "../cluster/ActorClient.ts"
import type { ActorRequest, ActorUnavailable, BeforeCreate } from "../runtime/ActorDefinition.ts"
import type { StockEntity } from "../inventory/StockEntity.ts"

/** How long a refusal is remembered; while a sale goes on there is always a newer one. */
export const shortageMs = 1_000

/** How many SKUs are remembered; beyond it the one recorded longest ago is dropped. */
export const shortagesMax = 1_024

interface Shortage {
  readonly available: number
  readonly untilMs: number
}

/** The part of a refusal of the stock that the cache reads. */
type StockReply = { readonly _tag: string; readonly available?: number }

/**
 * The SKUs that orders of this process were refused lately. It tells when a check of the stock is
 * worth its cost, and never replaces the check.
 */
export class OutOfStockCache {
  readonly #nowMs: () => number
  /** Ordered by when they were recorded, the oldest first. */
  readonly #skus = new Map<Sku, Shortage>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** How many SKUs are remembered. */
  get size(): number {
    return this.#skus.size
  }

  /** Whether a reservation of so many units was likely to fail when the stock replied last. */
  isLikely(sku: Sku, quantity: number): boolean {
    const shortage = this.#skus.get(sku)
    if (shortage === undefined) return false
    if (shortage.untilMs > this.#nowMs()) return quantity > shortage.available
    this.#skus.delete(sku)
    return false
  }

  /** Records a reply of the stock. */
  record(sku: Sku, reply: Either.Either<unknown, StockReply>): void {
    if (Either.isRight(reply)) {
      this.#skus.delete(sku)
      return
    }
    const { _tag, available } = reply.left
    if (_tag !== "OutOfStock" || available === undefined) return
    this.#skus.delete(sku)
    this.#skus.set(sku, { available, untilMs: this.#nowMs() + shortageMs })
    if (this.#skus.size <= shortagesMax) return
    const [oldest] = this.#skus.keys()
    if (oldest !== undefined) this.#skus.delete(oldest)
  }
}

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
