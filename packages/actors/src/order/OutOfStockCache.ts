/**
 * What orders of this process were refused lately. It says when it is worth asking the stock before
 * an order is placed, and never what the answer is.
 */
import type { Sku } from "@souk/domain/kernel/Ids"
import { Either } from "effect"

/** How long a refusal is remembered; while a sale goes on there is always a newer one. */
export const shortageMs = 1_000

/** How many SKUs are remembered before the one that was heard of longest ago is forgotten. */
export const shortagesMax = 1_024

interface Shortage {
  readonly available: number
  readonly untilMs: number
}

/** As much of what the stock may say as matters here. */
type StockReply = { readonly _tag: string; readonly available?: number }

export class OutOfStockCache {
  readonly #nowMs: () => number
  /** The one that was heard of longest ago comes first. */
  readonly #skus = new Map<Sku, Shortage>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** How many SKUs are remembered. */
  get size(): number {
    return this.#skus.size
  }

  /** Whether so many are more than there were when an order heard last. */
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
