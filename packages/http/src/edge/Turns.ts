/**
 * A line of small jobs of which one is done each time the process has looked after everything else.
 * A thousand of them in one go would be a second in which nobody else is answered.
 */
export class Turns {
  readonly #line: Array<() => void> = []

  /** How many wait. */
  get length(): number {
    return this.#line.length
  }

  push(job: () => void): void {
    this.#line.push(job)
    if (this.#line.length === 1) setImmediate(this.#next)
  }

  readonly #next = (): void => {
    const job = this.#line.shift()
    if (this.#line.length > 0) setImmediate(this.#next)
    job?.()
  }
}
