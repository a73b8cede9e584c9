/** Orders that race, successes that come after the order was given up, and holds that run out. */
import { assert, describe, it } from "@effect/vitest"
import { OrderId } from "../../src/kernel/Ids.ts"
import { holdSeconds, mug, orderId, otherId, place, tea } from "../support/Examples.ts"
import { checkQuiescence, ending } from "../support/Quiescence.ts"
import { Shop } from "../../src/testing/Shop.ts"

const [mugs] = place.lines
const one = { ...place, lines: [{ ...mugs, quantity: 1 }] } as const
const plenty = [
  [mug, 10],
  [tea, 10]
] as const

describe("orders that race", () => {
  it("never both get the last unit, and one of them does", () => {
    for (let seed = 0; seed < 30; seed++) {
      const shop = new Shop({ stock: [[mug, 1]] })
      shop.place(one)
      shop.place({ ...one, orderId: otherId })
      shop.shuffle(seed)
      checkQuiescence(shop, true)
      const endings = [ending(shop, orderId), ending(shop, otherId)]
      assert.deepStrictEqual(endings.toSorted(), ["confirmed", "out_of_stock"])
    }
  })

  it("are as many as there are units, in any order of arrival", () => {
    for (let seed = 0; seed < 10; seed++) {
      const shop = new Shop({ stock: [[mug, 4]] })
      const ids = Array.from({ length: 9 }, (_, n) => OrderId.make(`ord_Racer00000000000${n}`))
      for (const id of ids) shop.place({ ...one, orderId: id })
      shop.shuffle(seed)
      checkQuiescence(shop, true)
      const sold = ids.filter((id) => ending(shop, id) === "confirmed")
      assert.strictEqual(sold.length, 4)
      assert.deepStrictEqual(shop.levels(mug), [0, 0])
    }
  })

  it("may both fail when each holds what the other needs, but keep nothing", () => {
    const stock = [
      [mug, 2],
      [tea, 3]
    ] as const
    const endings = new Set<string>()
    for (let seed = 0; seed < 30; seed++) {
      const shop = new Shop({ stock })
      shop.place(place)
      shop.place({ ...place, orderId: otherId })
      shop.shuffle(seed)
      checkQuiescence(shop, true)
      endings.add([ending(shop, orderId), ending(shop, otherId)].toSorted().join(" and "))
    }
    assert.deepStrictEqual([...endings].toSorted(), [
      "confirmed and out_of_stock",
      "out_of_stock and out_of_stock"
    ])
  })
})

/** A shop in which the next thing to happen is that the provider or the carrier is called. */
const shopBefore = (label: string) => {
  const shop = new Shop({ stock: plenty })
  shop.place(place)
  while (!shop.queue.some((message) => message.isOutside && message.label.endsWith(label))) {
    shop.deliver()
  }
  return shop
}

describe("a success that comes after the order was given up", () => {
  /** The call is on its way; the order is cancelled, and everything else happens first. */
  const giveUp = (label: string) => {
    const shop = shopBefore(label)
    shop.cancel(orderId)
    const late = shop.queue.findIndex((message) => message.label.endsWith(label))
    const call = shop.queue.splice(late, 1)
    shop.run()
    assert.strictEqual(shop.order(orderId).state._tag, "Cancelling")
    shop.queue.push(...call)
    shop.run()
    checkQuiescence(shop, true)
    assert.strictEqual(ending(shop, orderId), "requested_by_customer")
    return shop
  }

  it("is voided by itself when the card was authorised", () => {
    const shop = giveUp("/authorize")
    assert.strictEqual(shop.gateway.done(orderId, "Authorize").length, 1)
    assert.strictEqual(shop.gateway.done(orderId, "Void").length, 1)
  })

  it("is called off by itself when the parcel was booked", () => {
    assert.strictEqual(giveUp("/book").carrier.parcels.get(orderId), "cancelled")
  })

  it("is refunded by itself when the money was captured", () => {
    const shop = giveUp("/capture")
    assert.strictEqual(shop.gateway.done(orderId, "Capture").length, 1)
    assert.strictEqual(shop.gateway.done(orderId, "Refund").length, 1)
    assert.strictEqual(shop.gateway.balance(orderId), 0)
  })
})

describe("a hold that runs out under a live order", () => {
  const reasons = (isReminded: boolean) =>
    Array.from({ length: 21 }, (_, moment) => {
      const shop = new Shop({ stock: plenty })
      shop.place(place)
      for (let count = 0; count < moment; count++) shop.deliver()
      shop.wait(holdSeconds * 1000)
      if (isReminded) shop.resume(orderId)
      shop.heal()
      checkQuiescence(shop, !isReminded)
      return ending(shop, orderId)
    })

  it("turns the order back in every state until it is paid, for the reason of that state", () => {
    // Two lines to reserve, four messages each to authorise, book and capture.
    const expected = [
      ...Array.from({ length: 4 }, () => "reservation_expired"),
      ...Array.from({ length: 4 }, () => "payment_timeout"),
      ...Array.from({ length: 4 }, () => "shipping_unavailable"),
      ...Array.from({ length: 4 }, () => "payment_timeout"),
      ...Array.from({ length: 5 }, () => "confirmed")
    ]
    assert.deepStrictEqual(reasons(true), expected)
  })

  it("lets an order that is captured late have units without another hold", () => {
    const unreminded = reasons(false)
    assert.deepStrictEqual(unreminded.slice(0, 12), reasons(true).slice(0, 12))
    assert.deepStrictEqual(
      unreminded.slice(12),
      Array.from({ length: 9 }, () => "confirmed")
    )
  })

  it("refunds when another order has taken the units meanwhile", () => {
    const shop = shopBefore("/capture")
    shop.wait(holdSeconds * 1000)
    for (const { sku } of place.lines) shop.restock(sku, 1)
    shop.heal()
    checkQuiescence(shop, true)
    assert.strictEqual(ending(shop, orderId), "reservation_expired")
    assert.strictEqual(shop.gateway.balance(orderId), 0)
  })

  it("sells what is still held one millisecond before", () => {
    const shop = new Shop({ stock: plenty })
    shop.place(place)
    shop.wait(holdSeconds * 1000 - 1)
    shop.run()
    assert.strictEqual(ending(shop, orderId), "confirmed")
  })
})
