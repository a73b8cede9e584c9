/** `souk payments`: output of payments as text and as JSON. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import { paid } from "./support/StubPayments.ts"
import * as Stub from "./support/StubShop.ts"

layer(Stub.layer)("souk payments show", (it) => {
  it.effect("prints the sums, and all provider requests", () =>
    Effect.gen(function* () {
      const id = paid("captured", 51)
      yield* souk(["refund", "create", id, "--amount", "5", "--reason", "broken", "--yes"])
      const { code, stderr, stdout } = yield* souk(["payments", "show", id])
      assert.deepStrictEqual([code, stderr], [0, ""])
      for (const text of [
        `order           ${id}`,
        "status          partially refunded",
        "captured        20.00 EUR",
        "refunded         5.00 EUR",
        "left to refund  15.00 EUR"
      ]) {
        assert.include(stdout, text)
      }
      assert.match(stdout, /authorize +succeeded +20\.00 EUR +2023-11-14 22:13:20 UTC +- +sb_1/)
      assert.match(stdout, /re_\w+ +succeeded +5\.00 EUR .* broken/)
    })
  )

  it.effect("says that a refund came back", () =>
    Effect.gen(function* () {
      const id = paid("returned", 51)
      yield* souk(["refund", "create", id, "--amount", "5", "--reason", "broken", "--yes"])
      const { stdout } = yield* souk(["payments", "show", id])
      assert.include(stdout, "sent back to us  5.00 EUR of a refund, on 2023-11-14 22:13:20 UTC")
      assert.include(stdout, "left to refund   20.00 EUR")
      assert.match(stdout, /re_\w+ +returned +5\.00 EUR .* card_closed +broken/)
    })
  )

  it.effect("says why a payment was declined", () =>
    Effect.gen(function* () {
      const { stdout } = yield* souk(["payments", "show", paid("declined", 51)])
      assert.include(stdout, "declined        expired_card")
      assert.notInclude(stdout, "REFUND")
    })
  )

  it.effect("prints the shop's JSON with --json", () =>
    Effect.gen(function* () {
      const { stdout } = yield* souk(["payments", "show", paid("yen", 51), "--json"])
      const { captured, refunds, status } = JSON.parse(stdout)
      const yen = { amountMinor: 1_200, currency: "JPY" }
      assert.deepStrictEqual([captured, refunds, status], [yen, [], "captured"])
    })
  )

  it.effect("ends with 5 when there is none", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* souk(["payments", "show", "ord_0000000000000000"])
      assert.strictEqual(code, 5)
      assert.include(stderr, "Payment not found.")
    })
  )
})
