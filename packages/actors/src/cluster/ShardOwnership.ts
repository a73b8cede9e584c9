/** Which shards this process owns, and since when without a break. */
import { Context } from "effect"

/** Somebody who keeps actors of shards in memory. */
export interface ShardObserver {
  /** Forgets at once all actors of a shard, or of all shards; their callers are told to ask on. */
  readonly evict: (shard?: string) => void
  /** Whether nothing of what was forgotten can still reach the journal. */
  readonly isDrained: (shard?: string) => boolean
}

export interface ShardOwnershipShape {
  /**
   * The number of the present term of a shard; nothing while it is not ours, or not certainly so.
   * A shard that was lost and won again, however soon, has another number.
   */
  readonly epoch: (shard: string) => number | undefined
  /** Whether what is sent to the journal now can arrive before anybody else owns our shards. */
  readonly mayWrite: () => boolean
  /** How many shards are certainly ours; nothing without a cluster. */
  readonly count: () => number | undefined
  /** From now on `lodger` has to leave with the shards. */
  readonly register: (observer: ShardObserver) => void
}

/** A process that is alone, as without a cluster, has one term for ever. */
export const alone: ShardOwnershipShape = {
  epoch: () => 1,
  mayWrite: () => true,
  count: () => undefined,
  register: () => undefined
}

/**
 * What is in memory is true only as long as nobody else can have written: within one term of a
 * shard.
 */
export class ShardOwnership extends Context.Reference<ShardOwnership>()(
  "@souk/actors/ShardOwnership",
  {
    defaultValue: () => alone
  }
) {}
