/** The locks of shards, with epochs, and without runners that are gone. */
import { RunnerStorage } from "@effect/cluster"
import { type Clock, Context, Effect, Layer } from "effect"
import type { Address } from "./RunnerConfig.ts"
import * as FailureDetector from "./FailureDetector.ts"
import { ShardOwnership } from "./ShardOwnership.ts"
import type { ShardLeases } from "./ShardLeases.ts"

/** Intervals and limits of the library, in milliseconds. The reasons: docs/adr/0010. */
export const settings = {
  /** A runner without a heartbeat for this long gets no shards. */
  shardLockExpiration: 6_000,
  shardLockRefreshInterval: 2_000,
  refreshAssignmentsInterval: 500,
  /** How soon shards are requested again after a failure of their locks. */
  entityMessagePollInterval: 1_000
} as const

/** The store of locks, observed, and the ownership that follows for this process. */
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
