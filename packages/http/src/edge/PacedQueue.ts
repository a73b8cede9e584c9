/**
 * A line of small jobs, of which one is done at a time. A thousand of them in one go would be a
 * second in which nobody else is answered.
 */
export type Pause = (go: () => void) => void

/** Says whether there was anything to do: whoever has gone meanwhile costs the next one nothing. */
export type Job = () => boolean

/** Until the process has looked after everything else once. */
const nextTurn: Pause = (go) => {
  setImmediate(go)
}

export class PacedQueue {
  readonly #queue: Array<Job> = []
  readonly #pause: Pause
  #isPausing = false

  /** What lies between two jobs; the first of a line waits for the last of the line before it. */
  constructor(pause: Pause = nextTurn) {
    this.#pause = pause
  }

  /** How many wait. */
  get length(): number {
    return this.#queue.length
  }

  push(job: Job): void {
    this.#queue.push(job)
    if (this.#isPausing) return
    this.#isPausing = true
    setImmediate(this.#next)
  }

  readonly #next = (): void => {
    const job = this.#queue.shift()
    this.#isPausing = job !== undefined
    if (job === undefined) return
    let wasWork = true
    try {
      wasWork = job()
    } finally {
      const pause = wasWork ? this.#pause : nextTurn
      pause(this.#next)
    }
  }
}
