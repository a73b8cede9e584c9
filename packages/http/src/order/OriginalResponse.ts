/** The order as it was when its saga ended: what the first request under its key was told. */
import type { Journal } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { patch } from "@souk/domain/order/OrderView"
import { Effect, Schema, Stream } from "effect"
import { Order } from "./OrderApi.ts"

const decode = Schema.decodeUnknown(Order)

/** What comes after the first rest, a shipment or a late cancellation, is another story. */
export const of = (journal: Journal["Type"], id: OrderId) =>
  events(journal, OrderAggregate.streamId(id)).pipe(
    Stream.map((recorded) => ({
      event: OrderAggregate.codec.decode(recorded),
      version: recorded.version
    })),
    Stream.takeUntil(
      ({ event: { _tag } }) => _tag === "OrderConfirmed" || _tag === "OrderCancelled"
    ),
    Stream.runFold({}, (order, { event, version }) => ({ ...order, ...patch(event), version })),
    Effect.flatMap((order) => Effect.orDie(decode(order)))
  )
