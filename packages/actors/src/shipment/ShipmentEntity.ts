/** The shipment's address, which is its order's, and the messages it answers. */
import { Entity } from "@effect/cluster"
import * as Shipment from "@souk/domain/shipment/ShipmentCommand"
import { ShipmentView } from "@souk/domain/shipment/ShipmentView"
import { messages, untraced } from "../cluster/Protocol.ts"

const { command, Read, Resume } = messages({
  view: ShipmentView,
  rejection: Shipment.ShipmentRejection
})

export const ShipmentEntity = Entity.make("shipment", [
  command("BookShipment", Shipment.BookShipment),
  command("CancelShipment", Shipment.CancelShipment),
  command("RecordBooking", Shipment.RecordBooking),
  command("RecordRefusal", Shipment.RecordRefusal),
  command("RecordCancellation", Shipment.RecordCancellation),
  Read,
  Resume
]).annotateContext(untraced)
