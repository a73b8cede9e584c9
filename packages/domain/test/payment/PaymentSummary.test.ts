/** The list always agrees with the payment. */
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import * as Payment from "../../src/payment/Payment.ts"
import * as PaymentSaga from "../../src/payment/PaymentSaga.ts"
import { PaymentSummary, summarize } from "../../src/payment/PaymentSummary.ts"
import { at, eur, orderId, refundId } from "../support/Examples.ts"
import { same } from "../support/Check.ts"
import { play, steps } from "../support/History.ts"
import { payment } from "../support/Subjects.ts"

const throughJson = Schema.decodeSync(Schema.parseJson(PaymentSummary))
const asJson = Schema.encodeSync(Schema.parseJson(PaymentSummary))

describe("a payment in the list", () => {
  it.prop("says what the payment itself says, after every event", [steps(payment)], ([played]) => {
    let summary: PaymentSummary | undefined
    for (const { after, events } of play(payment, played)) {
      for (const event of events) summary = summarize(summary, event)
      const view = Option.getOrUndefined(Payment.view(after))
      same(summary?.status, view?.status)
      if (summary === undefined || view === undefined) continue
      // As it is kept between two pages.
      summary = throughJson(asJson(summary))
      const { authorized, captured, refunded } = view
      same(
        [summary.authorized, summary.captured, summary.refunded],
        [authorized, captured, refunded]
      )
      const returned = view.refunds.filter(({ returnedAt }) => returnedAt !== undefined)
      same(
        summary.returned?.amountMinor ?? 0,
        returned.reduce((sum, { amount }) => sum + amount.amountMinor, 0)
      )
      const owed = PaymentSaga.resume(after).map(({ key }) => key)
      same(
        summary.open.map(({ step }) => `${orderId}/${step}`),
        owed
      )
    }
  })

  it("has the time since which a request is open", () => {
    const amount = eur(100)
    const events = [
      { _tag: "PaymentAuthorizationRequested", orderId, amount, token: "tok", at: at(0) },
      { _tag: "PaymentAuthorized", reference: "a", at: at(1) },
      { _tag: "PaymentCaptureRequested", at: at(2) },
      { _tag: "PaymentCaptured", reference: "c", at: at(3) },
      { _tag: "PaymentRefundRequested", refundId, amount: eur(30), reason: "late", at: at(4) }
    ] as const
    const summary = events.reduce<PaymentSummary | undefined>(summarize, undefined)
    assert.deepStrictEqual(summary?.open, [
      { step: `refund/${refundId}`, amount: eur(30), since: at(4) }
    ])
    const failed = { _tag: "PaymentRefundFailed", refundId, code: "closed", at: at(5) } as const
    assert.deepInclude(summarize(summary, failed), { open: [], refunded: eur(0), updatedAt: at(5) })
  })

  it("begins with its first event, and with no other", () => {
    assert.isUndefined(summarize(undefined, { _tag: "PaymentVoidRequested", at: at(0) }))
  })
})
