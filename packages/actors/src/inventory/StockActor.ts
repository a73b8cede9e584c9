/** The stock of one SKU, live. It has no intents, and stays in memory while it is used. */
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import { Effect } from "effect"
import * as Actor from "../cluster/Actor.ts"
import type { ActorDefinition } from "../runtime/ActorDefinition.ts"
import { StockEntity } from "./StockEntity.ts"

export const definition: ActorDefinition<StockAggregate> = {
  aggregate: StockAggregate,
  reminders: () => ({}),
  canPassivate: () => false,
  idleMs: 15 * 60_000,
  // A busy SKU has events without end: reading 500 of them again takes some milliseconds.
  snapshotEvents: 500,
  execute: () => Effect.succeedNone
}

export const layer = Actor.layer(StockEntity, Effect.succeed(definition))
