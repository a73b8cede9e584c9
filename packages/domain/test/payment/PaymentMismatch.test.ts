/** A provider with contradicting data: recorded, never applied, looked up again. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { ImpossibleHistory } from "../../src/kernel/Decider.ts"
import * as Payment from "../../src/payment/Payment.ts"
import type { PaymentCommand } from "../../src/payment/PaymentCommand.ts"
import type { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import * as PaymentSaga from "../../src/payment/PaymentSaga.ts"
import { at, eur, orderId, otherRefundId, refundId } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const amount = eur(100)
const path: ReadonlyArray<PaymentEvent> = [
  { _tag: "PaymentAuthorizationRequested", orderId, amount, token: "tok", at: at(0) },
  { _tag: "PaymentAuthorized", reference: "auth_1", at: at(1) },
  { _tag: "PaymentCaptureRequested", at: at(2) },
  { _tag: "PaymentCaptured", reference: "auth_1", at: at(3) },
  { _tag: "PaymentRefundRequested", refundId, amount: eur(30), reason: "broken", at: at(4) }
]
const found = { reference: "pi_1", detail: "1 eur, not 100 eur" }
const mismatched = (step: string): PaymentEvent => ({
  _tag: "PaymentMismatched",
  step,
  ...found,
  at: at(5)
})
const record = (step: string): PaymentCommand => ({ _tag: "RecordMismatch", step, ...found })

const open = [
  { step: "authorize", history: path.slice(0, 1) },
  { step: "capture", history: path.slice(0, 3) },
  { step: `refund/${refundId}`, history: path }
]

const viewOf = (state: Parameters<typeof Payment.view>[0]) => Option.getOrThrow(Payment.view(state))

describe("a request on which the books disagree", () => {
  it("is written down once, shown, and moves no money", () => {
    for (const { history, step } of open) {
      const before = viewOf(given(Payment.decider, history).state)
      const { state } = given(Payment.decider, history)
        .when(record(step), at(5))
        .thenEvents(mismatched(step))
        .when(record(step), at(6))
        .thenNothing()
      const { mismatches, ...rest } = viewOf(state)
      const idempotencyKey = `${orderId}/${step}`
      assert.deepStrictEqual(mismatches, [{ ...found, idempotencyKey, at: at(5) }])
      assert.deepStrictEqual({ ...rest, mismatches: [] }, before)
    }
  })

  it("is only looked up from then on, by the key of the request, and without haste", () => {
    for (const { history, step } of open) {
      const { state } = given(Payment.decider, [...history, mismatched(step)])
      const [intent, ...others] = PaymentSaga.resume(state)
      assert.deepStrictEqual(others, [])
      assert.deepInclude(intent, {
        step: `${step}/recheck`,
        key: `${orderId}/${step}`,
        isRecheck: true
      })
      // A live order resumes its payment; a refund, or a payment without an order, needs a
      // reminder.
      assert.strictEqual(PaymentSaga.isOnItsOwn(state), step.startsWith("refund/"))
      const undone = given(Payment.decider, [...history, mismatched(step)])
      const { state: left } = undone.when({ _tag: "UndoPayment", orderId, amount }, at(6))
      assert.isTrue(PaymentSaga.isOnItsOwn(left))
      assert.isTrue(PaymentSaga.awaitsPerson(state))
      const again = { _tag: "Disagrees", ...found } as const
      assert(intent !== undefined)
      assert.deepStrictEqual(PaymentSaga.react(state, mismatched(step)), [intent])
      assert.deepStrictEqual(PaymentSaga.answer(intent, again), Option.none())
    }
  })

  it("goes on as if nothing had been when a look finds that they agree", () => {
    const answers: ReadonlyArray<PaymentCommand> = [
      { _tag: "RecordAuthorization", reference: "auth_1" },
      { _tag: "RecordCapture", reference: "auth_1" },
      { _tag: "RecordRefund", refundId, reference: "re_1" }
    ]
    for (const [index, { history, step }] of open.entries()) {
      const answer = answers[index]
      assert(answer !== undefined)
      const direct = given(Payment.decider, history).when(answer, at(9))
      const late = given(Payment.decider, [...history, mismatched(step)]).when(answer, at(9))
      assert.deepStrictEqual(late.state, direct.state)
      assert.deepStrictEqual(viewOf(late.state).mismatches, [])
    }
  })

  it("leaves other refunds alone", () => {
    const other: PaymentEvent = {
      _tag: "PaymentRefundRequested",
      refundId: otherRefundId,
      amount: eur(20),
      reason: "late",
      at: at(6)
    }
    const { state } = given(Payment.decider, [...path, mismatched(`refund/${refundId}`), other])
    assert.isTrue(PaymentSaga.isOnItsOwn(state))
    assert.deepStrictEqual(viewOf(state).refundable, eur(50))
    const after = given(Payment.decider, [...path, mismatched(`refund/${refundId}`), other]).when(
      { _tag: "RecordRefund", refundId: otherRefundId, reference: "re_2" },
      at(7)
    )
    assert.strictEqual(viewOf(after.state).mismatches.length, 1)
  })

  it("is undone by itself once they agree, when the order is gone by then", () => {
    given(Payment.decider, [...path.slice(0, 1), mismatched("authorize")])
      .when({ _tag: "UndoPayment", orderId, amount }, at(6))
      .thenEvents({ _tag: "PaymentUndoRequested", at: at(6) })
      .when({ _tag: "RecordAuthorization", reference: "auth_1" }, at(7))
      .thenEvents(
        { _tag: "PaymentAuthorized", reference: "auth_1", at: at(7) },
        { _tag: "PaymentVoidRequested", reason: "late_success", at: at(7) }
      )
  })

  it("is one that is open", () => {
    for (const history of [[], path.slice(0, 2), path.slice(0, 4)]) {
      for (const { step } of open) {
        given(Payment.decider, history).when(record(step), at(9)).thenNothing()
        assert.throws(
          () => given(Payment.decider, [...history, mismatched(step)]),
          ImpossibleHistory
        )
      }
    }
    const twice = [...path, mismatched(`refund/${refundId}`), mismatched(`refund/${refundId}`)]
    assert.throws(() => given(Payment.decider, twice), ImpossibleHistory)
  })
})

describe("what a provider says", () => {
  it("is cut and cleaned before it is written down", () => {
    const [intent] = PaymentSaga.resume(given(Payment.decider, path.slice(0, 1)).state)
    assert(intent !== undefined)
    const nasty = `\u0000\u001b[31m\n\ud800${"x".repeat(1_000)}`
    const told = (said: PaymentSaga.ProviderAnswer) =>
      Option.getOrThrow(PaymentSaga.answer(intent, said))
    const said = [
      told({ _tag: "Succeeded", reference: nasty }),
      told({ _tag: "Declined", code: nasty }),
      told({ _tag: "NeedsCustomer", reference: nasty, nextAction: { type: nasty } }),
      told({ _tag: "Disagrees", reference: nasty, detail: nasty })
    ]
    for (const text of JSON.stringify(said).match(/"[^"]*x[^"]*"/g) ?? []) {
      assert.isBelow(text.length, 510)
      assert.notMatch(text, /\p{Cc}|\\u0000|\\u001b|\\n|\\ud800/u)
    }
    assert.match(JSON.stringify(said), /x{50}/)
  })
})
