/** The desk of a shard: the one entity of a room to which messages for its actors there go. */
import { EntityId, Sharding } from "@effect/cluster"
import { Effect } from "effect"

/** How many names are tried for a desk: far more than 300 shards take, so that it ends. */
const namesMax = 1_000_000

/**
 * Gives the name of the desk for an actor's id. The cluster puts an entity into a shard by its name
 * alone, so a desk is called by the first number that falls into its shard.
 */
export const make: Effect.Effect<(id: string) => string, never, Sharding.Sharding> = Effect.map(
  Sharding.Sharding,
  (sharding) => {
    const shardOf = (id: string) => String(sharding.getShardId(EntityId.make(id), "default"))
    const desks = new Map<string, string>()
    let tried = 0
    return (id) => {
      const shard = shardOf(id)
      for (; !desks.has(shard) && tried < namesMax; tried++) {
        const name = String(tried)
        const its = shardOf(name)
        if (!desks.has(its)) desks.set(its, name)
      }
      // An entity under the actor's own name would be in the same shard.
      return desks.get(shard) ?? id
    }
  }
)
