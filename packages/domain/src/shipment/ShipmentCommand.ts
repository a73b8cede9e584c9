/** What may be asked of a shipment, and how it may be refused. */
import { Schema } from "effect"
import { OrderId } from "../kernel/Ids.ts"
import { Destination, ParcelItem } from "./ShipmentEvent.ts"

/** Ask the carrier to take a parcel. */
export const BookShipment = Schema.TaggedStruct("BookShipment", {
  orderId: OrderId,
  destination: Destination,
  items: Schema.NonEmptyArray(ParcelItem)
})
export type BookShipment = typeof BookShipment.Type

/** Make sure that no parcel leaves, whatever has happened so far. */
export const CancelShipment = Schema.TaggedStruct("CancelShipment", { orderId: OrderId })
export type CancelShipment = typeof CancelShipment.Type

/** Executes pending requests to the carrier again. */
export const ResumeShipment = Schema.TaggedStruct("ResumeShipment", {})

// What the carrier answered. Late and repeated answers change nothing.

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
