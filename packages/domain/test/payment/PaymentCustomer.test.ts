/** A payment whose bank wants to hear from the customer before it agrees. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as Payment from "../../src/payment/Payment.ts"
import type { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import * as PaymentSaga from "../../src/payment/PaymentSaga.ts"
import { at, eur, orderId } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const amount = eur(3950)

describe("a payment whose bank wants the customer", () => {
  const nextAction = { type: "redirect_to_url", redirectUrl: "https://bank.example/1" }
  const requested: PaymentEvent = {
    _tag: "PaymentAuthorizationRequested",
    orderId,
    amount,
    token: "pm_card_visa",
    at: at(0)
  }
  const needed: PaymentEvent = {
    _tag: "PaymentActionRequired",
    reference: "auth_1",
    nextAction,
    at: at(1)
  }
  const waiting = [requested, needed]

  it("waits, shows the action, and has only a lookup pending", () => {
    const { state } = given(Payment.decider, waiting)
    const view = Option.getOrThrow(Payment.view(state))
    assert.deepInclude(view, { status: "requires_action", nextAction: { type: nextAction.type } })
    assert.deepStrictEqual(
      PaymentSaga.resume(state).map(({ _tag, key }) => ({ _tag, key })),
      [{ _tag: "Check", key: `${orderId}/authorize` }]
    )
  })

  it("is authorised when the customer came back", () => {
    given(Payment.decider, waiting)
      .when({ _tag: "RecordAuthorization", reference: "auth_1" }, at(2))
      .thenEvents({ _tag: "PaymentAuthorized", reference: "auth_1", at: at(2) })
  })

  it("is declined when the customer was not believed, and closed so that it cannot be yet", () => {
    const { state } = given(Payment.decider, waiting)
      .when({ _tag: "RecordDecline", code: "authentication_failed" }, at(2))
      .thenEvents(
        { _tag: "PaymentDeclined", code: "authentication_failed", at: at(2) },
        { _tag: "PaymentVoidRequested", reason: "declined", at: at(2) }
      )
    assert.strictEqual(Option.getOrThrow(Payment.view(state)).status, "declined")
    assert.isFalse(Payment.decider.isTerminal(state))
    assert.isTrue(PaymentSaga.isOnItsOwn(state))
    const owed = PaymentSaga.resume(state).map(({ _tag, key, reference }) => [_tag, key, reference])
    assert.deepStrictEqual(owed, [["Void", `${orderId}/void`, "auth_1"]])
    const closed = given(Payment.decider, [
      ...waiting,
      { _tag: "PaymentDeclined", code: "authentication_failed", at: at(2) },
      { _tag: "PaymentVoidRequested", reason: "declined", at: at(2) }
    ])
      .when({ _tag: "UndoPayment", orderId, amount }, at(3))
      .thenNothing()
      .when({ _tag: "RecordVoid", reference: "auth_1" }, at(3))
      .thenEvents({ _tag: "PaymentVoided", reference: "auth_1", at: at(3) })
      .when({ _tag: "RecordVoid", reference: "auth_1" }, at(4))
      .thenNothing()
    assert.isTrue(Payment.decider.isTerminal(closed.state))
    const { attempts, status } = Option.getOrThrow(Payment.view(closed.state))
    assert.strictEqual(status, "declined")
    assert.deepStrictEqual(
      attempts.map(({ kind, reason, reference, status }) => [kind, status, reason, reference]),
      [
        ["authorize", "failed", "order_placed", "auth_1"],
        ["void", "succeeded", "declined", "auth_1"]
      ]
    )
  })

  it("keeps none of what it takes to act for the customer", () => {
    const secret = {
      type: "use_stripe_sdk",
      clientSecret: "s3cret",
      redirectUrl: "https://b/s3cret"
    }
    const [intent] = PaymentSaga.resume(given(Payment.decider, [requested]).state)
    const said = { _tag: "NeedsCustomer", reference: "auth_1", nextAction: secret } as const
    const command = Option.getOrThrow(
      Option.flatMap(Option.fromNullable(intent), (intent) => PaymentSaga.answer(intent, said))
    )
    const { decision, state } = given(Payment.decider, [requested]).when(command, at(1))
    for (const kept of [decision, state, Payment.view(state)]) {
      assert.notInclude(JSON.stringify(kept), "s3cret")
    }
    assert.deepInclude(Option.getOrThrow(Payment.view(state)), {
      nextAction: { type: "use_stripe_sdk" }
    })
  })

  it("is voided when the order is given up, whether the customer comes back or not", () => {
    given(Payment.decider, waiting)
      .when({ _tag: "UndoPayment", orderId, amount }, at(2))
      .thenEvents({ _tag: "PaymentVoidRequested", at: at(2) })
    const voiding: PaymentEvent = { _tag: "PaymentVoidRequested", at: at(2) }
    given(Payment.decider, [...waiting, voiding])
      .when({ _tag: "RecordAuthorization", reference: "auth_1" }, at(3))
      .thenNothing()
  })

  it("is voided at once when the order was given up before the bank asked", () => {
    const undoing: PaymentEvent = { _tag: "PaymentUndoRequested", at: at(1) }
    given(Payment.decider, [requested, undoing])
      .when({ _tag: "RecordCustomerNeeded", reference: "auth_1", nextAction }, at(2))
      .thenEvents(
        { _tag: "PaymentActionRequired", reference: "auth_1", nextAction, at: at(2) },
        { _tag: "PaymentVoidRequested", at: at(2) }
      )
  })
})
