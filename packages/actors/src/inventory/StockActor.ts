/** The stock of one SKU, live. It owes nothing to anyone, and stays in memory while it is used. */
import * as Stock from "@souk/domain/inventory/Stock"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import { Sku } from "@souk/domain/kernel/Ids"
import * as Saga from "@souk/domain/kernel/Saga"
import { Effect, Option, Schema } from "effect"
import * as Actor from "../cluster/Actor.ts"
import * as Definition from "../cluster/Definition.ts"
import { StockEntity } from "./StockEntity.ts"

export const layer = Actor.layer(
  StockEntity,
  Effect.succeed(
    Definition.make({
      decider: Stock.decider,
      saga: Saga.none,
      codec: StockAggregate.codec,
      view: (stock: Stock.Stock, id, at) => Option.some(Stock.view(stock, Sku.make(id), at)),
      reminders: () => ({}),
      mayLeave: () => false,
      idleMs: 15 * 60_000,
      // A busy SKU has events without end: reading 500 of them again takes some milliseconds.
      snapshots: {
        everyEvents: 500,
        schemaVersion: Stock.snapshotVersion,
        encode: Schema.encodeSync(Stock.Stock),
        decode: Schema.decodeUnknownSync(Stock.Stock)
      },
      perform: () => Effect.succeedNone
    })
  )
)
