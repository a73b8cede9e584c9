/** Shards without exclusive owners: two processes both own all, and only the fence protects. */
import { RunnerAddress, RunnerStorage, type Sharding, ShardingConfig } from "@effect/cluster"
import * as Cluster from "@souk/actors/cluster/Cluster"
import { Layer, Option } from "effect"

/** Four shards do what three hundred would, in a tenth of the time. */
const config = ShardingConfig.layer({
  ...Cluster.settings,
  runnerAddress: Option.some(RunnerAddress.make("127.0.0.1", 34_431)),
  shardsPerGroup: 4
})

export const layer: Layer.Layer<Sharding.Sharding> = Cluster.alone.pipe(
  Layer.provide(RunnerStorage.layerMemory),
  Layer.provide(config)
)
