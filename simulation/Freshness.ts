/** I-5: after a response with a version no later response has an older one. */
import { leaseMs } from "@souk/actors/cluster/ShardLeases"
import { must } from "@souk/domain/testing/Invariant"
import type { Locks } from "./Locks.ts"
import type { World } from "./World.ts"

/** A read in flight. */
export interface Asked {
  readonly stream: string
  readonly atMs: number
  /** The version that had been returned before. */
  readonly floor: number
}

export class Freshness {
  readonly #world: World
  readonly #locks: Locks
  /** The latest version that was returned, by stream. */
  readonly #told = new Map<string, number>()

  constructor(world: World, locks: Locks) {
    this.#world = world
    this.#locks = locks
  }

  asked(stream: string): Asked {
    return { stream, atMs: this.#world.nowMs, floor: this.#told.get(stream) ?? 0 }
  }

  told({ atMs, floor, stream }: Asked, version: number): void {
    // An owner whose locks were ended by force learns it only with its next query.
    const isExcused = atMs <= this.#locks.forcedAtMs + leaseMs
    if (!isExcused) must("I-5", version >= floor, `${stream}@${version} told after @${floor}`)
    this.#told.set(stream, Math.max(version, this.#told.get(stream) ?? 0))
  }
}
