/** One order through the whole shop: every way it can go, and how each of them ends. */
import { assert, describe, it } from "@effect/vitest"
import { assertLeft } from "@effect/vitest/utils"
import { Option } from "effect"
import * as Order from "../../src/order/Order.ts"
import { OrderAlreadyShipped } from "../../src/order/OrderCommand.ts"
import * as Payment from "../../src/payment/Payment.ts"
import { mug, orderId, place, tea } from "../support/Examples.ts"
import type { Script } from "../../src/testing/Gateway.ts"
import { checkQuiescence, ending } from "../support/Quiescence.ts"
import { type Options, Shop } from "../../src/testing/Shop.ts"

const plenty = [
  [mug, 10],
  [tea, 10]
] as const

const open = (script: Script = {}, stock: Options["stock"] = plenty) =>
  new Shop({ stock, scripts: { [orderId]: script } })

/** A shop in which the example order went as far as it goes by itself. */
const shopAfter = (script: Script = {}, stock: Options["stock"] = plenty) => {
  const shop = open(script, stock)
  shop.place(place)
  shop.run()
  checkQuiescence(shop, true)
  return shop
}

const viewOf = (shop: Shop) => Option.getOrThrow(Order.view(shop.order(orderId).state))
const paymentOf = (shop: Shop) => Option.getOrThrow(Payment.view(shop.payment(orderId).state))
const kinds = (shop: Shop) => shop.gateway.book.map(({ isDone, kind }) => [kind, isDone])

describe("an order that goes well", () => {
  it("is confirmed: stock is sold, the parcel booked, the money captured once", () => {
    const shop = shopAfter()
    assert.strictEqual(viewOf(shop).status, "confirmed")
    assert.deepStrictEqual(shop.levels(mug), [8, 0])
    assert.deepStrictEqual(shop.levels(tea), [7, 0])
    assert.strictEqual(shop.gateway.balance(orderId), 3950)
    assert.deepStrictEqual(kinds(shop), [
      ["Authorize", true],
      ["Capture", true]
    ])
    assert.strictEqual(shop.carrier.parcels.get(orderId), "booked")
  })

  it("is shipped with the carrier's number, then delivered", () => {
    const shop = shopAfter()
    shop.tellOrder(orderId, { _tag: "ShipOrder" })
    assert.strictEqual(viewOf(shop).status, "shipped")
    assert.strictEqual(viewOf(shop).trackingNumber, "TRACK-1")
    shop.tellOrder(orderId, { _tag: "DeliverOrder" })
    assert.strictEqual(viewOf(shop).status, "delivered")
    checkQuiescence(shop, true)
  })

  it("takes nothing for what costs nothing", () => {
    const shop = open()
    const [mugs] = place.lines
    const unitPrice = { ...mugs.unitPrice, amountMinor: 0 }
    shop.place({ ...place, lines: [{ ...mugs, unitPrice }] })
    shop.run()
    assert.strictEqual(viewOf(shop).status, "confirmed")
    shop.cancel(orderId)
    shop.run()
    assert.strictEqual(viewOf(shop).status, "cancelled")
    checkQuiescence(shop, true)
  })
})

