/** The carrier, as small as a shipment needs it. */
import type { Destination, ParcelItem } from "@souk/domain/shipment/ShipmentEvent"
import { Context, type Effect, Schema } from "effect"

/** One parcel. The same `key` always means the same parcel, however often it is booked. */
export interface BookingRequest {
  readonly key: string
  readonly destination: Destination
  readonly items: ReadonlyArray<ParcelItem>
}

export type BookingOutcome =
  | { readonly _tag: "Booked"; readonly trackingNumber: string }
  | { readonly _tag: "Refused"; readonly note: string }

/** The carrier is not to be reached. Ask again with the same key. */
export class CarrierUnavailable extends Schema.TaggedError<CarrierUnavailable>()(
  "CarrierUnavailable",
  { detail: Schema.String }
) {
  override get message() {
    return `the carrier is not available (${this.detail}): ask again with the same key`
  }
}

export class Carrier extends Context.Tag("@souk/actors/Carrier")<
  Carrier,
  {
    readonly book: (request: BookingRequest) => Effect.Effect<BookingOutcome, CarrierUnavailable>
    /** Forgets a parcel. One that is forgotten already stays so. */
    readonly cancel: (
      key: string,
      trackingNumber: string
    ) => Effect.Effect<void, CarrierUnavailable>
  }
>() {}
