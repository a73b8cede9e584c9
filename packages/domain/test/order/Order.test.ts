/** An order on its way: placing, the answers that carry it to `Confirmed`, and the parcel. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as Order from "../../src/order/Order.ts"
import {
  DeliveryTimeImpossible,
  IdempotencyKeyReused,
  OrderAlreadyCancelled,
  OrderAlreadyShipped,
  type OrderCommand,
  OrderNotConfirmed,
  OrderNotFound,
  OrderNotShipped
} from "../../src/order/OrderCommand.ts"
import { at, holdUntil, mug, orderId, place, placed, tea, upTo } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const ship: OrderCommand = { _tag: "ShipOrder" }
const deliver: OrderCommand = { _tag: "DeliverOrder" }
const cancelled = given(Order.decider, upTo.Confirmed).when(
  { _tag: "CancelOrder", cancellation: { reason: "requested_by_customer" } },
  at(9)
)

describe("placing an order", () => {
  it("writes down what was ordered, what it costs and until when stock is held", () => {
    given(Order.decider).when(place, at(0)).thenEvents(placed)
  })

  it("changes nothing when the same request comes again, however far the order is", () => {
    for (const history of Object.values(upTo)) {
      given(Order.decider, history).when(place, at(10)).thenNothing()
    }
    cancelled.when(place, at(10)).thenNothing()
  })

  it("refuses another request under the same key", () => {
    given(Order.decider, upTo.Reserving)
      .when({ ...place, fingerprint: "f2" }, at(1))
      .thenRefused(new IdempotencyKeyReused({ orderId }))
  })

  it("shows nothing of an order that was never placed", () => {
    assert.deepStrictEqual(Order.view(Order.decider.initial), Option.none())
  })
})

describe("an order that goes well", () => {
  it("is confirmed by one answer after the other", () => {
    const outcome = given(Order.decider, upTo.Reserving)
      .when({ _tag: "RecordLineReserved", sku: mug }, at(1))
      .thenEvents({ _tag: "OrderLineReserved", sku: mug, at: at(1) })
      .when({ _tag: "RecordLineReserved", sku: tea }, at(1))
      .thenEvents({ _tag: "OrderLineReserved", sku: tea, at: at(1) })
      .when({ _tag: "RecordAuthorized" }, at(2))
      .thenEvents({ _tag: "OrderPaymentAuthorized", at: at(2) })
      .when({ _tag: "RecordBooked", trackingNumber: "TRACK-1" }, at(3))
      .thenEvents({ _tag: "OrderShipmentBooked", trackingNumber: "TRACK-1", at: at(3) })
      .when({ _tag: "RecordCaptured" }, at(4))
      .thenEvents({ _tag: "OrderPaymentCaptured", at: at(4) })
      .when({ _tag: "RecordLineCommitted", sku: mug }, at(5))
      .thenEvents({ _tag: "OrderLineCommitted", sku: mug, at: at(5) })
      .when({ _tag: "RecordLineCommitted", sku: tea }, at(5))
      .thenEvents(
        { _tag: "OrderLineCommitted", sku: tea, at: at(5) },
        { _tag: "OrderConfirmed", confirmationNumber: "EXAMPLE000", at: at(5) }
      )
    assert.deepStrictEqual(outcome.state, given(Order.decider, upTo.Confirmed).state)
  })

  it("goes through the states that its history names", () => {
    for (const [tag, history] of Object.entries(upTo)) {
      assert.strictEqual(given(Order.decider, history).state._tag, tag)
    }
  })

  it("is over when it is delivered, and not before", () => {
    for (const [tag, history] of Object.entries(upTo)) {
      const { state } = given(Order.decider, history)
      assert.strictEqual(Order.decider.isTerminal(state), tag === "Delivered")
    }
  })

  it("is captured even when the hold ran out meanwhile: the stock says whether it sells", () => {
    given(Order.decider, upTo.Capturing)
      .when({ _tag: "RecordCaptured" }, holdUntil)
      .thenEvents({ _tag: "OrderPaymentCaptured", at: holdUntil })
  })
})

describe("shipping an order", () => {
  it("ships what is confirmed, with the number the carrier gave", () => {
    given(Order.decider, upTo.Confirmed)
      .when(ship, at(6))
      .thenEvents({ _tag: "OrderShipped", trackingNumber: "TRACK-1", at: at(6) })
      .when(ship, at(7))
      .thenNothing()
  })

  it("takes the number of another parcel when one is named", () => {
    given(Order.decider, upTo.Confirmed)
      .when({ _tag: "ShipOrder", trackingNumber: "OTHER" }, at(6))
      .thenEvents({ _tag: "OrderShipped", trackingNumber: "OTHER", at: at(6) })
  })

  it("changes nothing once it is delivered", () => {
    given(Order.decider, upTo.Delivered).when(ship, at(8)).thenNothing()
  })

  it("refuses before the order is confirmed", () => {
    given(Order.decider).when(ship, at(0)).thenRefused(new OrderNotFound())
    for (const tag of ["Reserving", "Authorizing", "Booking", "Capturing", "Committing"] as const) {
      given(Order.decider, upTo[tag])
        .when(ship, at(6))
        .thenRefused(new OrderNotConfirmed({ orderId }))
    }
  })

  it("refuses a cancelled order", () => {
    cancelled.when(ship, at(10)).thenRefused(new OrderAlreadyCancelled({ orderId }))
  })
})

describe("delivering an order", () => {
  it("delivers what is shipped, now or when the carrier says it did", () => {
    const shipped = given(Order.decider, upTo.Shipped)
    shipped
      .when(deliver, at(9))
      .thenEvents({ _tag: "OrderDelivered", deliveredAt: at(9), at: at(9) })
    shipped
      .when({ _tag: "DeliverOrder", deliveredAt: at(7) }, at(9))
      .thenEvents({ _tag: "OrderDelivered", deliveredAt: at(7), at: at(9) })
      .when(deliver, at(10))
      .thenNothing()
  })

  it("refuses a delivery before the shipment, or later than a minute from now", () => {
    const shipped = given(Order.decider, upTo.Shipped)
    const [earliest, latest] = [at(6), at(69)]
    for (const deliveredAt of [at(5), at(70)]) {
      shipped
        .when({ _tag: "DeliverOrder", deliveredAt }, at(9))
        .thenRefused(new DeliveryTimeImpossible({ deliveredAt, earliest, latest }))
    }
    for (const deliveredAt of [earliest, latest]) {
      shipped
        .when({ _tag: "DeliverOrder", deliveredAt }, at(9))
        .thenEvents({ _tag: "OrderDelivered", deliveredAt, at: at(9) })
    }
    // The clock of this process is behind that of the one which shipped it: now is now.
    shipped
      .when(deliver, at(5))
      .thenEvents({ _tag: "OrderDelivered", deliveredAt: at(5), at: at(5) })
  })

  it("refuses what has not left", () => {
    given(Order.decider).when(deliver, at(0)).thenRefused(new OrderNotFound())
    const { Delivered, Shipped, ...before } = upTo
    for (const history of Object.values(before)) {
      given(Order.decider, history)
        .when(deliver, at(9))
        .thenRefused(new OrderNotShipped({ orderId }))
    }
    cancelled.when(deliver, at(10)).thenRefused(new OrderAlreadyCancelled({ orderId }))
  })

  it("refuses to cancel what has left, naming the parcel", () => {
    for (const tag of ["Shipped", "Delivered"] as const) {
      given(Order.decider, upTo[tag])
        .when({ _tag: "CancelOrder", cancellation: { reason: "requested_by_customer" } }, at(9))
        .thenRefused(new OrderAlreadyShipped({ orderId, trackingNumber: "TRACK-1" }))
    }
  })
})
