/** The order's address and the messages it answers. */
import { Entity } from "@effect/cluster"
import * as Order from "@souk/domain/order/OrderCommand"
import { OrderView } from "@souk/domain/order/OrderView"
import { messages, untraced } from "../cluster/Protocol.ts"

const { command, Read, Resume } = messages({ view: OrderView, rejection: Order.OrderRejection })

export const OrderEntity = Entity.make("order", [
  command("PlaceOrder", Order.PlaceOrder),
  command("CancelOrder", Order.CancelOrder),
  command("ShipOrder", Order.ShipOrder),
  command("DeliverOrder", Order.DeliverOrder),
  command("RecordLineReserved", Order.RecordLineReserved),
  command("RecordLineRefused", Order.RecordLineRefused),
  command("RecordCustomerNeeded", Order.RecordCustomerNeeded),
  command("RecordPaymentMismatch", Order.RecordPaymentMismatch),
  command("RecordAuthorized", Order.RecordAuthorized),
  command("RecordDeclined", Order.RecordDeclined),
  command("RecordBooked", Order.RecordBooked),
  command("RecordBookingRefused", Order.RecordBookingRefused),
  command("RecordCaptured", Order.RecordCaptured),
  command("RecordLineCommitted", Order.RecordLineCommitted),
  command("RecordLineExpired", Order.RecordLineExpired),
  command("RecordCompensated", Order.RecordCompensated),
  Read,
  Resume
]).annotateContext(untraced)
