/** A product of the catalogue, live. It has no intents, and stays in memory while it is used. */
import { ProductAggregate } from "@souk/domain/catalog/ProductAggregate"
import { Effect } from "effect"
import * as Actor from "../cluster/Actor.ts"
import type { ActorDefinition } from "../runtime/ActorDefinition.ts"
import { ProductEntity } from "./ProductEntity.ts"

const definition: ActorDefinition<ProductAggregate> = {
  aggregate: ProductAggregate,
  reminders: () => ({}),
  canPassivate: () => false,
  idleMs: 15 * 60_000,
  execute: () => Effect.succeedNone
}

export const layer = Actor.layer(ProductEntity, Effect.succeed(definition))
