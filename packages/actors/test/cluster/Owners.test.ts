/** Who a shard is given to, as this code and as the library finds. */
import {
  Runner,
  RunnerAddress,
  RunnerStorage,
  Sharding,
  ShardingConfig,
  ShardId
} from "@effect/cluster"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as Cluster from "../../src/cluster/Cluster.ts"
import { Owners } from "../../src/cluster/Owners.ts"

const shards = 300
const [first, second, third] = [
  RunnerAddress.make("10.0.0.1", 34_431),
  RunnerAddress.make("10.0.0.2", 34_431),
  RunnerAddress.make("10.0.0.3", 34_431)
] as const
const addresses = [first, second, third]

const runner = (address: RunnerAddress.RunnerAddress) =>
  Runner.make({ address, groups: ["default"], weight: 1 })

/** A storage whose list of runners is these, and the owners that are found from it. */
const watching = (list: ReadonlyArray<readonly [RunnerAddress.RunnerAddress, boolean]>) =>
  Effect.gen(function* () {
    const owners = new Owners(shards)
    const memory = yield* RunnerStorage.makeMemory
    const getRunners = Effect.succeed(
      list.map(([address, isWell]): [Runner.Runner, boolean] => [runner(address), isWell])
    )
    const storage = owners.watch(RunnerStorage.RunnerStorage.of({ ...memory, getRunners }))
    return { owners, storage }
  })

const all = (owners: Owners) =>
  Array.from({ length: shards }, (_, index) => String(owners.of(index + 1)))

describe("the owners of shards", () => {
  for (const own of addresses) {
    it.scopedLive(`are those that the library has, seen from ${own.host}`, () =>
      Effect.gen(function* () {
        const { owners, storage } = yield* watching(addresses.map((address) => [address, true]))
        const context = yield* Layer.build(
          Cluster.withoutMessages.pipe(
            Layer.provide(Layer.succeed(RunnerStorage.RunnerStorage, storage)),
            Layer.provide(
              ShardingConfig.layer({ runnerAddress: Option.some(own), shardsPerGroup: shards })
            )
          )
        )
        const sharding = yield* Sharding.Sharding.pipe(Effect.provide(context))
        const has = (n: number) => sharding.hasShardId(ShardId.make("default", n))
        const numbers = Array.from({ length: shards }, (_, index) => index + 1)
        const settled = Effect.suspend(() =>
          numbers.some(has) ? Effect.void : Effect.fail("nothing yet")
        )
        yield* Effect.retry(settled, { times: 200, while: () => Effect.as(Effect.sleep(25), true) })
        const its = numbers.filter((n) => String(owners.of(n)) === String(own))
        assert.deepStrictEqual(numbers.filter(has), its)
        assert.isAbove(its.length, 50)
      })
    )
  }

  it.effect("do not depend on the order of the list, and the unwell are none", () =>
    Effect.gen(function* () {
      const one = yield* watching([
        [first, true],
        [second, false],
        [third, true]
      ])
      const other = yield* watching([
        [third, true],
        [first, true]
      ])
      assert.isUndefined(one.owners.of(1))
      yield* one.storage.getRunners
      yield* other.storage.getRunners
      assert.deepStrictEqual(all(one.owners), all(other.owners))
      assert.deepStrictEqual([...new Set(all(one.owners))].toSorted(), [
        String(first),
        String(third)
      ])
    })
  )
})
