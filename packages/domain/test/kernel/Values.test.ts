/** The value types: what they accept and refuse. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck, JSONSchema, Schema } from "effect"
import { PersonName } from "../../src/auth/Credentials.ts"
import { SetProduct } from "../../src/catalog/ProductCommand.ts"
import { ProductEvent } from "../../src/catalog/ProductEvent.ts"
import { OrderId, RefundId, Sku } from "../../src/kernel/Ids.ts"
import * as Money from "../../src/kernel/Money.ts"
import { Quantity, quantityMax } from "../../src/kernel/Quantity.ts"
import { MetadataMap, name, text } from "../../src/kernel/Text.ts"
import { fromMillis, plusMillis, Timestamp, toMillis } from "../../src/kernel/Timestamp.ts"
import { DeliverOrder, holdMsMax, PlaceOrder } from "../../src/order/OrderCommand.ts"
import { OrderEvent } from "../../src/order/OrderEvent.ts"
import { at, eur, place, placed } from "../support/Examples.ts"

const admits = <A, I>(schema: Schema.Schema<A, I>, ...values: ReadonlyArray<unknown>) => {
  for (const value of values) assert.isTrue(Schema.is(schema)(value), JSON.stringify(value))
}
const excludes = <A, I>(schema: Schema.Schema<A, I>, ...values: ReadonlyArray<unknown>) => {
  for (const value of values) assert.isFalse(Schema.is(schema)(value), JSON.stringify(value))
}

describe("a moment", () => {
  it("is a real time of day on a real day of a month", () => {
    admits(Timestamp, at(0), "2024-02-29T23:59:59.999Z")
    excludes(
      Timestamp,
      "2026-13-01T00:00:00.000Z",
      "2026-00-01T00:00:00.000Z",
      "2026-01-32T00:00:00.000Z",
      "2026-01-01T24:00:00.000Z",
      "2026-01-01T00:60:00.000Z",
      "2026-01-01T00:00:00Z",
      "2026-01-01T00:00:00.000+01:00",
      "+010000-01-01T00:00:00.000Z",
      " 2026-01-01T00:00:00.000Z"
    )
    excludes(DeliverOrder, { _tag: "DeliverOrder", deliveredAt: "2026-99-99T99:99:99.999Z" })
  })

  it.prop(
    "is ordered as text as it is in time",
    [FastCheck.nat({ max: 4e12 }), FastCheck.nat({ max: 4e12 })],
    ([one, other]) => {
      assert.strictEqual(toMillis(fromMillis(one)), one)
      assert.isTrue(Schema.is(Timestamp)(fromMillis(one)))
      assert.strictEqual(fromMillis(one) < fromMillis(other), one < other)
      assert.strictEqual(plusMillis(fromMillis(one), other), fromMillis(one + other))
    }
  )

  it("until which stock is held is whole milliseconds away, and at most a week", () => {
    admits(PlaceOrder, place, { ...place, holdMs: 1 }, { ...place, holdMs: holdMsMax })
    excludes(
      PlaceOrder,
      ...[0, -1, 0.5, NaN, Infinity, holdMsMax + 1].map((holdMs) => ({
        ...place,
        holdMs
      }))
    )
  })
})

describe("money", () => {
  it("is a whole number of minor units, from nothing to the cap", () => {
    admits(Money.Money, eur(0), eur(Money.amountMinorMax))
    excludes(
      Money.Money,
      ...[-1, 0.5, NaN, Infinity, Money.amountMinorMax + 1, "1", null].map((amountMinor) => ({
        amountMinor,
        currency: "EUR"
      })),
      { amountMinor: 1, currency: "eur" },
      { amountMinor: 1, currency: "XXX" },
      { amountMinor: 1 }
    )
  })

  it("knows the decimals of every currency, and prints them", () => {
    const currencies: ReadonlyArray<string> = Money.Currency.literals
    assert.deepStrictEqual(Object.keys(Money.minorUnitDigits), currencies)
    assert.strictEqual(Money.format(eur(1250)), "12.50 EUR")
    assert.strictEqual(Money.format(eur(5)), "0.05 EUR")
    assert.strictEqual(Money.format(Money.of(1250, "JPY")), "1250 JPY")
    assert.strictEqual(Money.format(Money.of(1250, "KWD")), "1.250 KWD")
    assert.strictEqual(Money.format(eur(Money.amountMinorMax)), "10000000000.00 EUR")
  })

  it.prop(
    "loses no unit when it is printed",
    [FastCheck.nat({ max: Money.amountMinorMax }), Money.Currency],
    ([amountMinor, currency]) => {
      const [printed] = Money.format(Money.of(amountMinor, currency)).split(" ")
      assert.strictEqual(Number(printed?.replace(".", "")), amountMinor)
    }
  )

  it("stays exact in sums and products, and notices when it could not", () => {
    const most = eur(Money.amountMinorMax)
    assert.deepStrictEqual(Money.sum("EUR", []), eur(0))
    assert.deepStrictEqual(Money.sum("EUR", [eur(1), eur(2)]), eur(3))
    assert.isTrue(Money.isWithinCap(most))
    assert.isFalse(Money.isWithinCap(Money.sum("EUR", [most, eur(1)])))
    assert.isFalse(Money.isWithinCap(Money.times(most, quantityMax)))
    assert.isTrue(Number.isSafeInteger(Money.amountMinorMax * 9000))
  })
})

describe("text from outside", () => {
  it("is not empty, not too long, and nothing that a journal could not hold", () => {
    admits(text(5), "a", "äöü", "👍👍a", "12345", "\u0001\n")
    excludes(text(5), "", "123456", "a\u0000b", "\ud800", "a\udc00", "\udc00\ud800", 5, null)
  })

  it("is as long as it has code points, which is what the document says", () => {
    admits(text(200), "😀".repeat(150), "😀".repeat(200), "x".repeat(200))
    excludes(text(200), "😀".repeat(201), `${"😀".repeat(200)}x`, "x".repeat(201))
    assert.deepInclude(JSONSchema.make(text(200)), { minLength: 1, maxLength: 200 })
    assert.isTrue(Schema.is(PersonName)("😀".repeat(100)))
    admits(MetadataMap, { ["😀".repeat(40)]: "😀".repeat(500) })
    excludes(MetadataMap, { ["😀".repeat(41)]: "v" }, { k: "😀".repeat(501) })
  })

  it("has something to be seen, where it is the name of anything", () => {
    const blanks = [" ", "\t\n", "\u00a0\u2003", "\u200b", "\u200d\ufeff", "\u0001"]
    admits(name(20), "a", " a ", "😀", "👨‍👩‍👧", "é", "-")
    excludes(name(20), "", ...blanks)
    for (const blank of blanks) {
      excludes(PersonName, blank)
      const product = { _tag: "SetProduct", sku: "A", name: "a", price: eur(1) }
      admits(SetProduct, product)
      excludes(SetProduct, { ...product, name: blank })
      for (const part of ["name", "line1", "city", "postalCode"]) {
        const shippingAddress = { ...place.shippingAddress, [part]: blank }
        excludes(PlaceOrder, { ...place, shippingAddress })
      }
    }
  })

  it("was taken blank before, so that journals may hold it", () => {
    const at = fromMillis(0)
    admits(ProductEvent, { _tag: "ProductListed", sku: "A", name: " ", price: eur(1), at })
    const shippingAddress = { ...placed.shippingAddress, name: " " }
    admits(OrderEvent, { ...placed, shippingAddress })
    // The name comes from the catalogue, not from the request.
    admits(PlaceOrder, { ...place, lines: place.lines.map((line) => ({ ...line, name: " " })) })
  })

  it("may come as up to twenty pairs", () => {
    const pairs = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`key${n}`, "value"]))
    admits(MetadataMap, {}, pairs(20), { ["k".repeat(40)]: "v".repeat(500) })
    excludes(
      MetadataMap,
      pairs(21),
      { ["k".repeat(41)]: "v" },
      { k: "v".repeat(501) },
      { k: "" },
      { "": "v" },
      { k: 1 }
    )
  })
})

describe("ids and quantities", () => {
  it("have one form each", () => {
    admits(OrderId, `ord_${"a".repeat(16)}`, `ord_${"Z".repeat(40)}`)
    excludes(OrderId, `ord_${"a".repeat(15)}`, `ord_${"a".repeat(41)}`, "ord_", "x".repeat(20))
    excludes(OrderId, `ord_${"a".repeat(16)}\n`, `ord_${"-".repeat(16)}`)
    admits(RefundId, `re_${"a".repeat(16)}`, `re_${"a".repeat(40)}u1`)
    admits(Sku, "A", "MUG-1", "9".repeat(64))
    excludes(Sku, "", "mug", "-A", "A".repeat(65), "A/B", "A B")
  })

  it("count whole units, at least one", () => {
    admits(Quantity, 1, quantityMax)
    excludes(Quantity, 0, -1, 1.5, quantityMax + 1, NaN, "1")
  })
})
