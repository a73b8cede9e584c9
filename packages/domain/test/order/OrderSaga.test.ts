/** What an order asks of the shop in each state, and what it is told when the shop answers. */
import { assert, describe, it } from "@effect/vitest"
import { Either, Option } from "effect"
import {
  OutOfStock,
  ReservationLapsed,
  type StockCommand,
  StockTooLarge
} from "../../src/inventory/StockCommand.ts"
import * as Order from "../../src/order/Order.ts"
import type { OrderEvent } from "../../src/order/OrderEvent.ts"
import * as OrderSaga from "../../src/order/OrderSaga.ts"
import { PaymentNotAuthorized } from "../../src/payment/PaymentCommand.ts"
import { lateReason, type PaymentView } from "../../src/payment/PaymentView.ts"
import { ShipmentNotFound } from "../../src/shipment/ShipmentCommand.ts"
import type { ShipmentView } from "../../src/shipment/ShipmentView.ts"
import {
  address,
  at,
  eur,
  holdUntil,
  mug as sku,
  orderId,
  refundId,
  tea,
  upTo
} from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"
import { inStock } from "../support/Subjects.ts"

const owed = (history: ReadonlyArray<OrderEvent>) =>
  OrderSaga.resume(given(Order.decider, history).state)

describe("an order asks", () => {
  it("for both lines, then for money, a parcel, the money itself, and both sales", () => {
    const steps = Object.entries(upTo).map(([tag, history]) => [
      tag,
      owed(history).map(({ step }) => step)
    ])
    assert.deepStrictEqual(Object.fromEntries(steps), {
      Reserving: ["reserve/MUG-1", "reserve/TEA-2"],
      Authorizing: ["authorize"],
      Booking: ["book"],
      Capturing: ["capture"],
      Committing: ["commit/MUG-1", "commit/TEA-2"],
      Confirmed: [],
      Shipped: [],
      Delivered: []
    })
  })

  it("for exactly what was ordered", () => {
    assert.deepStrictEqual(
      [upTo.Reserving, upTo.Authorizing, upTo.Booking].map((history) => owed(history)[0]?.command),
      [
        { _tag: "ReserveStock", sku, orderId, quantity: 2, expiresAt: holdUntil },
        { _tag: "AuthorizePayment", orderId, amount: eur(3950), token: "pm_card_visa" },
        {
          _tag: "BookShipment",
          orderId,
          destination: address,
          items: [
            { sku, quantity: 2 },
            { sku: tea, quantity: 3 }
          ]
        }
      ]
    )
  })

  it("for every undo that is left, on the way back", () => {
    const cancel = {
      _tag: "CancelOrder",
      cancellation: { reason: "requested_by_customer" }
    } as const
    const { state } = given(Order.decider, upTo.Confirmed)
      .when(cancel, at(9))
      .when({ _tag: "RecordCompensated", undo: { _tag: "CancelShipment" }, outcome: "x" }, at(10))
    assert.deepStrictEqual(
      OrderSaga.resume(state).map(({ command, step }) => [step, command]),
      [
        ["undo-payment", { _tag: "UndoPayment", orderId, amount: eur(3950) }],
        ["return/MUG-1", { _tag: "ReturnStock", sku, orderId, quantity: 2 }],
        ["return/TEA-2", { _tag: "ReturnStock", sku: tea, orderId, quantity: 3 }]
      ]
    )
  })
})

describe("the stock's answer", () => {
  const lapsed = Either.left(new ReservationLapsed({ sku, orderId }))
  const told = (command: StockCommand, reply: Parameters<typeof OrderSaga.answerStock>[1]) =>
    Option.getOrNull(OrderSaga.answerStock({ _tag: "AskStock", step: "any", sku, command }, reply))

  it("to a reservation is held, short or too late", () => {
    const reserve = {
      _tag: "ReserveStock",
      sku,
      orderId,
      quantity: 2,
      expiresAt: holdUntil
    } as const
    const short = Either.left(new OutOfStock({ sku, asked: 2, available: 1 }))
    assert.deepStrictEqual(told(reserve, inStock), { _tag: "RecordLineReserved", sku })
    assert.deepStrictEqual(told(reserve, short), { _tag: "RecordLineRefused", sku, available: 1 })
    assert.deepStrictEqual(told(reserve, lapsed), {
      _tag: "RecordLineExpired",
      sku,
      asked: "reserve"
    })
  })

  it("to a sale is sold or too late", () => {
    const commit = { _tag: "CommitStock", sku, orderId } as const
    assert.deepStrictEqual(told(commit, inStock), { _tag: "RecordLineCommitted", sku })
    assert.deepStrictEqual(told(commit, lapsed), {
      _tag: "RecordLineExpired",
      sku,
      asked: "commit"
    })
  })

  it("to an undo is that it is done, and what it came to", () => {
    const restore = { _tag: "ReturnStock", sku, orderId, quantity: 2 } as const
    const undo = { _tag: "ReturnStock", sku, quantity: 2 } as const
    const full = Either.left(new StockTooLarge({ sku, onHand: 9, max: 9 }))
    assert.deepStrictEqual(told({ _tag: "ReleaseStock", sku, orderId }, inStock), {
      _tag: "RecordCompensated",
      undo: { _tag: "ReleaseStock", sku },
      outcome: "released"
    })
    const done = { _tag: "RecordCompensated", undo, outcome: "returned" } as const
    assert.deepStrictEqual(told(restore, inStock), done)
    assert.deepStrictEqual(told(restore, full), { ...done, outcome: "shelf_full" })
    assert.deepStrictEqual(told(restore, lapsed), { ...done, outcome: "return_refused" })
    assert.deepInclude(told({ _tag: "ReleaseStock", sku, orderId }, lapsed), {
      outcome: "release_refused"
    })
    assert.isNull(told({ _tag: "ReceiveStock", sku, quantity: 1 }, inStock))
  })
})

