/** The shop in memory: its clock, its scripts, its faults, and that its books notice a lie. */
import { assert, describe, it } from "@effect/vitest"
import { InvariantBroken, TestShop } from "@souk/domain/testing"
import * as Money from "../../src/kernel/Money.ts"
import { onHandMax } from "../../src/inventory/StockEvent.ts"
import { Sku } from "../../src/kernel/Ids.ts"
import { OrderTooLarge } from "../../src/order/OrderCommand.ts"
import { summary } from "../../src/order/OrderSummary.ts"

describe("the shop in memory", () => {
  it("holds its clock: a customer who stays away loses the hold when its time is over", () => {
    const shop = new TestShop({ "MUG-1": 1 })
    const order = shop.buy({ "MUG-1": 1 }, { customerAfter: 999 }, { holdMs: 60_000 })
    shop.run()
    assert.isNotNull(shop.show(order).nextAction)
    shop.wait(60_000)
    shop.settle()
    assert.strictEqual(shop.show(order).cancellation?.reason, "payment_timeout")
    assert.strictEqual(shop.showStock("MUG-1").available, 1)
  })

  it("lets the customer come back", () => {
    const shop = new TestShop({ "MUG-1": 1 })
    const order = shop.buy({ "MUG-1": 1 }, { customerAfter: 1 })
    shop.settle()
    assert.strictEqual(shop.show(order).status, "confirmed")
    assert.strictEqual(shop.showPayment(order)?.status, "captured")
  })

  it("says why an order is refused at once", () => {
    const shop = new TestShop()
    const many = Array.from({ length: 101 }, (_, n) => [`MUG-${n}`, 1])
    const buy = () => shop.buy(Object.fromEntries(many))
    assert.throws(buy, OrderTooLarge)
  })

  it("says what happened instead of what was waited for", () => {
    const shop = new TestShop()
    const order = shop.buy({ "MUG-1": 1 })
    assert.throws(() => shop.until(order, "OrderConfirmed"), /OrderLineOutOfStock/)
  })

  it("tells of units that cannot go back to a full shelf, and never says that they did", () => {
    const shop = new TestShop({ "MUG-1": onHandMax })
    const order = shop.buy({ "MUG-1": 10 })
    shop.settle()
    shop.restock(Sku.make("MUG-1"), 10)
    shop.cancel(order)
    shop.settle()
    assert.strictEqual(shop.show(order).status, "cancelled")
    assert.strictEqual(shop.showStock("MUG-1").onHand, onHandMax)
    assert.strictEqual(shop.gateway.balance(order), 0)
    const told = shop.order(order).journal.flatMap((event) => {
      const isReturn = event._tag === "OrderStepCompensated" && event.undo._tag === "ReturnStock"
      return isReturn ? [summary(event)] : []
    })
    const sentence = "10 of MUG-1 could not go back to the shelf: a person has to count them in"
    assert.deepStrictEqual(told, [sentence])
  })

  it("ends every order rightly through any storm, and the same storm the same way", () => {
    const endings = (seed: number) => {
      const shop = new TestShop({ "MUG-1": 3, "TEA-2": 2 })
      const orders = [
        shop.buy({ "MUG-1": 2, "TEA-2": 1 }),
        shop.buy({ "MUG-1": 1 }, { declines: "expired_card" }),
        shop.buy({ "MUG-1": 2 }, { carrierRefuses: "too far" }),
        shop.buy({ "TEA-2": 2 }, { captureFails: "lost_card" })
      ]
      shop.chaos(seed).settle()
      return orders.map((order) => [shop.show(order).status, ...shop.history(order)].join(" "))
    }
    const seen = new Set<string>()
    for (let seed = 0; seed < 40; seed++) {
      const once = endings(seed)
      assert.deepStrictEqual(endings(seed), once)
      seen.add(once.join("\n"))
    }
    assert.isAbove(seen.size, 3)
  })

  it("throws as soon as an invariant is broken", () => {
    const shop = new TestShop({ "MUG-1": 1 })
    const order = shop.buy({ "MUG-1": 1 })
    shop.until(order, "OrderConfirmed")
    const { orderId, total } = shop.invariants.placed(order)
    const lie = () =>
      shop.tellPayment(orderId, { _tag: "UndoPayment", orderId, amount: Money.of(1, "EUR") })
    assert.strictEqual(total.amountMinor, 1_000)
    assert.throws(lie, InvariantBroken)
  })
})
