/** The examples of docs/TESTING.md, as they stand there. */
import { assert, describe, it } from "@effect/vitest"
import { TestShop } from "@souk/domain/testing"

describe("a storefront's tests", () => {
  it("show the out-of-stock page with what is missing", () => {
    const shop = new TestShop({ "MUG-1": 1, "TEA-2": 5 })
    const order = shop.buy({ "MUG-1": 2, "TEA-2": 1 })
    shop.settle()

    const { cancellation, status } = shop.show(order)
    assert.strictEqual(status, "cancelled")
    assert.strictEqual(cancellation?.reason, "out_of_stock")
    assert.sameMembers([...(cancellation?.skus ?? [])], ["MUG-1"])
    assert.strictEqual(shop.showStock("TEA-2").available, 5)
  })

  it("show a declined card, and that nothing was taken", () => {
    const shop = new TestShop({ "MUG-1": 1 })
    const order = shop.buy({ "MUG-1": 1 }, { declines: "insufficient_funds" })
    shop.settle()

    const { cancellation } = shop.show(order)
    assert.strictEqual(cancellation?.reason, "payment_declined")
    assert.strictEqual(cancellation?.declineCode, "insufficient_funds")
    assert.strictEqual(shop.gateway.balance(order), 0)
    assert.strictEqual(shop.showStock("MUG-1").available, 1)
  })

  it("show that a crash between capture and confirmation charges no customer twice", () => {
    const shop = new TestShop({ "MUG-1": 1 })
    const order = shop.buy({ "MUG-1": 1 })
    shop.until(order, "OrderPaymentCaptured")
    shop.crash()
    assert.strictEqual(shop.show(order).status, "pending")

    shop.settle()
    assert.strictEqual(shop.show(order).status, "confirmed")
    assert.strictEqual(shop.gateway.done(order, "Capture").length, 1)
  })
})
