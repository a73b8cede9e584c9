/** The changes of the stock of one SKU, read from the journal. */
import type { Journal, Recorded } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import * as Stock from "@souk/domain/inventory/Stock"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import type { StockEvent } from "@souk/domain/inventory/StockEvent"
import type { Sku } from "@souk/domain/kernel/Ids"
import { byTag } from "@souk/domain/kernel/Tagged"
import { Effect, Option, Stream } from "effect"
import type { StockChange } from "./StockApi.ts"

const { codec } = StockAggregate

/** The stock as it was right after a command: its first answer, again. */
export const after = (journal: Journal["Type"], sku: Sku, commandId: string) =>
  events(journal, StockAggregate.streamId(sku)).pipe(
    Stream.mapAccum({ stock: Stock.decider.initial, wasCommand: false }, (before, recorded) => {
      const event = codec.decode(recorded)
      const stock = Stock.evolve(before.stock, event)
      const isCommand = recorded.metadata.commandId === commandId
      const isPast = before.wasCommand && !isCommand
      const { version } = recorded
      const state = { stock, wasCommand: isCommand }
      return [state, { stock, version, at: event.at, isCommand, isPast }]
    }),
    Stream.takeWhile(({ isPast }) => !isPast),
    Stream.filter(({ isCommand }) => isCommand),
    Stream.runLast,
    Effect.map(Option.map(({ at, stock, version }) => ({ ...Stock.view(stock, sku, at), version })))
  )

/** The details of an event: units, order and reason. */
const told = byTag<StockEvent, Omit<StockChange, "version" | "type" | "at" | "actor">>({
  StockReceived: ({ quantity, reason, reference }) => ({
    quantity,
    ...(reason === undefined ? {} : { reason }),
    ...(reference === undefined ? {} : { reference })
  }),
  StockAdjusted: ({ delta, reason }) => ({ quantity: delta, reason }),
  StockReserved: ({ orderId, quantity }) => ({ quantity, orderId }),
  ReservationReleased: ({ orderId, quantity }) => ({ quantity, orderId }),
  ReservationExpired: ({ orderId, quantity }) => ({ quantity, orderId }),
  StockCommitted: ({ orderId, quantity }) => ({ quantity, orderId }),
  StockReturned: ({ orderId, quantity }) => ({ quantity, orderId }),
  ReorderPointSet: ({ reorderPoint }) => ({ quantity: reorderPoint }),
  LowStockDetected: ({ available }) => ({ quantity: available })
})

/** One row of the history. */
export const row = (recorded: Recorded): StockChange => {
  const event = codec.decode(recorded)
  const { metadata, version } = recorded
  return { version, type: event._tag, at: event.at, ...told(event), actor: metadata.who }
}
