/** Shards that runners share: each has one owner at a time, as far as locks and leases can. */
import { RunnerAddress, RunnerStorage, type Sharding, ShardingConfig } from "@effect/cluster"
import * as Cluster from "@souk/actors/cluster/Cluster"
import * as RunnerLocks from "@souk/actors/cluster/RunnerLocks"
import { ShardOwnership, type ShardOwnershipShape } from "@souk/actors/cluster/ShardOwnership"
import { ShardLeases } from "@souk/actors/cluster/ShardLeases"
import { SqlError } from "@effect/sql"
import { type Clock, Context, Effect, Layer, Option } from "effect"
import { LockClient } from "./LockClient.ts"
import type { Locks } from "./Locks.ts"
import type { Store } from "./Store.ts"
import * as Transport from "./Transport.ts"
import type { World } from "./World.ts"

/** Enough that each of a few runners has some. */
export const shardsMax = 8

export interface Shared {
  readonly world: World
  readonly store: Store
  readonly locks: Locks
  readonly delayMs: (label: string) => number
  readonly rules: LeaseRules
}

/** How a process judges the ownership of its shards; mutants break it. */
export interface LeaseRules {
  readonly make: (
    clock: Clock.Clock,
    settleOthers: Effect.Effect<void, SqlError.SqlError>
  ) => ShardLeases
  readonly ownership: (terms: ShardOwnershipShape) => ShardOwnershipShape
}

export const soundLeases: LeaseRules = {
  make: (clock, settleOthers) => new ShardLeases(clock, settleOthers),
  ownership: (terms) => terms
}

/** All that runs in one runner between its locks and its actors, as in the product. */
export const layer = (
  place: Transport.Place,
  port: number,
  { delayMs, locks, rules, store, world }: Shared
): Layer.Layer<Sharding.Sharding> => {
  const { network, node } = place
  const own = { host: "runner", port }
  const config = ShardingConfig.layer({
    ...Cluster.settings,
    ...RunnerLocks.settings,
    runnerAddress: Option.some(RunnerAddress.make(own.host, own.port)),
    shardsPerGroup: shardsMax
  })
  const settleOthers = Effect.async<void, SqlError.SqlError>((resume) =>
    store.settleOthers(node, (isSettled) =>
      resume(isSettled ? Effect.void : Effect.fail(new SqlError.SqlError({ cause: "simulated" })))
    )
  )
  const watched = RunnerLocks.layer(
    own,
    (clock) => rules.make(clock, settleOthers),
    ({ host, port }) => Effect.sync(() => network.mayBeThere(`${host}:${port}`))
  ).pipe(
    Layer.map((context) =>
      Context.add(context, ShardOwnership, rules.ownership(Context.get(context, ShardOwnership)))
    ),
    Layer.provide(
      Layer.succeed(
        RunnerStorage.RunnerStorage,
        new LockClient(node, { world, locks, delayMs }).storage
      )
    )
  )
  return Cluster.overTransport.pipe(
    Layer.provide(Transport.layer(place, `${own.host}:${own.port}`)),
    Layer.provideMerge(watched),
    Layer.provide(config)
  )
}
