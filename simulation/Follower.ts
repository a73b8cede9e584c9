/** A reader of the whole journal with a plain cursor, as read models and exports have one. */
import { must } from "@souk/domain/testing/Invariant"
import type { Store } from "./Store.ts"
import type { World } from "./World.ts"

const everyMs = 200
const pageSize = 5

export class Follower {
  readonly #store: Store
  readonly #seen = new Set<string>()
  #cursor = 0

  constructor(world: World, store: Store) {
    this.#store = store
    const follow = () => {
      this.#read()
      world.schedule(everyMs, "follow", follow)
    }
    world.schedule(everyMs, "follow", follow)
  }

  /** I-6: nothing of the journal was passed over. */
  rest(): void {
    while (this.#read() > 0);
    for (const { stream, version } of this.#store.rows) {
      const isSeen = this.#seen.has(`${stream}@${version}`)
      must("I-6", isSeen, `a reader never saw ${stream}@${version}`)
    }
  }

  #read(): number {
    const page = this.#store.readAll(this.#cursor, pageSize)
    for (const { position, stream, version } of page) {
      this.#seen.add(`${stream}@${version}`)
      this.#cursor = position
    }
    return page.length
  }
}
