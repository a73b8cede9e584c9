/** Desks: each in the shard of the actors it serves. */
import { EntityId, Sharding } from "@effect/cluster"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Cluster from "../../src/cluster/Cluster.ts"
import * as Desks from "../../src/cluster/Desks.ts"

describe("a desk", () => {
  it.scoped("is in the shard of its actors, and there is one for each shard", () =>
    Effect.gen(function* () {
      const sharding = yield* Sharding.Sharding
      const deskOf = yield* Desks.make
      const shardOf = (id: string) => String(sharding.getShardId(EntityId.make(id), "default"))
      const desks = new Map<string, string>()
      for (let n = 0; n < 10_000; n++) {
        const id = `ord_${n}`
        const desk = deskOf(id)
        assert.strictEqual(shardOf(desk), shardOf(id))
        assert.strictEqual(desks.get(shardOf(id)) ?? desk, desk)
        desks.set(shardOf(id), desk)
      }
      assert.strictEqual(desks.size, 300)
    }).pipe(Effect.provide(Cluster.layerMemory))
  )
})
