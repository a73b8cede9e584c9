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
import type { Database } from "../database/Database.ts"
import * as SqlPool from "../database/SqlPool.ts"
import * as AppendBarrier from "../journal/AppendBarrier.ts"
import { Owners } from "./Owners.ts"
import * as Post from "./Post.ts"
import type { ShardOwnership } from "./ShardOwnership.ts"
import type { RunnerConfig } from "./RunnerConfig.ts"
import * as RunnerKeyPg from "./RunnerKeyPg.ts"
import * as RunnerLocks from "./RunnerLocks.ts"
import * as RunnerSockets from "./RunnerSockets.ts"
import { sessionIdleMsMax, ShardTerms } from "./ShardTerms.ts"

/** Many more than there are runners, so that each of them has about as many as the others. */
export const shardsPerGroup = 300

/** The library gives the shards out. It has no messages to deliver: those are `Post`'s business. */
export const withoutMessages = Sharding.layer.pipe(
  Layer.provideMerge(Runners.layerNoop),
  Layer.provide(Layer.mergeAll(RunnerHealth.layerNoop, MessageStorage.layerNoop))
)

/** One process that owns every shard. */
export const layerSingle: Layer.Layer<Sharding.Sharding> = withoutMessages.pipe(
  Layer.provide(RunnerStorage.layerMemory),
  Layer.provide(
    ShardingConfig.layer({
      // Said here, so that no environment variable of the host decides it.
      runnerAddress: Option.some(RunnerAddress.make("127.0.0.1", 34_431)),
      shardsPerGroup
    })
  )
)

const runnerConfig = ({ address }: RunnerConfig) =>
  ShardingConfig.layer({
    ...RunnerLocks.settings,
    runnerAddress: Option.some(RunnerAddress.make(address.host, address.port)),
    shardsPerGroup
  })

/** The locks of shards, over a session that the server ends when this process does not stir. */
const locks = ({ address }: RunnerConfig, owners: Owners) =>
  Layer.unwrapEffect(
    Effect.map(AppendBarrier.make, (settleOthers) =>
      RunnerLocks.layer(address, owners, (clock) => new ShardTerms(clock, settleOthers))
    )
  ).pipe(
    Layer.provide(
      SqlRunnerStorage.layer.pipe(Layer.provide(SqlPool.layerLocks(sessionIdleMsMax)), Layer.orDie)
    )
  )

/** One of several processes: shards and membership in Postgres, letters over sockets. */
export const layerRunner = (
  config: RunnerConfig
): Layer.Layer<
  Sharding.Sharding | ShardOwnership | Post.Post,
  RunnerSockets.CannotListenForRunners | SqlError.SqlError,
  SqlClient.SqlClient | Database
> =>
  Layer.suspend(() => {
    const owners = new Owners(shardsPerGroup)
    return Post.layer(config.address, owners).pipe(
      Layer.provide(RunnerSockets.layer(config.listen)),
      Layer.provideMerge(withoutMessages),
      Layer.provideMerge(locks(config, owners)),
      Layer.provide([RunnerKeyPg.layer, runnerConfig(config)])
    )
  })
