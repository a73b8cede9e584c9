/** Giving captured money back: in parts, at once, never more than there is, and with an order. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { ImpossibleHistory } from "../../src/kernel/Decider.ts"
import { OrderId, RefundId } from "../../src/kernel/Ids.ts"
import { AmountNotPayable, type Money } from "../../src/kernel/Money.ts"
import * as Payment from "../../src/payment/Payment.ts"
import {
  type PaymentCommand,
  PaymentNotCaptured,
  PaymentNotFound,
  RefundCurrencyMismatch,
  RefundExceedsCaptured,
  RefundOfNothing
} from "../../src/payment/PaymentCommand.ts"
import type { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import { lateReason } from "../../src/payment/PaymentView.ts"
import { at, eur, orderId, otherRefundId, refundId, usd } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const captured = (amount: Money, id: OrderId = orderId): ReadonlyArray<PaymentEvent> => [
  { _tag: "PaymentAuthorizationRequested", orderId: id, amount, token: "tok", at: at(0) },
  { _tag: "PaymentAuthorized", reference: "auth_1", at: at(1) },
  { _tag: "PaymentCaptureRequested", at: at(2) },
  { _tag: "PaymentCaptured", reference: "cap_1", at: at(3) }
]
const refund = (id: RefundId, amount?: Money) => ({
  _tag: "RefundPayment" as const,
  orderId,
  refundId: id,
  ...(amount && { amount }),
  reason: "broken"
})
const asked = (id: RefundId, amount: Money, moment = at(4)) => ({
  _tag: "PaymentRefundRequested" as const,
  refundId: id,
  amount,
  reason: "broken",
  at: moment
})
const done = (id: RefundId): PaymentCommand => ({
  _tag: "RecordRefund",
  refundId: id,
  reference: "ref_1"
})
const failed = (id: RefundId): PaymentCommand => ({
  _tag: "RecordRefundFailure",
  refundId: id,
  code: "closed"
})
const undo: PaymentCommand = { _tag: "UndoPayment", orderId, amount: eur(100) }

const payment = given(Payment.decider, captured(eur(100)))
const viewOf = (state: typeof payment.state) => Option.getOrThrow(Payment.view(state))

describe("refunding", () => {
  it("gives a part back, and then the rest", () => {
    const { state } = payment
      .when(refund(refundId, eur(30)), at(4))
      .thenEvents(asked(refundId, eur(30)))
      .when(done(refundId), at(5))
      .thenEvents({ _tag: "PaymentRefunded", refundId, reference: "ref_1", at: at(5) })
      .when(refund(otherRefundId), at(4))
      .thenEvents(asked(otherRefundId, eur(70)))
    const { refundable, refunded, status } = viewOf(state)
    assert.deepStrictEqual(
      { refundable, refunded, status },
      { refundable: eur(0), refunded: eur(30), status: "partially_refunded" }
    )
  })

  it("is not over when all of it went back: the bank may send it here again", () => {
    const { state } = payment.when(refund(refundId), at(4)).when(done(refundId), at(5))
    assert.strictEqual(viewOf(state).status, "refunded")
    assert.isFalse(Payment.decider.isTerminal(state))
  })

  it("counts what is under way, and frees it again when the provider refuses", () => {
    const pending = payment.when(refund(refundId, eur(60)), at(4))
    pending
      .when(refund(otherRefundId, eur(60)), at(5))
      .thenRefused(new RefundExceedsCaptured({ asked: eur(60), refundable: eur(40) }))
    pending
      .when(failed(refundId), at(5))
      .thenEvents({ _tag: "PaymentRefundFailed", refundId, code: "closed", at: at(5) })
      .when(refund(otherRefundId, eur(60)), at(4))
      .thenEvents(asked(otherRefundId, eur(60)))
  })

  it("is a line of the ledger: what, why, who, under which key, and how it went", () => {
    const { state } = payment
      .when({ ...refund(refundId, eur(60)), who: "admin" }, at(4))
      .thenEvents({ ...asked(refundId, eur(60)), who: "admin" })
      .when(failed(refundId), at(5))
      .when({ ...refund(otherRefundId, eur(100)), who: "admin" }, at(6))
      .when({ _tag: "RecordRefund", refundId: otherRefundId, reference: "re_1" }, at(7))
    const line = { reason: "broken", actor: "admin" }
    assert.deepStrictEqual(viewOf(state).refunds, [
      {
        ...line,
        id: refundId,
        status: "failed",
        amount: eur(60),
        idempotencyKey: `${orderId}/refund/${refundId}`,
        code: "closed",
        at: at(4)
      },
      {
        ...line,
        id: otherRefundId,
        status: "succeeded",
        amount: eur(100),
        idempotencyKey: `${orderId}/refund/${otherRefundId}`,
        reference: "re_1",
        at: at(6)
      }
    ])
  })

  it("asks and hears once per refund", () => {
    payment
      .when(refund(refundId, eur(30)), at(4))
      .when(refund(refundId, eur(30)), at(5))
      .thenNothing()
      .when(done(otherRefundId), at(5))
      .thenNothing()
      .when(done(refundId), at(5))
      .when(done(refundId), at(6))
      .thenNothing()
      .when(failed(refundId), at(6))
      .thenNothing()
  })

  it("refuses more than was captured, nothing at all, and another currency", () => {
    payment
      .when(refund(refundId, eur(101)), at(4))
      .thenRefused(new RefundExceedsCaptured({ asked: eur(101), refundable: eur(100) }))
      .when(refund(refundId, eur(0)), at(4))
      .thenRefused(new RefundOfNothing())
      .when(refund(refundId, usd(10)), at(4))
      .thenRefused(new RefundCurrencyMismatch({ asked: "USD", captured: "EUR" }))
      .when(refund(refundId, eur(100)), at(4))
      .when(refund(otherRefundId), at(4))
      .thenRefused(new RefundExceedsCaptured({ asked: eur(0), refundable: eur(0) }))
  })

  it("refuses what the provider cannot move, and says what it can", () => {
    const dinars = (amountMinor: number) => ({ amountMinor, currency: "KWD" }) as const
    const inTens = (amount: Money) => ({ ...refund(refundId, amount), stepMinor: 10 })
    const error = new AmountNotPayable({ amount: dinars(1_234), stepMinor: 10 })
    given(Payment.decider, captured(dinars(5_120)))
      .when(inTens(dinars(1_234)), at(4))
      .thenRefused(error)
      .when(inTens(dinars(1_230)), at(4))
      .thenEvents(asked(refundId, dinars(1_230)))
    assert.include(error.message, "steps of 0.010 KWD: 1.234 KWD")
  })

  it("refuses where nothing was captured", () => {
    given(Payment.decider).when(refund(refundId), at(4)).thenRefused(new PaymentNotFound())
    given(Payment.decider, captured(eur(100)).slice(0, 1))
      .when(refund(refundId), at(4))
      .thenRefused(new PaymentNotCaptured({ status: "pending" }))
    given(Payment.decider, captured(eur(100)).slice(0, 3))
      .when(refund(refundId), at(4))
      .thenRefused(new PaymentNotCaptured({ status: "authorized" }))
  })

  it("cannot be answered twice, or without having been asked", () => {
    const refunded: PaymentEvent = { _tag: "PaymentRefunded", refundId, reference: "r", at: at(5) }
    const refused: PaymentEvent = { _tag: "PaymentRefundFailed", refundId, code: "c", at: at(5) }
    const dies = (...events: ReadonlyArray<PaymentEvent>) =>
      assert.throws(
        () => given(Payment.decider, [...captured(eur(100)), ...events]),
        ImpossibleHistory
      )
    dies(refunded)
    dies(asked(refundId, eur(10)), refunded, refunded)
    dies(asked(refundId, eur(10)), refused, refunded)
    assert.throws(() => given(Payment.decider, [...captured(eur(100)), asked(refundId, eur(101))]))
  })
})

describe("a refund that the customer's bank sends back", () => {
  const returned = (id = refundId): PaymentCommand => ({
    _tag: "RecordRefundReturned",
    refundId: id,
    code: "account_closed"
  })
  const event: PaymentEvent = {
    _tag: "PaymentRefundReturned",
    refundId,
    amount: eur(30),
    code: "account_closed",
    at: at(9)
  }

  it("is money of ours again, and says so for a person to see", () => {
    const { state } = payment
      .when(refund(refundId, eur(30)), at(4))
      .when(done(refundId), at(5))
      .when(returned(), at(9))
      .thenEvents(event)
      .when(returned(), at(10))
      .thenNothing()
    const { refundable, refunded, refunds, status } = viewOf(state)
    assert.deepStrictEqual(
      { refundable, refunded, status },
      { refundable: eur(100), refunded: eur(0), status: "captured" }
    )
    assert.deepInclude(refunds[0], {
      status: "failed",
      code: "account_closed",
      reference: "ref_1",
      returnedAt: at(9)
    })
  })

  it("opens a payment again that was over, for another refund", () => {
    const { state } = payment
      .when(refund(refundId), at(4))
      .when(done(refundId), at(5))
      .when(returned(), at(9))
      .when(refund(otherRefundId), at(4))
      .thenEvents(asked(otherRefundId, eur(100)))
    assert.isFalse(Payment.decider.isTerminal(state))
  })

  it("is not tried again by itself, though the order was given up", () => {
    payment
      .when(undo, at(9))
      .when(done(undoId(1)), at(10))
      .when(returned(undoId(1)), at(11))
      .thenEvents({ ...event, refundId: undoId(1), amount: eur(100), at: at(11) })
      .when(undo, at(12))
      .thenNothing()
  })

  it("is one that had succeeded", () => {
    payment.when(returned(), at(9)).thenNothing()
    const open = payment.when(refund(refundId, eur(30)), at(4)).when(returned(), at(9))
    open.thenNothing()
    const refunded: PaymentEvent = { _tag: "PaymentRefunded", refundId, reference: "r", at: at(5) }
    const dies = (...events: ReadonlyArray<PaymentEvent>) =>
      assert.throws(
        () => given(Payment.decider, [...captured(eur(100)), ...events]),
        ImpossibleHistory
      )
    dies(event)
    dies(asked(refundId, eur(30)), event)
    dies(asked(refundId, eur(40)), refunded, event)
    dies(asked(refundId, eur(30)), refunded, event, event)
  })
})

const undoId = (attempt: number) => RefundId.make(`re_Example000000001u${attempt}`)
const undoAsked = (attempt: number, amount: Money) => ({
  _tag: "PaymentRefundRequested" as const,
  refundId: undoId(attempt),
  amount,
  reason: "order cancelled",
  at: at(9)
})
const undoStarted: PaymentEvent = { _tag: "PaymentUndoRequested", at: at(9) }

describe("undoing a captured payment", () => {
  it("gives everything back, once", () => {
    const { state } = payment
      .when(undo, at(9))
      .thenEvents(undoStarted, undoAsked(1, eur(100)))
      .when(undo, at(10))
      .thenNothing()
      .when(done(undoId(1)), at(10))
    assert.strictEqual(viewOf(state).status, "refunded")
  })

  it("gives back what a person has not refunded yet", () => {
    payment
      .when(refund(refundId, eur(30)), at(4))
      .when(done(refundId), at(5))
      .when(undo, at(9))
      .thenEvents(undoStarted, undoAsked(1, eur(70)))
  })

  it("takes over a person's refund that fails meanwhile", () => {
    payment
      .when(refund(refundId, eur(30)), at(4))
      .when(undo, at(9))
      .thenEvents(undoStarted, undoAsked(1, eur(70)))
      .when(failed(refundId), at(9))
      .thenEvents(
        { _tag: "PaymentRefundFailed", refundId, code: "closed", at: at(9) },
        undoAsked(2, eur(30))
      )
  })

  it("tries three times, each time as a new refund, and then leaves it to a person", () => {
    const failure = (attempt: number): PaymentEvent => ({
      _tag: "PaymentRefundFailed",
      refundId: undoId(attempt),
      code: "closed",
      at: at(9)
    })
    const { state } = payment
      .when(undo, at(9))
      .thenEvents(undoStarted, undoAsked(1, eur(100)))
      .when(failed(undoId(1)), at(9))
      .thenEvents(failure(1), undoAsked(2, eur(100)))
      .when(failed(undoId(2)), at(9))
      .thenEvents(failure(2), undoAsked(3, eur(100)))
      .when(failed(undoId(3)), at(9))
      .thenEvents(failure(3))
      .when(undo, at(10))
      .thenNothing()
      .when(refund(refundId), at(4))
      .thenEvents(asked(refundId, eur(100)))
      .when(done(refundId), at(11))
    assert.strictEqual(viewOf(state).status, "refunded")
  })

  it("refunds by itself what is captured after the order was given up", () => {
    given(Payment.decider, captured(eur(100)).slice(0, 3))
      .when(undo, at(9))
      .thenEvents(undoStarted)
      .when({ _tag: "RecordCapture", reference: "cap_1" }, at(9))
      .thenEvents(
        { _tag: "PaymentCaptured", reference: "cap_1", at: at(9) },
        { ...undoAsked(1, eur(100)), reason: lateReason }
      )
  })

  it("has nothing to give back when all went back already, or all was nothing", () => {
    payment
      .when(refund(refundId), at(4))
      .when(done(refundId), at(5))
      .when(undo, at(9))
      .thenNothing()
    given(Payment.decider, captured(eur(0)))
      .when(undo, at(9))
      .thenNothing()
  })

  it("names its refund after the longest of order ids", () => {
    const longest = OrderId.make(`ord_${"x".repeat(40)}`)
    const { state } = given(Payment.decider, captured(eur(100), longest)).when(undo, at(9))
    assert.strictEqual(viewOf(state).refunds[0]?.id, `re_${"x".repeat(40)}u1`)
  })
})
