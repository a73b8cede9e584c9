/** The carrier of the shop in memory: it does as scripted, and knows where each parcel is. */
import type { OrderId } from "../kernel/Ids.ts"
import type { Book, CarrierAnswer } from "../shipment/ShipmentSaga.ts"
import type { Scripts } from "./Gateway.ts"
import { must } from "./Invariant.ts"

export class Carrier {
  /** Where each parcel is. */
  readonly parcels = new Map<OrderId, "booked" | "refused" | "cancelled">()
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  book({ orderId }: Book): CarrierAnswer {
    const note = this.#scripts.get(orderId)?.carrierRefuses
    if (!this.parcels.has(orderId)) {
      this.parcels.set(orderId, note === undefined ? "booked" : "refused")
    }
    return note === undefined
      ? { _tag: "Booked", trackingNumber: `TRACK-${orderId.slice(-1)}` }
      : { _tag: "Refused", note }
  }

  cancel(orderId: OrderId) {
    must("I-21", this.parcels.has(orderId), `no parcel of ${orderId} to call off`)
    this.parcels.set(orderId, "cancelled")
  }
}
