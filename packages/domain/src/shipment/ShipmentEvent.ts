/** What has happened to the shipment of one order. Each request to the carrier is written first. */
import { Schema } from "effect"
import { OrderId, Sku } from "../kernel/Ids.ts"
import { Quantity } from "../kernel/Quantity.ts"
import { text } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"

/** Where a parcel goes. */
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

/** The order was given up. What the carrier still answers is to be cancelled, too. */
export const ShipmentCancellationRequested = Schema.TaggedStruct("ShipmentCancellationRequested", {
  at: Timestamp
})

export const ShipmentCancelled = Schema.TaggedStruct("ShipmentCancelled", { at: Timestamp })

/** The order was given up before the carrier was asked: it never will be. */
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
