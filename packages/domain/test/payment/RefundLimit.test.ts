/** There is an end to the refunds of one payment. */
import { describe, it } from "@effect/vitest"
import { RefundId } from "../../src/kernel/Ids.ts"
import * as Payment from "../../src/payment/Payment.ts"
import { refundsMax, TooManyRefunds } from "../../src/payment/PaymentCommand.ts"
import { at, eur, orderId, otherRefundId } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const terms = (refundId: RefundId) => ({ refundId, amount: eur(1), reason: "broken" })
const refund = (id: RefundId) => ({ _tag: "RefundPayment" as const, orderId, ...terms(id) })
const asked = (id: RefundId) => ({
  _tag: "PaymentRefundRequested" as const,
  ...terms(id),
  at: at(4)
})

describe("the refunds of one payment", () => {
  it("come to an end, and what was asked before is still answered", () => {
    const captured = given(Payment.decider, [
      {
        _tag: "PaymentAuthorizationRequested",
        orderId,
        amount: eur(1000),
        token: "tok",
        at: at(0)
      },
      { _tag: "PaymentAuthorized", reference: "auth_1", at: at(1) },
      { _tag: "PaymentCaptureRequested", at: at(2) },
      { _tag: "PaymentCaptured", reference: "cap_1", at: at(3) }
    ])
    const ids = Array.from({ length: refundsMax }, (_, n) =>
      RefundId.make(`re_${String(n).padStart(24, "0")}`)
    )
    const full = ids.reduce(
      (state, id) => state.when(refund(id), at(4)).thenEvents(asked(id)),
      captured
    )
    full.when(refund(otherRefundId), at(5)).thenRefused(new TooManyRefunds({ max: refundsMax }))
    for (const id of ids.slice(0, 1)) full.when(refund(id), at(5)).thenEvents()
  })
})