const moment = at(1)
const capture = {
  kind: "capture",
  status: "succeeded",
  amount: eur(9),
  reason: "parcel_booked",
  actor: "order-1",
  idempotencyKey: "1/capture",
  at: moment
} as const
const released = { ...capture, kind: "void", reason: "late_success" } as const
const refund = {
  id: refundId,
  amount: eur(9),
  reason: "x",
  idempotencyKey: "1/refund",
  at: moment
} as const
const mismatch = { idempotencyKey: "1/x", reference: "pi_1", detail: "1 eur", at: moment } as const
const pending = { ...refund, status: "pending" } as const
const failed = { ...refund, status: "failed" } as const

const payment = (
  status: PaymentView["status"],
  change: Partial<PaymentView> = {}
): PaymentView => ({
  id: "pay_1",
  orderId,
  status,
  authorized: eur(0),
  captured: eur(0),
  refunded: eur(0),
  refundable: eur(0),
  attempts: [],
  refunds: [],
  mismatches: [],
  ...change
})
const taken = { authorized: eur(9), captured: eur(9), attempts: [capture] }

describe("the payment's answer", () => {
  const told = (command: OrderSaga.AskPayment["command"], view: PaymentView) =>
    Option.getOrNull(
      OrderSaga.answerPayment({ _tag: "AskPayment", step: "any", command }, Either.right(view))
    )
  const toldAgain = (command: OrderSaga.AskPayment["command"], view: PaymentView) =>
    OrderSaga.answerPayment(
      { _tag: "AskPayment", step: "any/recheck", command },
      Either.right(view)
    )

  it("to an authorisation waits for the provider's yes or no", () => {
    const ask = { _tag: "AuthorizePayment", orderId, amount: eur(9), token: "t" } as const
    const yes = { _tag: "RecordAuthorized" }
    assert.isNull(told(ask, payment("pending")))
    assert.isNull(told(ask, payment("cancelled")))
    assert.deepStrictEqual(told(ask, payment("authorized")), yes)
    assert.deepStrictEqual(told(ask, payment("captured", taken)), yes)
    assert.deepStrictEqual(told(ask, payment("declined", { declineCode: "lost_card" })), {
      _tag: "RecordDeclined",
      declineCode: "lost_card"
    })
  })

  it("to a capture is yes as well when some of it went back already", () => {
    const ask = { _tag: "CapturePayment", orderId } as const
    for (const status of ["captured", "partially_refunded", "refunded"] as const) {
      assert.deepStrictEqual(told(ask, payment(status, taken)), { _tag: "RecordCaptured" })
    }
    assert.isNull(told(ask, payment("authorized", { authorized: eur(9) })))
    assert.deepStrictEqual(told(ask, payment("authorized", { declineCode: "lost_card" })), {
      _tag: "RecordDeclined",
      declineCode: "lost_card"
    })
  })

  it("to an undo waits until no money can move any more", () => {
    const ask = { _tag: "UndoPayment", orderId, amount: eur(9) } as const
    const outcome = (view: PaymentView) => {
      const command = told(ask, view)
      return command?._tag === "RecordCompensated" ? command.outcome : command
    }
    for (const status of ["pending", "authorized", "voiding"] as const) {
      assert.isNull(outcome(payment(status)))
    }
    assert.isNull(outcome(payment("captured", { ...taken, refunds: [pending] })))
    assert.isNull(outcome(payment("partially_refunded", { ...taken, refunds: [failed, pending] })))
    assert.strictEqual(
      outcome(payment("captured", { ...taken, refunds: [failed] })),
      "refund_failed"
    )
    assert.strictEqual(outcome(payment("refunded", taken)), "refunded")
    assert.strictEqual(outcome(payment("voided")), "voided")
    for (const status of ["declined", "cancelled", "captured"] as const) {
      assert.strictEqual(outcome(payment(status)), "nothing_to_undo")
    }
  })

  it("to an undo says when the provider's yes came too late", () => {
    const ask = { _tag: "UndoPayment", orderId, amount: eur(9) } as const
    const outcome = (view: PaymentView) => {
      const command = told(ask, view)
      return command?._tag === "RecordCompensated" ? command.outcome : command
    }
    assert.strictEqual(outcome(payment("voided", { attempts: [released] })), "late_voided")
    const late = { ...refund, status: "succeeded", reason: lateReason } as const
    const refunded = payment("refunded", { ...taken, refunds: [late] })
    assert.strictEqual(outcome(refunded), "late_refunded")
  })

  it("that the books disagree is told once, and ends an undo", () => {
    const mismatches = [mismatch]
    const once = { _tag: "RecordPaymentMismatch", detail: "1 eur" } as const
    const asks = [
      { _tag: "AuthorizePayment", orderId, amount: eur(9), token: "t" },
      { _tag: "CapturePayment", orderId }
    ] as const
    for (const ask of asks) {
      assert.deepStrictEqual(told(ask, payment("pending", { mismatches })), once)
      assert.deepStrictEqual(toldAgain(ask, payment("pending", { mismatches })), Option.none())
    }
    // Another request than the one this order waits for: its capture is as good as any.
    assert.deepStrictEqual(told(asks[1], payment("captured", { ...taken, mismatches })), {
      _tag: "RecordCaptured"
    })
    const undo = { _tag: "UndoPayment", orderId, amount: eur(9) } as const
    for (const status of ["pending", "authorized", "voiding", "captured"] as const) {
      assert.deepInclude(told(undo, payment(status, { ...taken, mismatches })), {
        outcome: "mismatched"
      })
    }
  })

  it("that refuses the question ends the order", () => {
    const command = { _tag: "CapturePayment", orderId } as const
    const refusal = Either.left(new PaymentNotAuthorized({ status: "voided" }))
    assert.deepStrictEqual(
      OrderSaga.answerPayment({ _tag: "AskPayment", step: "capture", command }, refusal),
      Option.some({ _tag: "RecordDeclined", declineCode: "PaymentNotAuthorized" })
    )
  })

  it("that refuses to be undone ends the order, and says that a person has to", () => {
    const command = { _tag: "UndoPayment", orderId, amount: eur(9) } as const
    const refusal = Either.left(new PaymentNotAuthorized({ status: "voided" }))
    assert.deepStrictEqual(
      OrderSaga.answerPayment({ _tag: "AskPayment", step: "undo-payment", command }, refusal),
      Option.some({
        _tag: "RecordCompensated",
        undo: { _tag: "UndoPayment" },
        outcome: "undo_refused"
      })
    )
  })
})

