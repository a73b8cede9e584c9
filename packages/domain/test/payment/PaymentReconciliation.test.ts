/** Two books of one payment: nothing to say when they agree, and every way not to is told. */
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { fold } from "../../src/kernel/Decider.ts"
import * as Payment from "../../src/payment/Payment.ts"
import type { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import {
  differences,
  isOpen,
  PaymentDifference,
  type ProviderStatus,
  queries
} from "../../src/payment/PaymentReconciliation.ts"
import * as PaymentSaga from "../../src/payment/PaymentSaga.ts"
import type { PaymentView } from "../../src/payment/PaymentView.ts"
import { same } from "../support/Check.ts"
import { at, eur, orderId, otherRefundId, refundId } from "../support/Examples.ts"
import { play, steps } from "../support/History.ts"
import { payment as subject } from "../support/Subjects.ts"

const amount = eur(100)
const requested: PaymentEvent = {
  _tag: "PaymentAuthorizationRequested",
  orderId,
  amount,
  token: "tok",
  at: at(0)
}
const authorized: PaymentEvent = { _tag: "PaymentAuthorized", reference: "a_1", at: at(1) }
const captureRequested: PaymentEvent = { _tag: "PaymentCaptureRequested", at: at(2) }
const captured: PaymentEvent = { _tag: "PaymentCaptured", reference: "c_1", at: at(3) }
const refundRequested: PaymentEvent = {
  _tag: "PaymentRefundRequested",
  refundId,
  amount: eur(30),
  reason: "late",
  at: at(4)
}
const refunded: PaymentEvent = { _tag: "PaymentRefunded", refundId, reference: "r_1", at: at(5) }
const voidRequested: PaymentEvent = { _tag: "PaymentVoidRequested", at: at(2) }
const paid = [requested, authorized, captureRequested, captured]

const viewOf = (...events: ReadonlyArray<PaymentEvent>): PaymentView =>
  Option.getOrThrow(Payment.view(fold(Payment.decider, Payment.decider.initial, events)))

const done: ProviderStatus = { _tag: "Succeeded", reference: "x" }
const refused: ProviderStatus = { _tag: "Declined", code: "no" }
const unknown: ProviderStatus = { _tag: "Unknown" }

/** What differs when the provider says this to these steps, and nothing to all others. */
const found = (payment: PaymentView, statuses: Readonly<Record<string, ProviderStatus>>) =>
  differences(
    payment,
    queries(payment).map((question) => {
      const step = question.key.slice(payment.orderId.length + 1)
      return [question, statuses[step] ?? unknown] as const
    })
  ).map(({ key, ours, problem, theirs }) => [
    key.slice(payment.orderId.length + 1),
    problem,
    ours,
    theirs
  ])

/** What a provider says that did all that our ledger tells. */
const honest = (payment: PaymentView) =>
  queries(payment).map((question) => {
    const word = { absent: unknown, pending: unknown, succeeded: done, failed: refused }
    return [question, word[question.ours]] as const
  })

describe("two books", () => {
  it.prop("that agree leave nothing to say, whatever happened", [steps(subject)], ([played]) => {
    for (const { after } of play(subject, played)) {
      const payment = Option.getOrUndefined(Payment.view(after))
      if (payment === undefined) continue
      same(differences(payment, honest(payment)), [])
      // Everything still owed is among the questions, under the key it is owed by.
      const keys = new Set(queries(payment).map(({ key }) => key))
      for (const { key } of PaymentSaga.resume(after)) assert.isTrue(keys.has(key), key)
      same(isOpen(payment), PaymentSaga.resume(after).length > 0)
    }
  })

  it.prop(
    "of which one is silent are called unanswered, key by key",
    [steps(subject)],
    ([played]) => {
      for (const { after } of play(subject, played)) {
        const payment = Option.getOrUndefined(Payment.view(after))
        if (payment === undefined) continue
        const asked = queries(payment)
        const silent = { _tag: "Silent", detail: "is down" } as const
        const all = differences(
          payment,
          asked.map((question) => [question, silent] as const)
        )
        same(
          all.map(({ key, problem }) => [key, problem]),
          asked.map(({ key }) => [key, "unanswered"])
        )
        for (const one of all) Schema.encodeSync(PaymentDifference)(one)
      }
    }
  )
})

describe("a difference", () => {
  it("is money we count that the provider never moved", () => {
    const payment = viewOf(...paid, refundRequested, refunded)
    assert.deepStrictEqual(found(payment, { authorize: done, capture: done }), [
      [`refund/${refundId}`, "missing_at_provider", "succeeded", "absent"]
    ])
  })

  it("is money the provider moved that we never asked for", () => {
    const held = viewOf(requested, authorized)
    assert.deepStrictEqual(found(held, { authorize: done, capture: done }), [
      ["capture", "missing_here", "absent", "succeeded"]
    ])
    assert.deepStrictEqual(found(held, { authorize: done, void: done }), [
      ["void", "missing_here", "absent", "succeeded"]
    ])
    const barred = viewOf({ _tag: "PaymentBlocked", orderId, amount, at: at(0) })
    assert.deepStrictEqual(found(barred, { authorize: done }), [
      ["authorize", "missing_here", "absent", "succeeded"]
    ])
  })

  it("is an answer that never arrived", () => {
    const waiting = viewOf(...paid, refundRequested)
    assert.deepStrictEqual(
      found(waiting, { authorize: done, capture: done, [`refund/${refundId}`]: refused }),
      [[`refund/${refundId}`, "other_status", "pending", "failed"]]
    )
    assert.deepStrictEqual(found(viewOf(requested), { authorize: done }), [
      ["authorize", "other_status", "pending", "succeeded"]
    ])
  })

  it("is a failure here that is a success there", () => {
    const failed = viewOf(...paid, refundRequested, {
      _tag: "PaymentRefundFailed",
      refundId,
      code: "closed",
      at: at(5)
    })
    assert.deepStrictEqual(
      found(failed, { authorize: done, capture: done, [`refund/${refundId}`]: done }),
      [[`refund/${refundId}`, "other_status", "failed", "succeeded"]]
    )
  })

  it("is another amount, in the provider's own words", () => {
    const detail = "10 EUR, not 100 EUR"
    const payment = viewOf(...paid)
    const statuses = queries(payment).map((question) => {
      const disagrees: ProviderStatus = { _tag: "Disagrees", detail }
      return [question, question.kind === "capture" ? disagrees : done] as const
    })
    assert.deepStrictEqual(differences(payment, statuses), [
      {
        key: `${orderId}/capture`,
        kind: "capture",
        amount,
        problem: "other_amount",
        ours: "succeeded",
        theirs: null,
        detail
      }
    ])
  })

  it("is not what is still under way, or waits for the customer", () => {
    assert.deepStrictEqual(found(viewOf(requested), {}), [])
    assert.deepStrictEqual(found(viewOf(requested), { authorize: { _tag: "NeedsCustomer" } }), [])
    const two = viewOf(...paid, refundRequested, { ...refundRequested, refundId: otherRefundId })
    assert.deepStrictEqual(found(two, { authorize: done, capture: done }), [])
  })

  it("is not an authorisation that was let go of, nor one that had lapsed by itself", () => {
    const voided = viewOf(requested, authorized, voidRequested, {
      _tag: "PaymentVoided",
      reference: "v_1",
      at: at(3)
    })
    assert.deepStrictEqual(found(voided, { authorize: refused, void: done, capture: refused }), [])
    assert.deepStrictEqual(found(voided, { authorize: refused, capture: done, void: done }), [
      ["capture", "missing_here", "absent", "succeeded"]
    ])
    const lapsed = viewOf(requested, authorized, voidRequested, {
      _tag: "PaymentVoided",
      reference: "lapsed",
      at: at(3)
    })
    assert.deepStrictEqual(found(lapsed, { authorize: refused }), [])
  })
})
