/** What is under way in the test shop: in order, out of order, twice, or lost. */
import { Utils } from "effect"

/** Something under way. A crash loses it, unless it has left the house already. */
export interface Message {
  readonly label: string
  readonly isOutside: boolean
  readonly deliver: () => void
}

export class Network {
  queue: Array<Message> = []

  send(label: string, deliver: () => void, isOutside = false) {
    this.queue.push({ label, deliver, isOutside })
  }

  /** Delivers the n-th message under way; `isCopy` leaves another one of it there. */
  deliver(n = 0, isCopy = false) {
    const index = n % Math.max(1, this.queue.length)
    const message = this.queue[index]
    if (!isCopy) this.queue.splice(index, 1)
    message?.deliver()
  }

  /** The n-th message under way is lost. */
  lose(n: number) {
    this.queue.splice(n % Math.max(1, this.queue.length), 1)
  }

  /** Delivers everything under way, first come first served. */
  run() {
    for (let count = 0; this.queue.length > 0 && count < 10_000; count++) this.deliver()
    return this
  }

  /** Delivers everything under way in an order that `seed` draws. */
  shuffle(seed: number) {
    const random = new Utils.PCGRandom(seed)
    for (let count = 0; this.queue.length > 0 && count < 10_000; count++) {
      this.deliver(random.integer(this.queue.length))
    }
    return this
  }
}
