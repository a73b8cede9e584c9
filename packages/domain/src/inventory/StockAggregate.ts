/** The stock of one SKU as one value: its streams, schemas, decider, snapshots and codec. */
import { Option } from "effect"
import * as Aggregate from "../kernel/Aggregate.ts"
import { Sku } from "../kernel/Ids.ts"
import { noSaga } from "../kernel/Decider.ts"
import { decider, snapshotVersion, Stock, view } from "./Stock.ts"
import { StockCommand, StockRejection } from "./StockCommand.ts"
import { StockEvent } from "./StockEvent.ts"
import { StockView } from "./StockView.ts"

export const StockAggregate = Aggregate.define({
  category: "inventory",
  id: Sku,
  command: StockCommand,
  event: StockEvent,
  rejection: StockRejection,
  view: StockView,
  decider,
  saga: noSaga,
  viewOf: (stock, sku, at) => Option.some(view(stock, sku, at)),
  aliases: { StockRanLow: "LowStockDetected" },
  snapshot: { schemaVersion: snapshotVersion, state: Stock }
})
export type StockAggregate = Aggregate.TypesOf<typeof StockAggregate>
