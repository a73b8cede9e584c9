/**
 * A product of the catalogue, live. It owes nothing to anyone, and stays in memory while it is
 * used.
 */
import * as Product from "@souk/domain/catalog/Product"
import { ProductAggregate } from "@souk/domain/catalog/ProductAggregate"
import * as Saga from "@souk/domain/kernel/Saga"
import { Effect } from "effect"
import * as Actor from "../cluster/Actor.ts"
import * as Definition from "../cluster/Definition.ts"
import { ProductEntity } from "./ProductEntity.ts"

export const layer = Actor.layer(
  ProductEntity,
  Effect.succeed(
    Definition.make({
      decider: Product.decider,
      saga: Saga.none,
      codec: ProductAggregate.codec,
      view: Product.view,
      reminders: () => ({}),
      mayLeave: () => false,
      idleMs: 15 * 60_000,
      snapshots: undefined,
      perform: () => Effect.succeedNone
    })
  )
)
