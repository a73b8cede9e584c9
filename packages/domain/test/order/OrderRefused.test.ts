/**
 * An order that the provider, the carrier or the stock refuses, and unexpected replies.
 */
import { describe, it } from "@effect/vitest"
import { Sku } from "../../src/kernel/Ids.ts"
import * as Order from "../../src/order/Order.ts"
import type { OrderCommand } from "../../src/order/OrderCommand.ts"
import type { Compensation } from "../../src/order/OrderEvent.ts"
import { at, mug, tea, upTo } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const releases: ReadonlyArray<Compensation> = [
  { _tag: "ReleaseStock", sku: mug },
  { _tag: "ReleaseStock", sku: tea }
]
const undoPayment: Compensation = { _tag: "UndoPayment" }
const cancelShipment: Compensation = { _tag: "CancelShipment" }

describe("an order that is turned down", () => {
  it("releases its stock when the card is declined, and keeps the provider's code", () => {
    const cancellation = { reason: "payment_declined", declineCode: "insufficient_funds" } as const
    given(Order.decider, upTo.Authorizing)
      .when({ _tag: "RecordDeclined", declineCode: "insufficient_funds" }, at(2))
      .thenEvents({
        _tag: "OrderCancellationStarted",
        cancellation,
        undo: releases,
        at: at(2)
      })
  })

  it("voids and calls off the parcel when the money cannot be captured", () => {
    const cancellation = { reason: "payment_declined", declineCode: "lost_card" } as const
    given(Order.decider, upTo.Capturing)
      .when({ _tag: "RecordDeclined", declineCode: "lost_card" }, at(4))
      .thenEvents({
        _tag: "OrderCancellationStarted",
        cancellation,
        undo: [undoPayment, cancelShipment, ...releases],
        at: at(4)
      })
  })

  it("voids and releases when the carrier refuses, in the carrier's words", () => {
    given(Order.decider, upTo.Booking)
      .when({ _tag: "RecordBookingRefused", note: "no service to London" }, at(3))
      .thenEvents({
        _tag: "OrderCancellationStarted",
        cancellation: { reason: "shipping_unavailable", note: "no service to London" },
        undo: [undoPayment, ...releases],
        at: at(3)
      })
  })

  it("gives the money back and the sold units, when another line's hold had lapsed", () => {
    given(Order.decider, upTo.Committing)
      .when({ _tag: "RecordLineExpired", sku: mug, asked: "commit" }, at(5))
      .thenEvents({ _tag: "OrderLineExpired", sku: mug, at: at(5) })
      .when({ _tag: "RecordLineCommitted", sku: tea }, at(6))
      .thenEvents(
        { _tag: "OrderLineCommitted", sku: tea, at: at(6) },
        {
          _tag: "OrderCancellationStarted",
          cancellation: { reason: "reservation_expired", skus: [mug] },
          undo: [undoPayment, cancelShipment, { _tag: "ReturnStock", sku: tea, quantity: 3 }],
          at: at(6)
        }
      )
  })
})

describe("answers that change nothing", () => {
  it("a second answer about the same line", () => {
    const answers: ReadonlyArray<OrderCommand> = [
      { _tag: "RecordLineReserved", sku: mug },
      { _tag: "RecordLineRefused", sku: mug, available: 0 },
      { _tag: "RecordLineExpired", sku: mug, asked: "reserve" }
    ]
    for (const first of answers) {
      for (const second of answers) {
        given(Order.decider, upTo.Reserving).when(first, at(1)).when(second, at(2)).thenNothing()
      }
    }
    const counts: ReadonlyArray<OrderCommand> = [
      { _tag: "RecordLineCommitted", sku: mug },
      { _tag: "RecordLineExpired", sku: mug, asked: "commit" }
    ]
    for (const first of counts) {
      for (const second of counts) {
        given(Order.decider, upTo.Committing).when(first, at(5)).when(second, at(6)).thenNothing()
      }
    }
  })

  it("an answer about a line that is not in the order", () => {
    const sku = Sku.make("OTHER")
    for (const command of [
      { _tag: "RecordLineReserved", sku },
      { _tag: "RecordLineRefused", sku, available: 0 },
      { _tag: "RecordLineExpired", sku, asked: "reserve" }
    ] as const) {
      given(Order.decider, upTo.Reserving).when(command, at(1)).thenNothing()
    }
    for (const command of [
      { _tag: "RecordLineCommitted", sku },
      { _tag: "RecordLineExpired", sku, asked: "commit" }
    ] as const) {
      given(Order.decider, upTo.Committing).when(command, at(5)).thenNothing()
    }
  })

  it("the late answer to a reservation, when the same stock is being committed", () => {
    given(Order.decider, upTo.Committing)
      .when({ _tag: "RecordLineExpired", sku: mug, asked: "reserve" }, at(5))
      .thenNothing()
    given(Order.decider, upTo.Reserving)
      .when({ _tag: "RecordLineExpired", sku: mug, asked: "commit" }, at(1))
      .thenNothing()
  })

  it("every answer in every state that does not wait for it", () => {
    const answers: ReadonlyArray<readonly [OrderCommand, ReadonlyArray<string>]> = [
      [{ _tag: "RecordLineReserved", sku: mug }, ["Reserving"]],
      [{ _tag: "RecordLineRefused", sku: mug, available: 0 }, ["Reserving"]],
      [{ _tag: "RecordLineExpired", sku: mug, asked: "reserve" }, ["Reserving"]],
      [{ _tag: "RecordAuthorized" }, ["Authorizing"]],
      [{ _tag: "RecordDeclined", declineCode: "late" }, ["Authorizing", "Capturing"]],
      [{ _tag: "RecordBooked", trackingNumber: "LATE" }, ["Booking"]],
      [{ _tag: "RecordBookingRefused", note: "late" }, ["Booking"]],
      [{ _tag: "RecordCaptured" }, ["Capturing"]],
      [{ _tag: "RecordLineCommitted", sku: mug }, ["Committing"]],
      [{ _tag: "RecordLineExpired", sku: mug, asked: "commit" }, ["Committing"]],
      [{ _tag: "RecordCompensated", undo: { _tag: "UndoPayment" }, outcome: "voided" }, []]
    ]
    for (const [command, waiting] of answers) {
      for (const [tag, history] of Object.entries({ ...upTo, Absent: [] })) {
        if (!waiting.includes(tag))
          given(Order.decider, history).when(command, at(10)).thenNothing()
      }
    }
  })
})
