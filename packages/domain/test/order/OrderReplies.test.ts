/** What an order makes of the answers it gets: refusals, lapsed holds, late and repeated ones. */
import { assert, describe, it } from "@effect/vitest"
import * as Order from "../../src/order/Order.ts"
import type { OrderCommand } from "../../src/order/OrderCommand.ts"
import type { Cancellation, OrderEvent, Compensation } from "../../src/order/OrderEvent.ts"
import type { Sku } from "../../src/kernel/Ids.ts"
import { plusMillis, type Timestamp } from "../../src/kernel/Timestamp.ts"
import { at, holdUntil, mug, tea, upTo } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const justBefore = plusMillis(holdUntil, -1)

const releaseMug: Compensation = { _tag: "ReleaseStock", sku: mug }
const releaseTea: Compensation = { _tag: "ReleaseStock", sku: tea }
const undoPayment: Compensation = { _tag: "UndoPayment" }
const cancelShipment: Compensation = { _tag: "CancelShipment" }

const reserved = (sku: Sku): OrderCommand => ({ _tag: "RecordLineReserved", sku })
const lapsed = (sku: Sku, asked: "reserve" | "commit"): OrderCommand => ({
  _tag: "RecordLineExpired",
  sku,
  asked
})
const refused = (sku: Sku): OrderCommand => ({ _tag: "RecordLineRefused", sku, available: 1 })

const started = (
  cancellation: Cancellation,
  undo: ReadonlyArray<Compensation>,
  moment: Timestamp
): OrderEvent => ({ _tag: "OrderCancellationStarted", cancellation, undo, at: moment })

describe("an order that is out of stock", () => {
  it("waits for the other lines, then gives back what it got and names what was short", () => {
    given(Order.decider, upTo.Reserving)
      .when(refused(mug), at(1))
      .thenEvents({ _tag: "OrderLineOutOfStock", sku: mug, available: 1, at: at(1) })
      .when(reserved(tea), at(2))
      .thenEvents(
        { _tag: "OrderLineReserved", sku: tea, at: at(2) },
        started({ reason: "out_of_stock", skus: [mug] }, [releaseTea], at(2))
      )
  })

  it("is cancelled at once when there is nothing to give back", () => {
    given(Order.decider, upTo.Reserving)
      .when(refused(mug), at(1))
      .when(refused(tea), at(2))
      .thenEvents(
        { _tag: "OrderLineOutOfStock", sku: tea, available: 1, at: at(2) },
        started({ reason: "out_of_stock", skus: [mug, tea] }, [], at(2)),
        { _tag: "OrderCancelled", at: at(2) }
      )
  })

  it("says so even when it was to be cancelled, or another line lapsed", () => {
    given(Order.decider, upTo.Reserving)
      .when({ _tag: "CancelOrder", cancellation: { reason: "requested_by_customer" } }, at(1))
      .when(lapsed(mug, "reserve"), at(2))
      .when(refused(tea), at(3))
      .thenEvents(
        { _tag: "OrderLineOutOfStock", sku: tea, available: 1, at: at(3) },
        started({ reason: "out_of_stock", skus: [tea] }, [], at(3)),
        { _tag: "OrderCancelled", at: at(3) }
      )
  })
})

describe("an order whose hold runs out", () => {
  it("turns back when a line could no longer be held", () => {
    given(Order.decider, upTo.Reserving)
      .when(reserved(mug), at(1))
      .when(lapsed(tea, "reserve"), at(2))
      .thenEvents(
        { _tag: "OrderLineExpired", sku: tea, at: at(2) },
        started({ reason: "reservation_expired", skus: [tea] }, [releaseMug], at(2))
      )
  })

  it("turns back when the last line is held too late, at the very moment of expiry", () => {
    const waiting = given(Order.decider, upTo.Reserving).when(reserved(mug), at(1))
    waiting
      .when(reserved(tea), justBefore)
      .thenEvents({ _tag: "OrderLineReserved", sku: tea, at: justBefore })
    const late = waiting
      .when(reserved(tea), holdUntil)
      .thenEvents(
        { _tag: "OrderLineReserved", sku: tea, at: holdUntil },
        started({ reason: "reservation_expired" }, [releaseMug, releaseTea], holdUntil)
      )
    assert.strictEqual(late.state._tag, "Cancelling")
  })

  it("does not go on with a payment or a parcel that came too late", () => {
    given(Order.decider, upTo.Authorizing)
      .when({ _tag: "RecordAuthorized" }, holdUntil)
      .thenEvents(
        started({ reason: "payment_timeout" }, [undoPayment, releaseMug, releaseTea], holdUntil)
      )
    const undo = [undoPayment, cancelShipment, releaseMug, releaseTea]
    given(Order.decider, upTo.Booking)
      .when({ _tag: "RecordBooked", trackingNumber: "TRACK-1" }, holdUntil)
      .thenEvents(
        started(
          { reason: "shipping_unavailable", note: "the carrier did not answer in time" },
          undo,
          holdUntil
        )
      )
  })

  it("goes on with what came one millisecond earlier", () => {
    given(Order.decider, upTo.Authorizing)
      .when({ _tag: "RecordAuthorized" }, justBefore)
      .thenEvents({ _tag: "OrderPaymentAuthorized", at: justBefore })
    given(Order.decider, upTo.Booking)
      .when({ _tag: "RecordBooked", trackingNumber: "TRACK-1" }, justBefore)
      .thenEvents({ _tag: "OrderShipmentBooked", trackingNumber: "TRACK-1", at: justBefore })
  })

  it("turns back by itself when reminded, and not a moment too early", () => {
    const reasons = {
      Authorizing: "payment_timeout",
      Booking: "shipping_unavailable",
      Capturing: "payment_timeout"
    } as const
    for (const tag of ["Authorizing", "Booking", "Capturing"] as const) {
      const order = given(Order.decider, upTo[tag])
      order.when({ _tag: "ResumeOrder" }, justBefore).thenNothing()
      const { state } = order.when({ _tag: "ResumeOrder" }, holdUntil)
      assert(state._tag === "Cancelling")
      assert.strictEqual(state.facts.cancellation?.reason, reasons[tag])
    }
  })

  it("waits on while stock is being counted, and when there is nothing to wait for", () => {
    for (const tag of ["Reserving", "Committing", "Confirmed", "Shipped", "Delivered"] as const) {
      given(Order.decider, upTo[tag]).when({ _tag: "ResumeOrder" }, holdUntil).thenNothing()
    }
    given(Order.decider).when({ _tag: "ResumeOrder" }, holdUntil).thenNothing()
  })
})
