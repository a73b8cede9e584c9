/** A payment on its way: authorised, captured, declined, voided, and undone at every moment. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { ImpossibleHistory } from "../../src/kernel/Decider.ts"
import * as Payment from "../../src/payment/Payment.ts"
import { PaymentNotAuthorized } from "../../src/payment/PaymentCommand.ts"
import type { PaymentCommand } from "../../src/payment/PaymentCommand.ts"
import type { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import { queries } from "../../src/payment/PaymentReconciliation.ts"
import * as PaymentSaga from "../../src/payment/PaymentSaga.ts"
import { at, eur, orderId } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const amount = eur(3950)
const authorize: PaymentCommand = {
  _tag: "AuthorizePayment",
  orderId,
  amount,
  token: "pm_card_visa"
}
const capture: PaymentCommand = { _tag: "CapturePayment", orderId }
const undo: PaymentCommand = { _tag: "UndoPayment", orderId, amount }

const asked: PaymentEvent = {
  _tag: "PaymentAuthorizationRequested",
  orderId,
  amount,
  token: "pm_card_visa",
  at: at(0)
}
const authorized: PaymentEvent = { _tag: "PaymentAuthorized", reference: "auth_1", at: at(1) }
const captureAsked: PaymentEvent = { _tag: "PaymentCaptureRequested", at: at(2) }
const captured: PaymentEvent = { _tag: "PaymentCaptured", reference: "cap_1", at: at(3) }
const captureFailed: PaymentEvent = { _tag: "PaymentCaptureFailed", code: "lost_card", at: at(3) }
const voidAsked: PaymentEvent = { _tag: "PaymentVoidRequested", at: at(4) }
const voided: PaymentEvent = { _tag: "PaymentVoided", reference: "void_1", at: at(5) }
const declined: PaymentEvent = { _tag: "PaymentDeclined", code: "expired_card", at: at(1) }

const states: Record<string, ReadonlyArray<PaymentEvent>> = {
  pending: [asked],
  authorized: [asked, authorized],
  captured: [asked, authorized, captureAsked, captured],
  declined: [asked, declined],
  voiding: [asked, authorized, voidAsked],
  voided: [asked, authorized, voidAsked, voided],
  cancelled: [{ _tag: "PaymentBlocked", orderId, amount, at: at(0) }]
}

const viewOf = (payment: Parameters<typeof Payment.view>[0]) =>
  Option.getOrThrow(Payment.view(payment))

describe("a payment that goes well", () => {
  it("asks, hears, asks and hears again", () => {
    const { state } = given(Payment.decider)
      .when(authorize, at(0))
      .thenEvents(asked)
      .when(authorize, at(1))
      .thenNothing()
      .when({ _tag: "RecordAuthorization", reference: "auth_1" }, at(1))
      .thenEvents(authorized)
      .when(capture, at(2))
      .thenEvents(captureAsked)
      .when(capture, at(3))
      .thenNothing()
      .when({ _tag: "RecordCapture", reference: "cap_1" }, at(3))
      .thenEvents(captured)
      .when(capture, at(4))
      .thenNothing()
    assert.deepStrictEqual(viewOf(state), {
      id: "pay_Example000000001",
      orderId,
      status: "captured",
      authorized: amount,
      captured: amount,
      refunded: eur(0),
      refundable: amount,
      attempts: [
        {
          kind: "authorize",
          status: "succeeded",
          amount,
          reason: "order_placed",
          actor: `order-${orderId}`,
          idempotencyKey: `${orderId}/authorize`,
          reference: "auth_1",
          at: at(1)
        },
        {
          kind: "capture",
          status: "succeeded",
          amount,
          reason: "parcel_booked",
          actor: `order-${orderId}`,
          idempotencyKey: `${orderId}/capture`,
          reference: "cap_1",
          at: at(3)
        }
      ],
      refunds: [],
      mismatches: []
    })
  })

  it("shows its status in every state, and nothing before the first", () => {
    for (const [status, history] of Object.entries(states)) {
      assert.strictEqual(viewOf(given(Payment.decider, history).state).status, status)
    }
    assert.deepStrictEqual(Payment.view(Payment.decider.initial), Option.none())
  })

  it("is over when no money is at stake any more", () => {
    for (const [status, history] of Object.entries(states)) {
      const { state } = given(Payment.decider, history)
      const isOver = ["declined", "voided", "cancelled"].includes(status)
      assert.strictEqual(Payment.decider.isTerminal(state), isOver, status)
    }
  })
})

describe("a payment of nothing", () => {
  const nothing = { ...authorize, amount: eur(0) }

  it("is authorised, captured and undone without the provider", () => {
    const free = given(Payment.decider).when(nothing, at(0))
    const { state } = free
      .when(capture, at(2))
      .thenEvents(captureAsked, { ...captured, reference: "nothing_to_pay", at: at(2) })
    assert.strictEqual(viewOf(state).status, "captured")
    const undone = free.when({ ...undo, amount: eur(0) }, at(4))
    undone.thenEvents(voidAsked, { ...voided, reference: "nothing_to_pay", at: at(4) })
    for (const after of [free.state, state, undone.state]) {
      assert.deepStrictEqual(PaymentSaga.resume(after), [])
      assert.deepStrictEqual(queries(viewOf(after)), [])
    }
    assert.isTrue(Payment.decider.isTerminal(state))
  })
})

describe("a payment that is turned down", () => {
  it("keeps the provider's code when the authorisation is declined", () => {
    const { state } = given(Payment.decider, [asked])
      .when({ _tag: "RecordDecline", code: "expired_card" }, at(1))
      .thenEvents(declined)
      .when({ _tag: "RecordDecline", code: "other" }, at(2))
      .thenNothing()
      .when(authorize, at(3))
      .thenNothing()
      .when(capture, at(4))
      .thenRefused(new PaymentNotAuthorized({ status: "declined" }))
    assert.strictEqual(viewOf(state).declineCode, "expired_card")
  })

  it("keeps the authorisation when the capture fails, and does not try again", () => {
    const { state } = given(Payment.decider, [asked, authorized, captureAsked])
      .when({ _tag: "RecordCaptureFailure", code: "lost_card" }, at(3))
      .thenEvents(captureFailed)
      .when(capture, at(4))
      .thenNothing()
      .when(undo, at(4))
      .thenEvents(voidAsked)
    assert.strictEqual(viewOf(state).declineCode, "lost_card")
  })

  it("cannot be captured before it is authorised, or after it is given up", () => {
    for (const status of ["pending", "declined", "voiding", "voided", "cancelled"] as const) {
      given(Payment.decider, states[status])
        .when(capture, at(9))
        .thenRefused(new PaymentNotAuthorized({ status }))
    }
    given(Payment.decider)
      .when(capture, at(9))
      .thenRefused(new PaymentNotAuthorized({ status: "pending" }))
  })
})

describe("undoing a payment", () => {
  it("bars it when nothing was asked yet: what is asked later is not done", () => {
    const { state } = given(Payment.decider)
      .when(undo, at(0))
      .thenEvents({ _tag: "PaymentBlocked", orderId, amount, at: at(0) })
      .when(undo, at(1))
      .thenNothing()
      .when(authorize, at(1))
      .thenNothing()
    assert.isTrue(Payment.decider.isTerminal(state))
  })

  it("voids what is authorised, once", () => {
    given(Payment.decider, [asked, authorized])
      .when(undo, at(4))
      .thenEvents(voidAsked)
      .when(undo, at(5))
      .thenNothing()
      .when({ _tag: "RecordVoid", reference: "void_1" }, at(5))
      .thenEvents(voided)
      .when({ _tag: "RecordVoid", reference: "void_2" }, at(6))
      .thenNothing()
      .when(undo, at(6))
      .thenNothing()
  })

  it("waits for the provider, and voids by itself what is authorised after all", () => {
    given(Payment.decider, [asked])
      .when(undo, at(1))
      .thenEvents({ _tag: "PaymentUndoRequested", at: at(1) })
      .when(undo, at(2))
      .thenNothing()
      .when({ _tag: "RecordAuthorization", reference: "auth_1" }, at(4))
      .thenEvents({ ...authorized, at: at(4) }, { ...voidAsked, reason: "late_success" })
  })

  it("has nothing to do when the provider declines after all", () => {
    given(Payment.decider, [asked, { _tag: "PaymentUndoRequested", at: at(1) }])
      .when({ _tag: "RecordDecline", code: "expired_card" }, at(1))
      .thenEvents(declined)
  })

  it("waits for the capture, and voids by itself when that fails", () => {
    given(Payment.decider, [asked, authorized, captureAsked])
      .when(undo, at(2))
      .thenEvents({ _tag: "PaymentUndoRequested", at: at(2) })
      .when({ _tag: "RecordCaptureFailure", code: "lost_card" }, at(4))
      .thenEvents({ ...captureFailed, at: at(4) }, voidAsked)
  })

  it("finds nothing to undo in a declined payment", () => {
    given(Payment.decider, [asked, declined]).when(undo, at(2)).thenNothing()
  })
})

describe("unexpected replies", () => {
  it("change nothing, in any state", () => {
    const waiting: Record<string, string> = {
      RecordAuthorization: "pending",
      RecordDecline: "pending",
      RecordVoid: "voiding"
    }
    const answers: ReadonlyArray<PaymentCommand> = [
      { _tag: "RecordAuthorization", reference: "late" },
      { _tag: "RecordDecline", code: "late" },
      { _tag: "RecordCapture", reference: "late" },
      { _tag: "RecordCaptureFailure", code: "late" },
      { _tag: "RecordVoid", reference: "late" },
      { _tag: "ResumePayment" }
    ]
    for (const answer of answers) {
      for (const [status, history] of Object.entries({ ...states, absent: [] })) {
        if (waiting[answer._tag] === status) continue
        given(Payment.decider, history).when(answer, at(9)).thenNothing()
      }
    }
  })

  it("cannot be in a history either", () => {
    const all = [authorized, declined, captureAsked, captured, captureFailed, voidAsked, voided]
    for (const event of all) {
      for (const status of ["declined", "voided", "cancelled", "captured"]) {
        const history = [...(states[status] ?? []), event]
        assert.throws(() => given(Payment.decider, history), ImpossibleHistory)
      }
      assert.throws(() => given(Payment.decider, [event]), ImpossibleHistory)
    }
  })
})
