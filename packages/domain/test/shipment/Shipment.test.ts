/** A parcel: booked, refused, or called off at every moment. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { ImpossibleHistory } from "../../src/kernel/Decider.ts"
import * as Shipment from "../../src/shipment/Shipment.ts"
import type { ShipmentCommand } from "../../src/shipment/ShipmentCommand.ts"
import type { ShipmentEvent } from "../../src/shipment/ShipmentEvent.ts"
import * as ShipmentSaga from "../../src/shipment/ShipmentSaga.ts"
import { address, at, mug, orderId } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const parcel = { orderId, destination: address, items: [{ sku: mug, quantity: 2 }] } as const
const book: ShipmentCommand = { _tag: "BookShipment", ...parcel }
const cancel: ShipmentCommand = { _tag: "CancelShipment", orderId }
const taken: ShipmentCommand = { _tag: "RecordBooking", trackingNumber: "TRACK-1" }
const turnedDown: ShipmentCommand = { _tag: "RecordRefusal", note: "too heavy" }
const forgotten: ShipmentCommand = { _tag: "RecordCancellation" }

const asked: ShipmentEvent = { _tag: "ShipmentBookingRequested", ...parcel, at: at(0) }
const booked: ShipmentEvent = { _tag: "ShipmentBooked", trackingNumber: "TRACK-1", at: at(1) }
const refused: ShipmentEvent = { _tag: "ShipmentRefused", note: "too heavy", at: at(1) }
const calledOff: ShipmentEvent = { _tag: "ShipmentCancellationRequested", at: at(2) }
const cancelled: ShipmentEvent = { _tag: "ShipmentCancelled", at: at(3) }
const barred: ShipmentEvent = { _tag: "ShipmentBlocked", orderId, at: at(0) }

const viewOf = (...history: ReadonlyArray<ShipmentEvent>) =>
  Shipment.view(given(Shipment.decider, history).state)
const owed = (...history: ReadonlyArray<ShipmentEvent>) =>
  ShipmentSaga.resume(given(Shipment.decider, history).state)

describe("booking a parcel", () => {
  it("asks the carrier once", () => {
    given(Shipment.decider)
      .when(book, at(0))
      .thenEvents(asked)
      .when(book, at(1))
      .thenNothing()
      .when(taken, at(1))
      .thenEvents(booked)
      .when(book, at(2))
      .thenNothing()
  })

  it("keeps the carrier's reason when it refuses, and then is over", () => {
    const { state } = given(Shipment.decider, [asked])
      .when(turnedDown, at(1))
      .thenEvents(refused)
      .when(cancel, at(2))
      .thenNothing()
      .when(book, at(3))
      .thenNothing()
    assert.isTrue(Shipment.decider.isTerminal(state))
  })

  it("hears the first answer only", () => {
    given(Shipment.decider, [asked, booked]).when(turnedDown, at(2)).thenNothing()
    given(Shipment.decider, [asked, booked]).when(taken, at(2)).thenNothing()
    given(Shipment.decider, [asked, refused]).when(taken, at(2)).thenNothing()
    given(Shipment.decider, [asked, booked]).when(forgotten, at(2)).thenNothing()
    given(Shipment.decider).when(taken, at(2)).thenNothing()
    given(Shipment.decider, [asked]).when({ _tag: "ResumeShipment" }, at(2)).thenNothing()
  })
})

describe("calling a parcel off", () => {
  it("bars it when the carrier was never asked: a booking that comes later is not made", () => {
    const { state } = given(Shipment.decider)
      .when(cancel, at(0))
      .thenEvents(barred)
      .when(book, at(1))
      .thenNothing()
      .when(cancel, at(1))
      .thenNothing()
    assert.isTrue(Shipment.decider.isTerminal(state))
  })

  it("tells the carrier when it has the parcel", () => {
    const { state } = given(Shipment.decider, [asked, booked])
      .when(cancel, at(2))
      .thenEvents(calledOff)
      .when(cancel, at(3))
      .thenNothing()
      .when(forgotten, at(3))
      .thenEvents(cancelled)
      .when(forgotten, at(4))
      .thenNothing()
    assert.isTrue(Shipment.decider.isTerminal(state))
  })

  it("waits for the carrier while it is being booked, then tells it at once", () => {
    const { state } = given(Shipment.decider, [asked])
      .when(cancel, at(2))
      .thenEvents(calledOff)
      .when(cancel, at(3))
      .thenNothing()
      .when(taken, at(3))
      .thenEvents({ ...booked, at: at(3) })
    assert.deepStrictEqual(
      ShipmentSaga.resume(state).map(({ step }) => step),
      ["cancel"]
    )
  })

  it("is done when the carrier refuses meanwhile", () => {
    const { state } = given(Shipment.decider, [asked, calledOff]).when(turnedDown, at(3))
    assert.strictEqual(state._tag, "Refused")
  })
})

describe("a shipment", () => {
  it("shows where it stands", () => {
    const common = { id: "shp_Example000000001", orderId }
    const trackingNumber = "TRACK-1"
    assert.deepStrictEqual(viewOf(), Option.none())
    assert.deepStrictEqual(viewOf(asked), Option.some({ ...common, status: "pending" }))
    assert.deepStrictEqual(
      viewOf(asked, booked),
      Option.some({ ...common, status: "booked", trackingNumber })
    )
    assert.deepStrictEqual(
      viewOf(asked, refused),
      Option.some({ ...common, status: "refused", note: "too heavy" })
    )
    for (const history of [
      [asked, calledOff],
      [asked, booked, calledOff]
    ]) {
      assert.deepStrictEqual(viewOf(...history), Option.some({ ...common, status: "cancelling" }))
    }
    for (const history of [[barred], [asked, booked, calledOff, cancelled]]) {
      assert.deepStrictEqual(viewOf(...history), Option.some({ ...common, status: "cancelled" }))
    }
  })

  it("has one call pending while it waits, always under the same key", () => {
    const key = `${orderId}/book`
    assert.deepStrictEqual(owed(), [])
    assert.deepStrictEqual(owed(asked), [{ _tag: "Book", step: "book", key, ...parcel }])
    assert.deepStrictEqual(owed(asked, calledOff), owed(asked))
    assert.deepStrictEqual(owed(asked, booked), [])
    assert.deepStrictEqual(owed(asked, booked, calledOff), [
      {
        _tag: "CancelBooking",
        step: "cancel",
        key: `${orderId}/cancel`,
        trackingNumber: "TRACK-1"
      }
    ])
    assert.deepStrictEqual(owed(asked, booked, calledOff, cancelled), [])
  })

  it("records what the carrier said", () => {
    assert.deepStrictEqual(
      ShipmentSaga.answerBooking({ _tag: "Booked", trackingNumber: "TRACK-1" }),
      Option.some(taken)
    )
    assert.deepStrictEqual(
      ShipmentSaga.answerBooking({ _tag: "Refused", note: "too heavy" }),
      Option.some(turnedDown)
    )
    assert.deepStrictEqual(ShipmentSaga.answerCancellation, Option.some(forgotten))
  })

  it("has no history in which the carrier speaks unasked", () => {
    const dies = (...history: ReadonlyArray<ShipmentEvent>) =>
      assert.throws(() => given(Shipment.decider, history), ImpossibleHistory)
    dies(booked)
    dies(refused)
    dies(calledOff)
    dies(cancelled)
    dies(asked, asked)
    dies(asked, cancelled)
    dies(asked, booked, cancelled)
    dies(asked, refused, booked)
    dies(barred, asked)
    dies(asked, barred)
    dies(asked, refused, calledOff)
  })
})
