/** What a payment asks of the provider, under which key, and what it makes of the answer. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as Payment from "../../src/payment/Payment.ts"
import type { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import * as PaymentSaga from "../../src/payment/PaymentSaga.ts"
import { at, eur, orderId, otherRefundId, refundId } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const amount = eur(100)
const token = "pm_card_visa"
const captured: ReadonlyArray<PaymentEvent> = [
  { _tag: "PaymentAuthorizationRequested", orderId, amount, token, at: at(0) },
  { _tag: "PaymentAuthorized", reference: "auth_1", at: at(1) },
  { _tag: "PaymentCaptureRequested", at: at(2) },
  { _tag: "PaymentCaptured", reference: "cap_1", at: at(3) }
]
const refunding: ReadonlyArray<PaymentEvent> = [
  ...captured,
  { _tag: "PaymentRefundRequested", refundId, amount: eur(30), reason: "broken", at: at(4) },
  {
    _tag: "PaymentRefundRequested",
    refundId: otherRefundId,
    amount: eur(20),
    reason: "late",
    at: at(5)
  }
]

const owed = (history: ReadonlyArray<PaymentEvent>) =>
  PaymentSaga.resume(given(Payment.decider, history).state)

/** The reference is known from the authorisation on. */
const call = (step: string, reference?: string) => ({
  step,
  key: `${orderId}/${step}`,
  orderId,
  token,
  reference,
  isRecheck: false
})

describe("the pending intents of a payment", () => {
  it("are one call while it waits for a response, and none in between", () => {
    assert.deepStrictEqual(owed([]), [])
    assert.deepStrictEqual(owed(captured.slice(0, 1)), [
      { _tag: "Authorize", ...call("authorize"), amount }
    ])
    assert.deepStrictEqual(owed(captured.slice(0, 2)), [])
    assert.deepStrictEqual(owed(captured.slice(0, 3)), [
      { _tag: "Capture", ...call("capture", "auth_1"), amount }
    ])
    assert.deepStrictEqual(owed(captured), [])
    const voiding: PaymentEvent = { _tag: "PaymentVoidRequested", at: at(4) }
    assert.deepStrictEqual(owed([...captured.slice(0, 2), voiding]), [
      { _tag: "Void", ...call("void", "auth_1"), amount }
    ])
  })

  it("are one call per open refund, each under its own key", () => {
    assert.deepStrictEqual(owed(refunding), [
      { _tag: "Refund", refundId, ...call(`refund/${refundId}`, "auth_1"), amount: eur(30) },
      {
        _tag: "Refund",
        refundId: otherRefundId,
        ...call(`refund/${otherRefundId}`, "auth_1"),
        amount: eur(20)
      }
    ])
    const { state } = given(Payment.decider, refunding)
    assert.isTrue(PaymentSaga.isOnItsOwn(state))
    assert.isFalse(PaymentSaga.isOnItsOwn(given(Payment.decider, captured).state))
    const last = refunding.at(-1)
    assert.deepStrictEqual(last && PaymentSaga.react(state, last).map(({ step }) => step), [
      `refund/${otherRefundId}`
    ])
  })
})

describe("the provider's answer", () => {
  const yes = { _tag: "Succeeded", reference: "ok_1" } as const
  const no = { _tag: "Declined", code: "closed" } as const
  const answers = (history: ReadonlyArray<PaymentEvent>) =>
    owed(history)
      .slice(0, 1)
      .map((intent) => [
        Option.getOrThrow(PaymentSaga.answer(intent, yes)),
        Option.getOrThrow(PaymentSaga.answer(intent, no))
      ])

  it("is recorded as what it answers", () => {
    assert.deepStrictEqual(answers(captured.slice(0, 1)), [
      [
        { _tag: "RecordAuthorization", reference: "ok_1" },
        { _tag: "RecordDecline", code: "closed" }
      ]
    ])
    assert.deepStrictEqual(answers(captured.slice(0, 3)), [
      [
        { _tag: "RecordCapture", reference: "ok_1" },
        { _tag: "RecordCaptureFailure", code: "closed" }
      ]
    ])
    assert.deepStrictEqual(answers(refunding), [
      [
        { _tag: "RecordRefund", refundId, reference: "ok_1" },
        { _tag: "RecordRefundFailure", refundId, code: "closed" }
      ]
    ])
  })

  it("to a void is the end either way", () => {
    const voiding: PaymentEvent = { _tag: "PaymentVoidRequested", at: at(4) }
    assert.deepStrictEqual(answers([...captured.slice(0, 2), voiding]), [
      [
        { _tag: "RecordVoid", reference: "ok_1" },
        { _tag: "RecordVoid", reference: "lapsed" }
      ]
    ])
  })
})
