/** Cancelling an order: its compensation in each state, and how it settles. */
import { assert, describe, it } from "@effect/vitest"
import { ImpossibleHistory } from "../../src/kernel/Decider.ts"
import * as Order from "../../src/order/Order.ts"
import { type OrderCommand, OrderNotFound } from "../../src/order/OrderCommand.ts"
import type { Cancellation, OrderEvent, Compensation } from "../../src/order/OrderEvent.ts"
import { at, mug, tea, upTo } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const cancellation: Cancellation = { reason: "requested_by_customer", note: "found it cheaper" }
const cancel: OrderCommand = { _tag: "CancelOrder", cancellation }

const releaseMug: Compensation = { _tag: "ReleaseStock", sku: mug }
const releaseTea: Compensation = { _tag: "ReleaseStock", sku: tea }
const undoPayment: Compensation = { _tag: "UndoPayment" }
const cancelShipment: Compensation = { _tag: "CancelShipment" }
const returns: ReadonlyArray<Compensation> = [
  { _tag: "ReturnStock", sku: mug, quantity: 2 },
  { _tag: "ReturnStock", sku: tea, quantity: 3 }
]

const started = (undo: ReadonlyArray<Compensation>): OrderEvent => ({
  _tag: "OrderCancellationStarted",
  cancellation,
  undo,
  at: at(9)
})

describe("cancelling an order", () => {
  it("refuses what was never placed", () => {
    given(Order.decider).when(cancel, at(0)).thenRefused(new OrderNotFound())
  })

  it("takes back everything that may have happened by then", () => {
    const undo = {
      Authorizing: [undoPayment, releaseMug, releaseTea],
      Booking: [undoPayment, cancelShipment, releaseMug, releaseTea],
      Capturing: [undoPayment, cancelShipment, releaseMug, releaseTea],
      Confirmed: [undoPayment, cancelShipment, ...returns]
    }
    for (const tag of ["Authorizing", "Booking", "Capturing", "Confirmed"] as const) {
      given(Order.decider, upTo[tag])
        .when(cancel, at(9))
        .thenEvents(started(undo[tag]))
        .when(cancel, at(10))
        .thenNothing()
    }
  })

  it("waits until every line is reserved or refused", () => {
    given(Order.decider, upTo.Reserving)
      .when(cancel, at(1))
      .thenEvents({ _tag: "OrderCancellationRequested", cancellation, at: at(1) })
      .when({ _tag: "CancelOrder", cancellation: { reason: "requested_by_merchant" } }, at(2))
      .thenNothing()
      .when({ _tag: "RecordLineReserved", sku: mug }, at(8))
      .thenEvents({ _tag: "OrderLineReserved", sku: mug, at: at(8) })
      .when({ _tag: "RecordLineReserved", sku: tea }, at(9))
      .thenEvents(
        { _tag: "OrderLineReserved", sku: tea, at: at(9) },
        started([releaseMug, releaseTea])
      )
  })

  it("waits until every line is sold or lapsed, and returns what was sold", () => {
    given(Order.decider, upTo.Committing)
      .when({ _tag: "RecordLineCommitted", sku: mug }, at(5))
      .when(cancel, at(6))
      .thenEvents({ _tag: "OrderCancellationRequested", cancellation, at: at(6) })
      .when(cancel, at(7))
      .thenNothing()
      .when({ _tag: "RecordLineCommitted", sku: tea }, at(9))
      .thenEvents(
        { _tag: "OrderLineCommitted", sku: tea, at: at(9) },
        started([undoPayment, cancelShipment, ...returns])
      )
  })
})

describe("a cancelled order", () => {
  const cancelling = given(Order.decider, upTo.Authorizing).when(cancel, at(9))
  const undone = (undo: Compensation, outcome: string): OrderCommand => ({
    _tag: "RecordCompensated",
    undo,
    outcome
  })

  it("settles with the last compensation, and records each outcome", () => {
    const rest = cancelling
      .when(undone(releaseTea, "released"), at(10))
      .thenEvents({
        _tag: "OrderStepCompensated",
        undo: releaseTea,
        outcome: "released",
        at: at(10)
      })
      .when(undone(undoPayment, "voided"), at(11))
      .thenEvents({
        _tag: "OrderStepCompensated",
        undo: undoPayment,
        outcome: "voided",
        at: at(11)
      })
      .when(undone(releaseMug, "released"), at(12))
      .thenEvents(
        { _tag: "OrderStepCompensated", undo: releaseMug, outcome: "released", at: at(12) },
        { _tag: "OrderCancelled", at: at(12) }
      )
      .when(cancel, at(13))
      .thenNothing()
    assert.isTrue(Order.decider.isTerminal(rest.state))
  })

  it("compensates nothing twice, and nothing that is not pending", () => {
    cancelling
      .when(undone(undoPayment, "voided"), at(10))
      .when(undone(undoPayment, "voided"), at(11))
      .thenNothing()
      .when(undone(cancelShipment, "cancelled"), at(12))
      .thenNothing()
      .when(undone({ _tag: "ReturnStock", sku: mug, quantity: 2 }, "returned"), at(13))
      .thenNothing()
  })

  it("ignores late replies", () => {
    for (const late of [
      { _tag: "RecordAuthorized" },
      { _tag: "RecordDeclined", declineCode: "late" },
      { _tag: "RecordBooked", trackingNumber: "LATE" },
      { _tag: "RecordCaptured" },
      { _tag: "RecordLineReserved", sku: mug },
      { _tag: "RecordLineCommitted", sku: mug },
      { _tag: "RecordLineExpired", sku: mug, asked: "commit" },
      { _tag: "ResumeOrder" }
    ] as const) {
      cancelling.when(late, at(99_999)).thenNothing()
    }
  })
})

describe("a history that cannot be", () => {
  const dies = (history: ReadonlyArray<OrderEvent>, event: OrderEvent) =>
    assert.throws(() => given(Order.decider, [...history, event]), ImpossibleHistory)

  it("does not cancel what has left, or is cancelled already", () => {
    dies(upTo.Shipped, started([]))
    dies(upTo.Delivered, started([]))
    dies([...upTo.Authorizing, started([undoPayment])], started([]))
    dies([], started([]))
  })

  it("does not skip or repeat a step", () => {
    dies([], { _tag: "OrderConfirmed", confirmationNumber: "X", at: at(1) })
    dies(upTo.Reserving, { _tag: "OrderPaymentAuthorized", at: at(1) })
    dies(upTo.Authorizing, { _tag: "OrderPaymentCaptured", at: at(2) })
    dies(upTo.Booking, { _tag: "OrderPaymentAuthorized", at: at(3) })
    dies(upTo.Confirmed, { _tag: "OrderCancellationRequested", cancellation, at: at(6) })
    dies(upTo.Confirmed, { _tag: "OrderCancelled", at: at(6) })
    for (const history of Object.values(upTo)) {
      const [placed] = history
      if (placed !== undefined) dies(history, placed)
    }
  })
})
