/** An order that waits says for what, for as long as it waits and no longer. */
import { assert, describe, it } from "@effect/vitest"
import * as OrderSaga from "@souk/domain/order/OrderSaga"
import { waitsFor } from "@souk/domain/order/OrderWaiting"
import { FastCheck } from "effect"
import { play, steps } from "../support/History.ts"
import { order } from "../support/OrderSubject.ts"

describe("what an order waits for", () => {
  it("is told thing by thing, as the saga has it", () => {
    FastCheck.assert(
      FastCheck.property(steps(order), (steps) => {
        for (const { after } of play(order, steps)) {
          const told = waitsFor(after)
          assert.strictEqual(told.length, OrderSaga.resume(after).length, after._tag)
          assert.strictEqual(new Set(told).size, told.length)
        }
      })
    )
  })
})
