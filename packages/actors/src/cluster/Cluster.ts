/** The cluster that actors live in: one process owns every shard, or several share them. */
import {
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig,
  SqlRunnerStorage
} from "@effect/cluster"
import type { SqlClient, SqlError } from "@effect/sql"
import { Effect, Layer, Option } from "effect"
import { Configuration } from "../configuration/Configuration.ts"
import type { Database } from "../database/Database.ts"
import * as SqlPool from "../database/SqlPool.ts"
import * as AppendBarrier from "../journal/AppendBarrier.ts"
import * as LibraryTransport from "./LibraryTransport.ts"
import type { ShardOwnership } from "./ShardOwnership.ts"
import type { RunnerConfig } from "./RunnerConfig.ts"
import * as RunnerConnections from "./RunnerConnections.ts"
import * as ClusterSecretPg from "./ClusterSecretPg.ts"
import * as RunnerLocks from "./RunnerLocks.ts"
import * as RunnerReceiver from "./RunnerReceiver.ts"
import type * as RunnerTls from "./RunnerTls.ts"
import * as RunnerTransport from "./RunnerTransport.ts"
import { sessionIdleMsMax, ShardLeases } from "./ShardLeases.ts"

/** Many more than there are runners, so that shards spread evenly. */
export const shardsPerGroup = 300

/** Settings whose defaults in the library do not fit. The reasons: docs/adr/0021. */
export const settings = {
  /** A message within a process needs no copy: it is immutable. */
  simulateRemoteSerialization: false,
  /** How long the release of a shard may wait for the open requests of its entities. */
  entityTerminationTimeout: 4_000
} as const

/**
 * Stores no messages. A copy of `MessageStorage.noop`, because with the original the library keeps
 * the id of each answered message until the set of them is full and throws.
 */
export const volatile: Layer.Layer<MessageStorage.MessageStorage> = Layer.succeed(
  MessageStorage.MessageStorage,
  { ...MessageStorage.noop }
)

/** What the library asks of every runner here. `FailureDetector` does the health checks. */
export const parts = Layer.merge(RunnerHealth.layerNoop, volatile)

/** Sharding without other runners. */
export const alone: Layer.Layer<
  Sharding.Sharding,
  never,
  RunnerStorage.RunnerStorage | ShardingConfig.ShardingConfig
> = Sharding.layer.pipe(Layer.provide(Runners.layerNoop), Layer.provide(parts))

/** One process that owns every shard. */
export const layerSingle: Layer.Layer<Sharding.Sharding> = alone.pipe(
  Layer.provide(RunnerStorage.layerMemory),
  Layer.provide(
    ShardingConfig.layer({
      ...settings,
      // Set here, so that environment variables of the host have no effect.
      runnerAddress: Option.some(RunnerAddress.make("127.0.0.1", 34_431)),
      shardsPerGroup
    })
  )
)

const runnerConfig = ({ address, listen }: RunnerConfig) =>
  ShardingConfig.layer({
    ...settings,
    ...RunnerLocks.settings,
    runnerAddress: Option.some(RunnerAddress.make(address.host, address.port)),
    runnerListenAddress: Option.some(RunnerAddress.make(listen.host, listen.port)),
    shardsPerGroup
  })

/** The locks of shards, over a session that the server ends when this process stalls. */
const locks = ({ address }: RunnerConfig) =>
  Layer.unwrapEffect(
    Effect.map(AppendBarrier.make, (settleOthers) =>
      RunnerLocks.layer(address, (clock) => new ShardLeases(clock, settleOthers))
    )
  ).pipe(
    Layer.provide(
      SqlRunnerStorage.layer.pipe(Layer.provide(SqlPool.layerLocks(sessionIdleMsMax)), Layer.orDie)
    )
  )

/** Sharding whose messages `RunnerTransport` carries. */
export const overTransport = RunnerReceiver.layer.pipe(
  Layer.provideMerge(Sharding.layer),
  Layer.provide(RunnerTransport.layer),
  Layer.provide(parts)
)

const sharding = ({ listen }: RunnerConfig) =>
  Layer.unwrapEffect(
    Effect.map(Effect.orDie(Configuration.runnerTransport), (which) =>
      which === "library"
        ? LibraryTransport.layer(listen).pipe(Layer.provide(parts))
        : overTransport.pipe(Layer.provide(RunnerConnections.layer(listen)))
    )
  )

/** One of several processes: shards and membership in Postgres, messages over TLS. */
export const layerRunner = (
  config: RunnerConfig
): Layer.Layer<
  Sharding.Sharding | ShardOwnership,
  RunnerTls.CannotListenForRunners | SqlError.SqlError,
  SqlClient.SqlClient | Database
> =>
  sharding(config).pipe(
    Layer.provideMerge(locks(config)),
    Layer.provide([ClusterSecretPg.layer, runnerConfig(config)])
  )
