/** Sentences of the timeline. */
import { assert, describe, it } from "@effect/vitest"
import { OrderEvent } from "@souk/domain/order/OrderEvent"
import { summary } from "@souk/domain/order/OrderSummary"
import { Arbitrary, FastCheck } from "effect"

describe("the summary of an event", () => {
  it("is one sentence, whatever has happened", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(OrderEvent), (event) => {
        const text = summary(event)
        return /^\S/.test(text) && !text.includes("undefined") && !text.endsWith(".")
      })
    )
  })

  it("says why an order is cancelled", () => {
    const at = OrderEvent.members[14].fields.at
    assert.isDefined(at)
  })
})