describe("the shipment's answer", () => {
  const told = (ask: "book" | "cancel", view: Pick<ShipmentView, "status" | "note">) => {
    const [book] = owed(upTo.Booking)
    assert(book?._tag === "AskShipment")
    const cancel = { ...book, command: { _tag: "CancelShipment", orderId } } as const
    const reply = Either.right({ id: "shp_1", orderId, trackingNumber: "TRACK-1", ...view })
    return Option.getOrNull(OrderSaga.answerShipment(ask === "book" ? book : cancel, reply))
  }

  it("to a booking waits for the carrier's yes or no", () => {
    assert.isNull(told("book", { status: "pending" }))
    assert.isNull(told("book", { status: "cancelling" }))
    assert.deepStrictEqual(told("book", { status: "booked" }), {
      _tag: "RecordBooked",
      trackingNumber: "TRACK-1"
    })
    assert.deepStrictEqual(told("book", { status: "refused", note: "too heavy" }), {
      _tag: "RecordBookingRefused",
      note: "too heavy"
    })
  })

  it("that refuses the question ends the order, and says so", () => {
    const [book] = owed(upTo.Booking)
    assert(book?._tag === "AskShipment")
    const cancel = { ...book, command: { _tag: "CancelShipment", orderId } } as const
    const refusal = Either.left(new ShipmentNotFound())
    assert.deepStrictEqual(
      OrderSaga.answerShipment(book, refusal),
      Option.some({ _tag: "RecordBookingRefused", note: "there is no shipment for this order" })
    )
    const told = Option.getOrNull(OrderSaga.answerShipment(cancel, refusal))
    assert.deepInclude(told, { _tag: "RecordCompensated", outcome: "cancellation_refused" })
  })

  it("to an undo waits until no parcel can leave any more", () => {
    for (const status of ["pending", "booked", "cancelling"] as const) {
      assert.isNull(told("cancel", { status }))
    }
    for (const status of ["refused", "cancelled"] as const) {
      assert.deepStrictEqual(told("cancel", { status }), {
        _tag: "RecordCompensated",
        undo: { _tag: "CancelShipment" },
        outcome: status
      })
    }
  })
})
