/** The order as it was when its saga ended: what the first request under its key was told. */
import * as EventCodec from "@souk/actors/journal/EventCodec"
import type { Journal } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { OrderEvent } from "@souk/domain/order/OrderEvent"
import { patch } from "@souk/domain/order/OrderView"
import { Effect, Schema, Stream } from "effect"
import { Order } from "./OrderApi.ts"

export const codec = EventCodec.make(OrderEvent)

export const streamOf = (id: OrderId) => `order-${id}`

const decode = Schema.decodeUnknown(Order)

/** What comes after the first rest, a shipment or a late cancellation, is another story. */
export const of = (journal: Journal["Type"], id: OrderId) =>
  events(journal, streamOf(id)).pipe(
    Stream.map((recorded) => ({ event: codec.decode(recorded), version: recorded.version })),
    Stream.takeUntil(
      ({ event: { _tag } }) => _tag === "OrderConfirmed" || _tag === "OrderCancelled"
    ),
    Stream.runFold({}, (order, { event, version }) => ({ ...order, ...patch(event), version })),
    Effect.flatMap((order) => Effect.orDie(decode(order)))
  )
