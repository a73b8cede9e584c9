/** What outsiders see of an order, from its state and from its events alike. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as Order from "../../src/order/Order.ts"
import type { OrderEvent } from "../../src/order/OrderEvent.ts"
import * as OrderView from "../../src/order/OrderView.ts"
import { same } from "../support/Check.ts"
import { at, upTo } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"
import { play, steps } from "../support/History.ts"
import { order } from "../support/OrderSubject.ts"

const patched = (history: ReadonlyArray<OrderEvent>) =>
  Object.assign({}, ...history.map(OrderView.patch))

const seen = (state: Order.Order) => Option.getOrElse(Order.view(state), () => ({}))

describe("the view of an order", () => {
  it("says where the order stands", () => {
    const statuses = Object.entries(upTo).map(([tag, history]) => {
      const view = Option.getOrThrow(Order.view(given(Order.decider, history).state))
      return [tag, view.status]
    })
    assert.deepStrictEqual(statuses, [
      ["Reserving", "pending"],
      ["Authorizing", "pending"],
      ["Booking", "pending"],
      ["Capturing", "pending"],
      ["Committing", "pending"],
      ["Confirmed", "confirmed"],
      ["Shipped", "shipped"],
      ["Delivered", "delivered"]
    ])
  })

  it("shows the cancellation as soon as it is requested", () => {
    const cancellation = { reason: "requested_by_merchant", note: "recall" } as const
    for (const tag of ["Reserving", "Committing", "Confirmed"] as const) {
      const { state } = given(Order.decider, upTo[tag]).when(
        { _tag: "CancelOrder", cancellation },
        at(9)
      )
      assert.strictEqual(Option.getOrThrow(Order.view(state)).status, "cancelling")
    }
  })

  it("tells when and why it was cancelled, and keeps what was known before", () => {
    const cancellation = { reason: "requested_by_merchant", note: "recall" } as const
    const { state } = given(Order.decider, upTo.Confirmed).when(
      { _tag: "CancelOrder", cancellation },
      at(9)
    )
    const view = Option.getOrThrow(Order.view(state))
    assert.deepStrictEqual(view.cancellation, { ...cancellation, at: at(9) })
    assert.strictEqual(view.confirmationNumber, "EXAMPLE000")
    assert.strictEqual(view.trackingNumber, "TRACK-1")
    assert.strictEqual(view.updatedAt, at(9))
    assert.strictEqual(view.placedAt, at(0))
  })

  it.prop("is what the patches of its events add up to", [steps(order)], ([steps]) => {
    const journal: Array<OrderEvent> = []
    for (const { after, events } of play(order, steps)) {
      journal.push(...events)
      same(patched(journal), seen(after))
    }
  })
})
