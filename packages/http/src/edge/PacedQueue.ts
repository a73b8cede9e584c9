/**
 * Runs small jobs one at a time, with a pause between them. A thousand of them at once would block
 * the event loop for a second.
 */
export type Pause = (go: () => void) => void

/** Returns whether it did any work: after a job without work there is no pause. */
export type Job = () => boolean

/** Waits until the event loop has run once. */
const nextTurn: Pause = (go) => {
  setImmediate(go)
}

export class PacedQueue {
  readonly #queue: Array<Job> = []
  readonly #pause: Pause
  #isPausing = false

  /** `pause` follows every job, also the last one: the next job waits for its end. */
  constructor(pause: Pause = nextTurn) {
    this.#pause = pause
  }

  /** Number of jobs that wait. */
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
