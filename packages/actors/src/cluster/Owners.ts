/** Which runner a shard is given to: what the cluster library knows, and keeps to itself. */
import type { RunnerAddress, RunnerStorage } from "@effect/cluster"
import { Effect, HashRing } from "effect"
import type { Address } from "./RunnerConfig.ts"

type Storage = RunnerStorage.RunnerStorage["Type"]

/**
 * The library gives shards out by a hash ring of the runners that are well. The same list makes the
 * same ring here, in whatever order it came. If it ever did not, whoever is asked says that the
 * actor does not live there, and nothing worse happens.
 */
export class Owners {
  readonly #shards: number
  #runners = ""
  #owners: ReadonlyArray<Address> = []

  /** `shards` is how many there are. */
  constructor(shards: number) {
    this.#shards = shards
  }

  /** The owner to be of a shard, by its number from 1 on; nothing while there are no runners. */
  of(shard: number): Address | undefined {
    return this.#owners[shard - 1]
  }

  /** The same storage; each list of runners that it gives is taken note of. */
  watch(storage: Storage): Storage {
    return {
      ...storage,
      getRunners: Effect.tap(storage.getRunners, (runners) =>
        Effect.sync(() =>
          this.#note(runners.filter(([, isWell]) => isWell).map(([{ address }]) => address))
        )
      )
    }
  }

  #note(well: ReadonlyArray<RunnerAddress.RunnerAddress>): void {
    const runners = well.map(String).toSorted().join()
    if (runners === this.#runners) return
    this.#runners = runners
    const ring = HashRing.addMany(HashRing.make<RunnerAddress.RunnerAddress>(), well)
    this.#owners = HashRing.getShards(ring, this.#shards) ?? []
  }
}