describe("an order that cannot be fulfilled", () => {
  it("is cancelled when any line is out of stock, and nothing stays reserved", () => {
    for (const [mugs, teas, skus] of [
      [1, 10, [mug]],
      [10, 2, [tea]],
      [0, 0, [mug, tea]]
    ] as const) {
      const shop = shopAfter({}, [
        [mug, mugs],
        [tea, teas]
      ])
      const { cancellation, status } = viewOf(shop)
      assert.strictEqual(status, "cancelled")
      assert.strictEqual(cancellation?.reason, "out_of_stock")
      assert.deepStrictEqual(cancellation?.skus, skus)
      assert.deepStrictEqual(shop.levels(mug), [mugs, 0])
      assert.deepStrictEqual(shop.levels(tea), [teas, 0])
      assert.deepStrictEqual(shop.gateway.book, [])
    }
  })

  it("is cancelled when the card is declined, with the provider's code", () => {
    const shop = shopAfter({ declines: "insufficient_funds" })
    const { cancellation } = viewOf(shop)
    assert.strictEqual(cancellation?.reason, "payment_declined")
    assert.strictEqual(cancellation?.declineCode, "insufficient_funds")
    assert.deepStrictEqual(shop.levels(mug), [10, 0])
    assert.deepStrictEqual(kinds(shop), [["Authorize", false]])
    assert.isUndefined(shop.carrier.parcels.get(orderId))
  })

  it("is cancelled when the carrier refuses: the authorisation voided, the stock released", () => {
    const shop = shopAfter({ carrierRefuses: "no service to London" })
    const { cancellation } = viewOf(shop)
    assert.strictEqual(cancellation?.reason, "shipping_unavailable")
    assert.strictEqual(cancellation?.note, "no service to London")
    assert.deepStrictEqual(shop.levels(mug), [10, 0])
    assert.deepStrictEqual(kinds(shop), [
      ["Authorize", true],
      ["Void", true]
    ])
  })

  it("is cancelled when the money cannot be captured: voided, called off, released", () => {
    const shop = shopAfter({ captureFails: "lost_card" })
    assert.strictEqual(viewOf(shop).cancellation?.declineCode, "lost_card")
    assert.deepStrictEqual(kinds(shop), [
      ["Authorize", true],
      ["Capture", false],
      ["Void", true]
    ])
    assert.strictEqual(shop.carrier.parcels.get(orderId), "cancelled")
  })
})

describe("an order that is taken back", () => {
  it("gives money, stock and parcel back after it was confirmed", () => {
    const shop = shopAfter()
    shop.cancel(orderId)
    shop.run()
    checkQuiescence(shop, true)
    assert.strictEqual(viewOf(shop).status, "cancelled")
    assert.deepStrictEqual(shop.levels(mug), [10, 0])
    assert.strictEqual(paymentOf(shop).status, "refunded")
    assert.strictEqual(shop.carrier.parcels.get(orderId), "cancelled")
  })

  it("tries a refund that fails again, under another key", () => {
    const shop = shopAfter({ refundsFail: 2 })
    shop.cancel(orderId)
    shop.run()
    checkQuiescence(shop, true)
    const refunds = shop.gateway.book.filter(({ kind }) => kind === "Refund")
    assert.deepStrictEqual(
      refunds.map(({ isDone }) => isDone),
      [false, false, true]
    )
    assert.strictEqual(new Set(refunds.map(({ key }) => key)).size, 3)
    assert.strictEqual(shop.gateway.balance(orderId), 0)
  })

  it("says so when no refund succeeds, and leaves it to a person", () => {
    const shop = shopAfter({ refundsFail: 3 })
    shop.cancel(orderId)
    shop.run()
    assert.strictEqual(viewOf(shop).status, "cancelled")
    assert.deepInclude(
      shop.order(orderId).journal.filter(({ _tag }) => _tag === "OrderStepCompensated"),
      {
        _tag: "OrderStepCompensated",
        undo: { _tag: "UndoPayment" },
        outcome: "refund_failed",
        at: shop.now
      }
    )
    assert.strictEqual(shop.gateway.balance(orderId), 3950)
  })

  it("is refused once the parcel has left", () => {
    const shop = shopAfter()
    shop.tellOrder(orderId, { _tag: "ShipOrder" })
    const refusal = new OrderAlreadyShipped({ orderId, trackingNumber: "TRACK-1" })
    assertLeft(shop.cancel(orderId), refusal)
    shop.heal()
    checkQuiescence(shop, true)
    assert.strictEqual(viewOf(shop).status, "shipped")
  })

  it("ends the same at every moment before that: nothing sold, nothing held, nothing kept", () => {
    for (let moment = 0; moment <= 20; moment++) {
      const shop = open()
      shop.place(place)
      for (let count = 0; count < moment; count++) shop.deliver()
      shop.cancel(orderId)
      shop.run()
      checkQuiescence(shop, true)
      assert.strictEqual(ending(shop, orderId), "requested_by_customer", `after ${moment}`)
      assert.deepStrictEqual(shop.levels(mug), [10, 0])
      assert.deepStrictEqual(shop.levels(tea), [10, 0])
      assert.strictEqual(shop.gateway.balance(orderId), 0)
    }
  })
})
