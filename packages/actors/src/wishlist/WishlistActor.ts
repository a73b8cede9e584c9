/** A user's wishlist, live. It has no intents, and leaves memory a minute after its last use. */
import { WishlistAggregate } from "@souk/domain/wishlist/WishlistAggregate"
import { Effect } from "effect"
import * as Actor from "../cluster/Actor.ts"
import type { ActorDefinition } from "../runtime/ActorDefinition.ts"
import { WishlistEntity } from "./WishlistEntity.ts"

const definition: ActorDefinition<WishlistAggregate> = {
  aggregate: WishlistAggregate,
  reminders: () => ({}),
  canPassivate: () => false,
  idleMs: 60_000,
  execute: () => Effect.succeedNone
}

export const layer = Actor.layer(WishlistEntity, Effect.succeed(definition))
