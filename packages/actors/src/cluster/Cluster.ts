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
import { Context, Effect, Layer, Option } from "effect"
import type { Database } from "../database/Database.ts"
import * as SqlPool from "../database/SqlPool.ts"
import * as AppendBarrier from "../journal/AppendBarrier.ts"
import { ShardOwnership } from "./ShardOwnership.ts"
import type { RunnerConfig } from "./RunnerConfig.ts"
import * as RunnerKeyPg from "./RunnerKeyPg.ts"
import * as RunnerPresence from "./RunnerPresence.ts"
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

/** Why these: docs/adr/0010. */
const runnerConfig = ({ address, listen }: RunnerConfig) =>
  ShardingConfig.layer({
    runnerAddress: Option.some(RunnerAddress.make(address.host, address.port)),
    runnerListenAddress: Option.some(RunnerAddress.make(listen.host, listen.port)),
    simulateRemoteSerialization: false,
    shardsPerGroup: 300,
    // A runner without a heartbeat for so long is passed over when shards are given out.
    shardLockExpiration: 6_000,
    shardLockRefreshInterval: 2_000,
    refreshAssignmentsInterval: 500,
    entityTerminationTimeout: 3_000,
    // Also how soon shards are asked for again after trouble with their locks.
    entityMessagePollInterval: 1_000,
    sendRetryInterval: 100
  })

/** The locks of shards, over a session that the server ends when this process does not stir. */
const locks = (config: RunnerConfig) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const terms = new ShardTerms(clock, yield* AppendBarrier.make)
      const storage = yield* RunnerStorage.RunnerStorage
      return Context.make(ShardOwnership, terms).pipe(
        Context.add(
          RunnerStorage.RunnerStorage,
          RunnerPresence.watch(terms.watch(storage), config.address)
        )
      )
    })
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
