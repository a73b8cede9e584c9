/** The commands of a shipment, and their refusals. */
import { Schema } from "effect"
import { OrderId } from "../kernel/Ids.ts"
import { Destination, ParcelItem } from "./ShipmentEvent.ts"

/** Books a parcel at the carrier. */
export const BookShipment = Schema.TaggedStruct("BookShipment", {
  orderId: OrderId,
  destination: Destination,
  items: Schema.NonEmptyArray(ParcelItem)
})
export type BookShipment = typeof BookShipment.Type

/** Cancels the parcel, or blocks a later booking. */
export const CancelShipment = Schema.TaggedStruct("CancelShipment", { orderId: OrderId })
export type CancelShipment = typeof CancelShipment.Type

/** Executes pending requests to the carrier again. */
export const ResumeShipment = Schema.TaggedStruct("ResumeShipment", {})

// Outcomes of requests to the carrier. Late and repeated ones change nothing.

export const RecordBooking = Schema.TaggedStruct("RecordBooking", { trackingNumber: Schema.String })
export type RecordBooking = typeof RecordBooking.Type

export const RecordRefusal = Schema.TaggedStruct("RecordRefusal", { note: Schema.String })
export type RecordRefusal = typeof RecordRefusal.Type

export const RecordCancellation = Schema.TaggedStruct("RecordCancellation", {})

export const ShipmentCommand = Schema.Union(
  BookShipment,
  CancelShipment,
  ResumeShipment,
  RecordBooking,
  RecordRefusal,
  RecordCancellation
)
export type ShipmentCommand = typeof ShipmentCommand.Type

export class ShipmentNotFound extends Schema.TaggedError<ShipmentNotFound>()(
  "ShipmentNotFound",
  {}
) {
  override get message() {
    return "there is no shipment for this order"
  }
}

export const ShipmentRejection = Schema.Union(ShipmentNotFound)
export type ShipmentRejection = typeof ShipmentRejection.Type
