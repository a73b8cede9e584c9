/** Amounts as text: parsed exactly, or refused. */
import { assert, describe, it } from "@effect/vitest"
import { assertNone, assertSome } from "@effect/vitest/utils"
import { FastCheck } from "effect"
import * as Money from "../../src/kernel/Money.ts"

describe("an amount as text", () => {
  it.prop(
    "is read as it is written, in every currency",
    [
      FastCheck.integer({ min: 0, max: Money.amountMinorMax }),
      FastCheck.constantFrom(...Money.Currency.literals)
    ],
    ([amountMinor, currency]) => {
      const money = Money.of(amountMinor, currency)
      const [text = ""] = Money.format(money).split(" ")
      assertSome(Money.parse(text, currency), money)
    }
  )

  it("may leave out decimals that are nothing", () => {
    assertSome(Money.parse("12", "EUR"), Money.of(1_200, "EUR"))
    assertSome(Money.parse("12.5", "EUR"), Money.of(1_250, "EUR"))
    assertSome(Money.parse("0.05", "EUR"), Money.of(5, "EUR"))
    assertSome(Money.parse("1", "KWD"), Money.of(1_000, "KWD"))
    assertSome(Money.parse("0012", "JPY"), Money.of(12, "JPY"))
  })

  it("has no more decimals than its currency, not even empty ones", () => {
    for (const [text, currency] of [
      ["12.505", "EUR"],
      ["12.500", "EUR"],
      ["12.0", "JPY"],
      ["1.2505", "KWD"]
    ] as const) {
      assertNone(Money.parse(text, currency))
    }
  })

  it("is digits, with one point at most, and within the cap", () => {
    const nonsense = ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,50", "1 000", "0x10", "٣", "NaN"]
    for (const text of [...nonsense, "10000000000.01", "99999999999999"]) {
      assertNone(Money.parse(text, "EUR"))
    }
    assertSome(Money.parse("10000000000", "EUR"), Money.of(Money.amountMinorMax, "EUR"))
    assert.strictEqual(Money.amountMinorMax, 1_000_000_000_000)
  })
})
