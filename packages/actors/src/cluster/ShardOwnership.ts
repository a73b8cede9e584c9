/** Which shards this process owns, and in which epoch. */
import { Context } from "effect"

/** Notified when this process loses a shard. */
export interface ShardObserver {
  /** Evicts all actors of a shard, or of all shards; their callers are told to ask the owner. */
  readonly evict: (shard?: string) => void
  /** Whether no append of an evicted actor can still reach the journal. */
  readonly isDrained: (shard?: string) => boolean
}

export interface ShardOwnershipShape {
  /**
   * The epoch of a shard; undefined unless this process certainly owns it. A shard that was lost
   * and acquired again has another epoch.
   */
  readonly epoch: (shard: string) => number | undefined
  /** Whether an append that is sent now arrives before another process can own these shards. */
  readonly mayWrite: () => boolean
  /** How many shards this process certainly owns; undefined without a cluster. */
  readonly count: () => number | undefined
  /** Adds an observer. */
  readonly register: (observer: ShardObserver) => void
}

/** Without a cluster, a process owns all shards in one epoch. */
export const alone: ShardOwnershipShape = {
  epoch: () => 1,
  mayWrite: () => true,
  count: () => undefined,
  register: () => undefined
}

/**
 * State in memory is valid only while no other process can have written: within one epoch of a
 * shard.
 */
export class ShardOwnership extends Context.Reference<ShardOwnership>()(
  "@souk/actors/ShardOwnership",
  {
    defaultValue: () => alone
  }
) {}
