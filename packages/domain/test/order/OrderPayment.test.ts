/** What an order makes of a payment that is slow, or on which the books disagree. */
import { assert, describe, it } from "@effect/vitest"
import * as Order from "../../src/order/Order.ts"
import type { OrderCommand } from "../../src/order/OrderCommand.ts"
import type { OrderEvent } from "../../src/order/OrderEvent.ts"
import * as OrderSaga from "../../src/order/OrderSaga.ts"
import { plusMillis } from "../../src/kernel/Timestamp.ts"
import { at, holdUntil, place, upTo } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const payUntil = at(300)

/** The same history, with less time for the payment than for the rest. */
const hurried = (history: ReadonlyArray<OrderEvent>) =>
  given(
    Order.decider,
    history.map((event) => (event._tag === "OrderPlaced" ? { ...event, payUntil } : event))
  )

const needed: OrderEvent = {
  _tag: "OrderActionRequired",
  nextAction: { type: "redirect_to_url" },
  at: at(2)
}
const unpaid = [upTo.Authorizing, [...upTo.Authorizing, needed]]

describe("the deadline of a payment", () => {
  it("is part of the order, if it ends before the hold on the stock", () => {
    const placed = (payMs: number) =>
      given(Order.decider).when({ ...place, holdMs: 900_000, payMs }, at(0)).state
    const untils = [300_000, 900_000].map((payMs) => {
      const order = placed(payMs)
      assert(order._tag === "Reserving")
      return order.placed.payUntil
    })
    assert.deepStrictEqual(untils, [payUntil, undefined])
  })

  it("turns an order back that is not paid by then, and says why", () => {
    for (const history of unpaid) {
      const order = hurried(history)
      order.when({ _tag: "ResumeOrder" }, plusMillis(payUntil, -1)).thenNothing()
      for (const command of ["ResumeOrder", "RecordAuthorized"] as const) {
        const { state } = order.when({ _tag: command }, payUntil)
        assert(state._tag === "Cancelling")
        assert.strictEqual(state.facts.cancellation?.reason, "payment_timeout")
        assert.isTrue(state.undo.some(({ _tag }) => _tag === "UndoPayment"))
      }
    }
  })

  it("is none of an order's that is authorised: the hold on the stock is", () => {
    for (const tag of ["Booking", "Capturing"] as const) {
      const order = hurried(upTo[tag])
      order.when({ _tag: "ResumeOrder" }, payUntil).thenNothing()
      assert.strictEqual(order.when({ _tag: "ResumeOrder" }, holdUntil).state._tag, "Cancelling")
    }
  })
})

describe("an order whose payment is in dispute between two books", () => {
  const detail = "1 eur, not 3950 eur"
  const told: OrderCommand = { _tag: "RecordPaymentMismatch", detail }
  const mismatched: OrderEvent = { _tag: "OrderPaymentMismatched", detail, at: at(9) }
  const waiting = [...unpaid, upTo.Capturing]

  it("says so once, stays where it is, and asks again as another step", () => {
    for (const history of waiting) {
      const before = given(Order.decider, history).state
      const [asked] = OrderSaga.resume(before)
      const { state } = given(Order.decider, history)
        .when(told, at(9))
        .thenEvents(mismatched)
        .when(told, at(10))
        .thenNothing()
      assert.strictEqual(state._tag, before._tag)
      const steps = OrderSaga.resume(state).map(({ step }) => step)
      assert.deepStrictEqual(steps, [`${asked?.step}/recheck`])
      const reacted = OrderSaga.react(state, mismatched).map(({ step }) => step)
      assert.deepStrictEqual(reacted, steps)
    }
  })

  it("goes on as if nothing had been once they agree", () => {
    const answers: ReadonlyArray<OrderCommand> = [
      { _tag: "RecordAuthorized" },
      { _tag: "RecordCustomerNeeded", nextAction: { type: "redirect_to_url" } },
      { _tag: "RecordCaptured" },
      { _tag: "CancelOrder", cancellation: { reason: "requested_by_customer" } }
    ]
    for (const history of waiting) {
      for (const answer of answers) {
        const direct = given(Order.decider, history).when(answer, at(10))
        const late = given(Order.decider, [...history, mismatched]).when(answer, at(10))
        assert.deepStrictEqual(late.decision, direct.decision)
        const isAnswered = late.state._tag !== given(Order.decider, history).state._tag
        if (isAnswered) assert.deepStrictEqual(late.state, direct.state)
      }
    }
  })

  it("is told in no other state", () => {
    for (const [tag, history] of Object.entries(upTo)) {
      if (["Authorizing", "Capturing", "AwaitingCustomer"].includes(tag)) continue
      given(Order.decider, history).when(told, at(9)).thenNothing()
    }
  })
})
