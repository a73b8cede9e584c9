/** What is remembered of refusals: for how long, of how many SKUs, and until what. */
import { assert, describe, it } from "@effect/vitest"
import { OutOfStock, ReservationLapsed } from "@souk/domain/inventory/StockCommand"
import { OrderId, Sku } from "@souk/domain/kernel/Ids"
import { Either } from "effect"
import { ActorUnavailable } from "../../src/runtime/ActorDefinition.ts"
import { shortageMs, OutOfStockCache, shortagesMax } from "../../src/order/OrderPreparation.ts"

const sku = Sku.make("LAMP")
const short = (available: number, of = sku) =>
  Either.left(new OutOfStock({ sku: of, asked: available + 1, available }))

const remembering = () => {
  const world = { nowMs: 0 }
  return { world, outOfStock: new OutOfStockCache(() => world.nowMs) }
}

describe("what orders were refused lately", () => {
  it("makes more than there was unlikely to be had, and nothing else", () => {
    const { outOfStock } = remembering()
    assert.isFalse(outOfStock.isLikely(sku, 1_000_000))
    outOfStock.record(sku, short(2))
    assert.isTrue(outOfStock.isLikely(sku, 3))
    assert.isFalse(outOfStock.isLikely(sku, 2))
    assert.isFalse(outOfStock.isLikely(Sku.make("RUG"), 3))
  })

  it("is forgotten after a moment, unless it was heard again meanwhile", () => {
    const { outOfStock, world } = remembering()
    outOfStock.record(sku, short(0))
    world.nowMs = shortageMs - 1
    assert.isTrue(outOfStock.isLikely(sku, 1))
    outOfStock.record(sku, short(0))
    world.nowMs = 2 * shortageMs - 2
    assert.isTrue(outOfStock.isLikely(sku, 1))
    world.nowMs = 2 * shortageMs - 1
    assert.isFalse(outOfStock.isLikely(sku, 1))
    assert.strictEqual(outOfStock.size, 0)
  })

  it("is dropped with the first success, and kept without a reply", () => {
    const { outOfStock } = remembering()
    outOfStock.record(sku, short(0))
    const actor = `inventory-${sku}`
    outOfStock.record(
      sku,
      Either.left(new ActorUnavailable({ actor, reason: "not_owner", detail: "" }))
    )
    const orderId = OrderId.make("ord_Example000000001")
    outOfStock.record(sku, Either.left(new ReservationLapsed({ sku, orderId })))
    assert.isTrue(outOfStock.isLikely(sku, 1))
    outOfStock.record(sku, Either.right("held"))
    assert.isFalse(outOfStock.isLikely(sku, 1))
  })

  it("is kept of so many SKUs at most, those that were heard of last", () => {
    const { outOfStock } = remembering()
    const skus = Array.from({ length: shortagesMax + 1 }, (_, n) => Sku.make(`SKU-${n}`))
    const [first, second] = skus
    assert(first !== undefined && second !== undefined)
    for (const of of skus.slice(0, shortagesMax)) outOfStock.record(of, short(0, of))
    outOfStock.record(first, short(0, first))
    for (const of of skus.slice(shortagesMax)) outOfStock.record(of, short(0, of))
    assert.strictEqual(outOfStock.size, shortagesMax)
    assert.isTrue(outOfStock.isLikely(first, 1))
    assert.isFalse(outOfStock.isLikely(second, 1))
  })
})
