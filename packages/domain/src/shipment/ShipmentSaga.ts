/** The intents of a shipment: every request to the carrier that has no outcome yet. */
import { Option } from "effect"
import type { OrderId } from "../kernel/Ids.ts"
import type { Saga } from "../kernel/Decider.ts"
import type { Shipment } from "./Shipment.ts"
import type { ShipmentCommand } from "./ShipmentCommand.ts"
import type { Destination, ParcelItem, ShipmentEvent } from "./ShipmentEvent.ts"

/** Books a parcel. Repeats under the same `key` have no further effect. */
export interface Book {
  readonly _tag: "Book"
  readonly step: "book"
  readonly key: string
  readonly orderId: OrderId
  readonly destination: Destination
  readonly items: ReadonlyArray<ParcelItem>
}

/** Cancels a parcel. */
export interface CancelBooking {
  readonly _tag: "CancelBooking"
  readonly step: "cancel"
  readonly key: string
  readonly trackingNumber: string
}

export type ShipmentIntent = Book | CancelBooking

export const resume = (shipment: Shipment): ReadonlyArray<ShipmentIntent> => {
  switch (shipment._tag) {
    case "Booking": {
      const { destination, items, orderId } = shipment
      const key = `${orderId}/book`
      return [{ _tag: "Book", step: "book", key, orderId, destination, items }]
    }
    case "Cancelling": {
      const { orderId, trackingNumber } = shipment
      return [{ _tag: "CancelBooking", step: "cancel", key: `${orderId}/cancel`, trackingNumber }]
    }
    default:
      return []
  }
}

export const react = (shipment: Shipment, event: ShipmentEvent): ReadonlyArray<ShipmentIntent> => {
  switch (event._tag) {
    case "ShipmentBookingRequested":
      return resume(shipment)
    case "ShipmentBooked":
    case "ShipmentCancellationRequested":
      return shipment._tag === "Cancelling" ? resume(shipment) : []
    default:
      return []
  }
}

export const saga: Saga<Shipment, ShipmentEvent, ShipmentIntent> = { resume, react }

/** The carrier's decision. */
export type CarrierAnswer =
  | { readonly _tag: "Booked"; readonly trackingNumber: string }
  | { readonly _tag: "Refused"; readonly note: string }

/** The command that records whether the carrier accepts the parcel. */
export const answerBooking = (answer: CarrierAnswer): Option.Option<ShipmentCommand> =>
  Option.some(
    answer._tag === "Booked"
      ? { _tag: "RecordBooking", trackingNumber: answer.trackingNumber }
      : { _tag: "RecordRefusal", note: answer.note }
  )

/** The command that records that the carrier cancelled the parcel. */
export const answerCancellation: Option.Option<ShipmentCommand> = Option.some({
  _tag: "RecordCancellation"
})
