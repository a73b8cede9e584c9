/** The shipment of one order: a parcel that is booked, refused or cancelled at the carrier. */
import { Option } from "effect"
import {
  accept,
  decideBy,
  type Decider,
  type Decision,
  evolveBy,
  impossible
} from "../kernel/Decider.ts"
import type { OrderId } from "../kernel/Ids.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type {
  BookShipment,
  CancelShipment,
  ShipmentCommand,
  ShipmentRejection
} from "./ShipmentCommand.ts"
import type { Destination, ParcelItem, ShipmentEvent } from "./ShipmentEvent.ts"
import type { ShipmentView } from "./ShipmentView.ts"

type ShipmentDecision = Decision<ShipmentEvent, ShipmentRejection>

interface Common {
  readonly orderId: OrderId
}

/** Waiting for the carrier to accept the parcel. */
export interface Booking extends Common {
  readonly _tag: "Booking"
  readonly destination: Destination
  readonly items: ReadonlyArray<ParcelItem>
  /** The order was cancelled: a later booking is cancelled as well. */
  readonly isUndoing: boolean
}

export interface Booked extends Common {
  readonly _tag: "Booked"
  readonly trackingNumber: string
}

/** Waiting for the carrier to cancel the parcel. */
export interface Cancelling extends Common {
  readonly _tag: "Cancelling"
  readonly trackingNumber: string
}

export type Shipment =
  | { readonly _tag: "Absent" }
  | Booking
  | Booked
  | (Common & { readonly _tag: "Refused"; readonly note: string })
  | Cancelling
  | (Common & { readonly _tag: "Cancelled" })

const book = (shipment: Shipment, command: BookShipment, at: Timestamp): ShipmentDecision => {
  const { _tag, ...terms } = command
  return shipment._tag === "Absent"
    ? accept({ _tag: "ShipmentBookingRequested", ...terms, at })
    : accept()
}

const cancel = (
  shipment: Shipment,
  { orderId }: CancelShipment,
  at: Timestamp
): ShipmentDecision => {
  switch (shipment._tag) {
    case "Absent":
      return accept({ _tag: "ShipmentBlocked", orderId, at })
    case "Booking":
      return shipment.isUndoing ? accept() : accept({ _tag: "ShipmentCancellationRequested", at })
    case "Booked":
      return accept({ _tag: "ShipmentCancellationRequested", at })
    case "Refused":
    case "Cancelling":
    case "Cancelled":
      return accept()
  }
}

export const decide = decideBy<Shipment, ShipmentCommand, ShipmentEvent, ShipmentRejection>({
  BookShipment: book,
  CancelShipment: cancel,
  ResumeShipment: () => accept(),
  RecordBooking: (shipment, { trackingNumber }, at) =>
    shipment._tag === "Booking" ? accept({ _tag: "ShipmentBooked", trackingNumber, at }) : accept(),
  RecordRefusal: (shipment, { note }, at) =>
    shipment._tag === "Booking" ? accept({ _tag: "ShipmentRefused", note, at }) : accept(),
  RecordCancellation: (shipment, _command, at) =>
    shipment._tag === "Cancelling" ? accept({ _tag: "ShipmentCancelled", at }) : accept()
})

const cancelling = (shipment: Shipment, event: ShipmentEvent): Shipment => {
  switch (shipment._tag) {
    case "Booking":
      return { ...shipment, isUndoing: true }
    case "Booked":
      return { ...shipment, _tag: "Cancelling" }
    default:
      return impossible(shipment, event)
  }
}

export const evolve = evolveBy<Shipment, ShipmentEvent>({
  ShipmentBookingRequested: (shipment, event) => {
    const { destination, items, orderId } = event
    return shipment._tag === "Absent"
      ? { _tag: "Booking", orderId, destination, items, isUndoing: false }
      : impossible(shipment, event)
  },
  ShipmentBooked: (shipment, event) => {
    if (shipment._tag !== "Booking") return impossible(shipment, event)
    const { isUndoing, orderId } = shipment
    const { trackingNumber } = event
    return { _tag: isUndoing ? "Cancelling" : "Booked", orderId, trackingNumber }
  },
  ShipmentRefused: (shipment, event) =>
    shipment._tag === "Booking"
      ? { _tag: "Refused", orderId: shipment.orderId, note: event.note }
      : impossible(shipment, event),
  ShipmentCancellationRequested: cancelling,
  ShipmentCancelled: (shipment, event) =>
    shipment._tag === "Cancelling"
      ? { _tag: "Cancelled", orderId: shipment.orderId }
      : impossible(shipment, event),
  ShipmentBlocked: (shipment, event) =>
    shipment._tag === "Absent"
      ? { _tag: "Cancelled", orderId: event.orderId }
      : impossible(shipment, event)
})

export const decider: Decider<Shipment, ShipmentCommand, ShipmentEvent, ShipmentRejection> = {
  initial: { _tag: "Absent" },
  decide,
  evolve,
  isTerminal: (shipment) => shipment._tag === "Refused" || shipment._tag === "Cancelled"
}

/** The public view; none before the first event. */
export const view = (shipment: Shipment): Option.Option<ShipmentView> => {
  if (shipment._tag === "Absent") return Option.none()
  const { orderId } = shipment
  const common = { id: `shp_${orderId.slice(4)}`, orderId }
  switch (shipment._tag) {
    case "Booking":
      return Option.some({ ...common, status: shipment.isUndoing ? "cancelling" : "pending" })
    case "Booked":
      return Option.some({
        ...common,
        status: "booked",
        trackingNumber: shipment.trackingNumber
      })
    case "Refused":
      return Option.some({ ...common, status: "refused", note: shipment.note })
    case "Cancelling":
      return Option.some({ ...common, status: "cancelling" })
    case "Cancelled":
      return Option.some({ ...common, status: "cancelled" })
  }
}
