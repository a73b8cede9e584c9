/** The cluster that actors live in: one process owns every shard, or several share them. */
import {
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig,
  SocketRunner,
  SqlMessageStorage,
  SqlRunnerStorage
} from "@effect/cluster"
import { RpcSerialization } from "@effect/rpc"
import type { SqlClient } from "@effect/sql"
import { type SqlError } from "@effect/sql"
import { Effect, Layer, Option } from "effect"
import type { Database } from "../database/Database.ts"
import * as SqlPool from "../database/SqlPool.ts"
import * as AppendBarrier from "../journal/AppendBarrier.ts"
import type { ShardOwnership } from "./ShardOwnership.ts"
import type { RunnerConfig } from "./RunnerConfig.ts"
import * as RunnerKeyPg from "./RunnerKeyPg.ts"
import * as RunnerLocks from "./RunnerLocks.ts"
import * as RunnerSockets from "./RunnerSockets.ts"
import { sessionIdleMsMax, ShardTerms } from "./ShardTerms.ts"

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

const runnerConfig = ({ address, listen }: RunnerConfig) =>
  ShardingConfig.layer({
    ...RunnerLocks.settings,
    runnerAddress: Option.some(RunnerAddress.make(address.host, address.port)),
    runnerListenAddress: Option.some(RunnerAddress.make(listen.host, listen.port)),
    simulateRemoteSerialization: false,
    shardsPerGroup: 300
  })

/** The locks of shards, over a session that the server ends when this process does not stir. */
const locks = ({ address }: RunnerConfig) =>
  Layer.unwrapEffect(
    Effect.map(AppendBarrier.make, (settleOthers) =>
      RunnerLocks.layer(address, (clock) => new ShardTerms(clock, settleOthers))
    )
  ).pipe(
    Layer.provide(
      SqlRunnerStorage.layer.pipe(Layer.provide(SqlPool.layerLocks(sessionIdleMsMax)), Layer.orDie)
    )
  )

/** One of several processes: shards and membership in Postgres, messages over sockets. */
export const layerRunner = (
  config: RunnerConfig
): Layer.Layer<
  Sharding.Sharding | ShardOwnership,
  RunnerSockets.CannotListenForRunners | SqlError.SqlError,
  SqlClient.SqlClient | Database
> =>
  SocketRunner.layer.pipe(
    Layer.provide([
      RunnerSockets.layerServer(config.listen),
      RunnerSockets.layerClient,
      RunnerHealth.layerNoop,
      MessageStorage.layerNoop
    ]),
    Layer.provideMerge(locks(config)),
    Layer.provide([RunnerKeyPg.layer, RpcSerialization.layerMsgPack, runnerConfig(config)])
  )
