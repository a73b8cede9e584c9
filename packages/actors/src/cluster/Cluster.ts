/** The cluster that actors live in: one process owns every shard. */
import {
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig,
  SqlMessageStorage
} from "@effect/cluster"
import type { SqlClient } from "@effect/sql"
import { Layer, Option } from "effect"

/** Settings of the library that its defaults would choose for us, each with its reason. */
const config = ShardingConfig.layer({
  // Said here, so that no environment variable of the host decides it.
  runnerAddress: Option.some(RunnerAddress.make("127.0.0.1", 34_431)),
  // Messages within a process need no copy: they are immutable.
  simulateRemoteSerialization: false,
  entityTerminationTimeout: 4_000,
  // How late a persisted message may be found after a lost notice.
  entityMessagePollInterval: 2_000,
  shardsPerGroup: 300
})

const runner = Sharding.layer.pipe(
  Layer.provideMerge(Runners.layerNoop),
  Layer.provide(Layer.mergeAll(RunnerStorage.layerMemory, RunnerHealth.layerNoop))
)

/** One process, messages persisted in Postgres. */
export const layerSingle: Layer.Layer<Sharding.Sharding, never, SqlClient.SqlClient> = runner.pipe(
  Layer.provide(SqlMessageStorage.layer),
  Layer.provide(config),
  Layer.orDie
)

/** One process, nothing persisted: for tests. */
export const layerMemory: Layer.Layer<Sharding.Sharding> = runner.pipe(
  Layer.provide(MessageStorage.layerMemory),
  Layer.provide(config)
)
