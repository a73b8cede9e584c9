/** I-5: whoever asks after something was told is told nothing older, whatever shards moved. */
import { leaseMs } from "@souk/actors/cluster/ShardLeases"
import { must } from "@souk/domain/testing/Invariant"
import type { Locks } from "./Locks.ts"
import type { World } from "./World.ts"

/** A question that is under way. */
export interface Asked {
  readonly stream: string
  readonly atMs: number
  /** What had been told of the stream before. */
  readonly floor: number
}

export class Freshness {
  readonly #world: World
  readonly #locks: Locks
  /** The latest version that anybody was told of, by stream. */
  readonly #told = new Map<string, number>()

  constructor(world: World, locks: Locks) {
    this.#world = world
    this.#locks = locks
  }

  asked(stream: string): Asked {
    return { stream, atMs: this.#world.nowMs, floor: this.#told.get(stream) ?? 0 }
  }

  told({ atMs, floor, stream }: Asked, version: number): void {
    // Locks that are taken away by force leave their owner in a belief it cannot know to be wrong.
    const isExcused = atMs <= this.#locks.forcedAtMs + leaseMs
    if (!isExcused) must("I-5", version >= floor, `${stream}@${version} told after @${floor}`)
    this.#told.set(stream, Math.max(version, this.#told.get(stream) ?? 0))
  }
}
