/** The public view of an order. */
import { Schema } from "effect"
import { CustomerId, OrderId } from "../kernel/Ids.ts"
import { Money } from "../kernel/Money.ts"
import { NextAction } from "../kernel/NextAction.ts"
import { byTag } from "../kernel/Tagged.ts"
import { MetadataMap } from "../kernel/Text.ts"
import { Timestamp } from "../kernel/Timestamp.ts"
import {
  Cancellation,
  type OrderEvent,
  OrderLine,
  type OrderPlaced,
  ShippingAddress
} from "./OrderEvent.ts"

/** `pending` while the saga runs; `confirmed` and `cancelled` end it. */
export const OrderStatus = Schema.Literal(
  "pending",
  "confirmed",
  "shipped",
  "delivered",
  "cancelling",
  "cancelled"
)
export type OrderStatus = typeof OrderStatus.Type

export const OrderView = Schema.Struct({
  id: OrderId,
  status: OrderStatus,
  customerId: CustomerId,
  lines: Schema.NonEmptyArray(OrderLine),
  subtotal: Money,
  tax: Money,
  shipping: Money,
  total: Money,
  shippingAddress: ShippingAddress,
  confirmationNumber: Schema.optionalWith(Schema.String, { exact: true }),
  trackingNumber: Schema.optionalWith(Schema.String, { exact: true }),
  /** The action that the bank requires of the customer; `null` while there is none. */
  nextAction: Schema.NullOr(NextAction),
  cancellation: Schema.optionalWith(Schema.Struct({ ...Cancellation.fields, at: Timestamp }), {
    exact: true
  }),
  placedAt: Timestamp,
  updatedAt: Timestamp,
  metadata: MetadataMap
})
export type OrderView = typeof OrderView.Type

/** The view of an order after its first event. */
export const placed = (event: typeof OrderPlaced.Type): OrderView => ({
  id: event.orderId,
  status: "pending",
  customerId: event.customerId,
  lines: event.lines,
  subtotal: event.subtotal,
  tax: event.tax,
  shipping: event.shipping,
  total: event.total,
  shippingAddress: event.shippingAddress,
  nextAction: null,
  placedAt: event.at,
  updatedAt: event.at,
  metadata: event.metadata
})

const patchOf = byTag<OrderEvent, Partial<OrderView>>({
  OrderPlaced: placed,
  OrderLineReserved: () => ({}),
  OrderLineOutOfStock: () => ({}),
  OrderActionRequired: ({ nextAction: { type } }) => ({ nextAction: { type } }),
  OrderPaymentMismatched: () => ({}),
  OrderPaymentAuthorized: () => ({ nextAction: null }),
  OrderShipmentBooked: ({ trackingNumber }) => ({ trackingNumber }),
  OrderPaymentCaptured: () => ({}),
  OrderLineCommitted: () => ({}),
  OrderLineExpired: () => ({}),
  OrderConfirmed: ({ confirmationNumber }) => ({
    status: "confirmed",
    confirmationNumber
  }),
  OrderShipped: ({ trackingNumber }) => ({
    status: "shipped",
    trackingNumber
  }),
  OrderDelivered: () => ({ status: "delivered" }),
  OrderCancellationRequested: () => ({ status: "cancelling" }),
  OrderCancellationStarted: ({ at, cancellation }) => ({
    status: "cancelling",
    nextAction: null,
    cancellation: { ...cancellation, at }
  }),
  OrderStepCompensated: () => ({}),
  OrderCancelled: () => ({ status: "cancelled" })
})

/**
 * The change of the view by `event`. The patches of a history, merged in order, are the view of the
 * order, so that a read model needs nothing else.
 */
export const patch = (event: OrderEvent): Partial<OrderView> => ({
  ...patchOf(event),
  updatedAt: event.at
})
