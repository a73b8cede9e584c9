/** Shards for whoever asks: two processes both own everything, and only fences help. */
import {
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig
} from "@effect/cluster"
import { Layer, Option } from "effect"

/** Four shards do what three hundred would, in a tenth of the time. */
const config = ShardingConfig.layer({
  runnerAddress: Option.some(RunnerAddress.make("127.0.0.1", 34_431)),
  simulateRemoteSerialization: false,
  shardsPerGroup: 4
})

export const layer: Layer.Layer<Sharding.Sharding> = Sharding.layer.pipe(
  Layer.provideMerge(Runners.layerNoop),
  Layer.provide(Layer.mergeAll(RunnerStorage.layerMemory, RunnerHealth.layerNoop)),
  Layer.provide(MessageStorage.layerMemory),
  Layer.provide(config)
)
