/** The public view of a shipment. */
import { Schema } from "effect"
import { OrderId } from "../kernel/Ids.ts"

export const ShipmentView = Schema.Struct({
  id: Schema.String,
  orderId: OrderId,
  status: Schema.Literal("pending", "booked", "refused", "cancelling", "cancelled"),
  trackingNumber: Schema.optionalWith(Schema.String, { exact: true }),
  note: Schema.optionalWith(Schema.String, { exact: true })
})
export type ShipmentView = typeof ShipmentView.Type
