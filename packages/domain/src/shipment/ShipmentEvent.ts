/** The events of a shipment. Each request to the carrier is recorded before it is sent. */
import { Schema } from "effect"
import { OrderId, Sku } from "../kernel/Ids.ts"
import { Quantity } from "../kernel/Quantity.ts"
import { text } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"

/** The address of a parcel. */
export const Destination = Schema.Struct({
  name: text(200),
  line1: text(200),
  line2: Schema.optionalWith(text(200), { exact: true }),
  city: text(100),
  region: Schema.optionalWith(text(100), { exact: true }),
  postalCode: text(20),
  country: Schema.String.pipe(Schema.pattern(/^[A-Z]{2}$/))
})
export type Destination = typeof Destination.Type

export const ParcelItem = Schema.Struct({ sku: Sku, quantity: Quantity })
export type ParcelItem = typeof ParcelItem.Type

export const ShipmentBookingRequested = Schema.TaggedStruct("ShipmentBookingRequested", {
  orderId: OrderId,
  destination: Destination,
  items: Schema.NonEmptyArray(ParcelItem),
  at: Timestamp
})

export const ShipmentBooked = Schema.TaggedStruct("ShipmentBooked", {
  trackingNumber: Schema.String,
  at: Timestamp
})

export const ShipmentRefused = Schema.TaggedStruct("ShipmentRefused", {
  note: Schema.String,
  at: Timestamp
})

/** The order was cancelled. A later booking is cancelled as well. */
export const ShipmentCancellationRequested = Schema.TaggedStruct("ShipmentCancellationRequested", {
  at: Timestamp
})

export const ShipmentCancelled = Schema.TaggedStruct("ShipmentCancelled", { at: Timestamp })

/** The order was cancelled before a booking was requested: none will be made. */
export const ShipmentBlocked = Schema.TaggedStruct("ShipmentBlocked", {
  orderId: OrderId,
  at: Timestamp
})

export const ShipmentEvent = Schema.Union(
  ShipmentBookingRequested,
  ShipmentBooked,
  ShipmentRefused,
  ShipmentCancellationRequested,
  ShipmentCancelled,
  ShipmentBlocked
)
export type ShipmentEvent = typeof ShipmentEvent.Type
