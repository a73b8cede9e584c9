/** What an order costs, and which orders are too large to be placed. */
import { assert, describe, it } from "@effect/vitest"
import { Array as Arr, Either, FastCheck } from "effect"
import { Sku } from "../../src/kernel/Ids.ts"
import { AmountNotPayable, amountMinorMax, type Money } from "../../src/kernel/Money.ts"
import { quantityMax } from "../../src/kernel/Quantity.ts"
import * as Order from "../../src/order/Order.ts"
import { MixedCurrencies, OrderTooLarge, type PlaceOrder } from "../../src/order/OrderCommand.ts"
import { linesMax } from "../../src/order/OrderEvent.ts"
import { at, eur, mug, place, tea, usd } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

type Line = PlaceOrder["lines"][number]

const line = (sku: Sku, quantity: number, unitPrice: Money): Line => ({
  sku,
  name: "Thing",
  quantity,
  unitPrice
})

const numbered = (count: number, unitPrice: Money): ReadonlyArray<Line> =>
  Arr.makeBy(count, (index) => line(Sku.make(`SKU-${index}`), 1, unitPrice))

const placing = (...lines: ReadonlyArray<Line>) => {
  assert(Arr.isNonEmptyReadonlyArray(lines))
  return given(Order.decider).when({ ...place, lines }, at(0))
}

const placedBy = (...lines: ReadonlyArray<Line>) => {
  const [event] = Either.getOrThrow(placing(...lines).decision)
  assert(event?._tag === "OrderPlaced")
  return event
}

describe("the price of an order", () => {
  it("is the sum of its lines", () => {
    const { lines, shipping, subtotal, tax, total } = placedBy(
      line(mug, 2, eur(1000)),
      line(tea, 3, eur(650))
    )
    assert.deepStrictEqual(
      lines.map((line) => line.total),
      [eur(2000), eur(1950)]
    )
    assert.deepStrictEqual(
      { subtotal, tax, shipping, total },
      {
        subtotal: eur(3950),
        tax: eur(0),
        shipping: eur(0),
        total: eur(3950)
      }
    )
  })

  it("adds up lines of one SKU where the SKU first stood", () => {
    const { lines } = placedBy(line(mug, 2, eur(5)), line(tea, 1, eur(7)), line(mug, 3, eur(5)))
    assert.deepStrictEqual(
      lines.map(({ quantity, sku, total }) => [sku, quantity, total.amountMinor]),
      [
        [mug, 5, 25],
        [tea, 1, 7]
      ]
    )
  })

  it("may be nothing", () => {
    assert.deepStrictEqual(placedBy(line(mug, 1, eur(0))).total, eur(0))
  })

  it.prop(
    "is exact, whatever the lines",
    [
      FastCheck.array(
        FastCheck.tuple(
          FastCheck.integer({ min: 0, max: 5 }),
          FastCheck.integer({ min: 1, max: 1000 })
        ),
        { minLength: 1, maxLength: 20 }
      )
    ],
    ([drawn]) => {
      const prices = [13, 1, 0, 999_999, 250_000, 7]
      const lines = drawn.map(([index, quantity]) =>
        line(Sku.make(`SKU-${index}`), quantity, eur(prices[index] ?? 0))
      )
      const { lines: priced, total } = placedBy(...lines)
      const exact = lines.reduce(
        (sum, { quantity, unitPrice }) => sum + BigInt(quantity) * BigInt(unitPrice.amountMinor),
        0n
      )
      assert.strictEqual(BigInt(total.amountMinor), exact)
      assert.strictEqual(new Set(priced.map(({ sku }) => sku)).size, priced.length)
    }
  )
})

describe("an order that is too large", () => {
  it("has more lines than one order may have, after adding up", () => {
    assert.strictEqual(placedBy(...numbered(linesMax, eur(1))).lines.length, linesMax)
    const full = numbered(linesMax, eur(1))
    assert.strictEqual(placedBy(...full, ...full).lines.length, linesMax)
    placing(...numbered(linesMax + 1, eur(1))).thenRefused(
      new OrderTooLarge({ what: "lines", max: linesMax })
    )
  })

  it("has more of one SKU than one line may have, after adding up", () => {
    assert.strictEqual(placedBy(line(mug, quantityMax, eur(1))).total.amountMinor, quantityMax)
    placing(line(mug, quantityMax, eur(1)), line(tea, 1, eur(1)), line(mug, 1, eur(1))).thenRefused(
      new OrderTooLarge({ what: "quantity", sku: mug, max: quantityMax })
    )
  })

  it("costs more than the cap, in one line or in all", () => {
    const tooMuch = new OrderTooLarge({ what: "total", max: amountMinorMax })
    assert.deepStrictEqual(placedBy(line(mug, 1, eur(amountMinorMax))).total, eur(amountMinorMax))
    placing(line(mug, 2, eur(amountMinorMax))).thenRefused(tooMuch)
    placing(line(mug, quantityMax, eur(amountMinorMax))).thenRefused(tooMuch)
    placing(line(mug, 1, eur(amountMinorMax)), line(tea, 1, eur(1))).thenRefused(tooMuch)
    placing(...numbered(linesMax, eur(amountMinorMax))).thenRefused(tooMuch)
  })

  it("is between two amounts that can be paid", () => {
    const dinars = (amountMinor: number) => ({ amountMinor, currency: "KWD" }) as const
    const inTens = (unitPrice: Money) =>
      given(Order.decider).when(
        { ...place, lines: [line(mug, 2, unitPrice)], stepMinor: 10 },
        at(0)
      )
    inTens(dinars(5_122)).thenRefused(
      new AmountNotPayable({ amount: dinars(10_244), stepMinor: 10 })
    )
    // Only the sum has to be payable, and not each price.
    assert.isTrue(Either.isRight(inTens(dinars(5_125)).decision))
  })

  it("has prices in several currencies", () => {
    placing(line(mug, 1, eur(1)), line(tea, 1, usd(1))).thenRefused(
      new MixedCurrencies({ currencies: ["EUR", "USD"] })
    )
  })
})
