/** The locks of shards as one of several runners sees them: with terms, and without the dead. */
import { RunnerStorage } from "@effect/cluster"
import { type Clock, Context, Effect, Layer } from "effect"
import type { Address } from "./RunnerConfig.ts"
import * as FailureDetector from "./FailureDetector.ts"
import { ShardOwnership } from "./ShardOwnership.ts"
import type { ShardLeases } from "./ShardLeases.ts"

/** How soon the library notices what, in milliseconds. Why these: docs/adr/0010. */
export const settings = {
  /** A runner without a heartbeat for so long is passed over when shards are given out. */
  shardLockExpiration: 6_000,
  shardLockRefreshInterval: 2_000,
  refreshAssignmentsInterval: 500,
  /** How soon shards are asked for again after trouble with their locks. */
  entityMessagePollInterval: 1_000
} as const

/** The store of locks, watched, and what this process may believe of the shards it has. */
export const layer = (
  own: Address,
  makeTerms: (clock: Clock.Clock) => ShardLeases,
  probe?: FailureDetector.Probe
): Layer.Layer<ShardOwnership | RunnerStorage.RunnerStorage, never, RunnerStorage.RunnerStorage> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const terms = makeTerms(yield* Effect.clock)
      const storage = yield* RunnerStorage.RunnerStorage
      return Context.make(ShardOwnership, terms).pipe(
        Context.add(
          RunnerStorage.RunnerStorage,
          FailureDetector.watch(terms.watch(storage), own, probe)
        )
      )
    })
  )
