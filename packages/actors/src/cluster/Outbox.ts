/** Letters for one line, which leave together: a system call costs more than many letters. */
import type { Line } from "./Lines.ts"

/** How many letters travel together at most. */
const bundleMax = 512

export class Outbox<Letter> {
  readonly #line: Line
  readonly #soon: (then: () => void) => void
  #letters: Array<readonly [number: number, letter: Letter]> = []

  constructor(line: Line, soon: (then: () => void) => void) {
    this.#line = line
    this.#soon = soon
  }

  /** `letter` is plain JSON; `number` says to which question it belongs. */
  post(number: number, letter: Letter): void {
    this.#letters.push([number, letter])
    if (this.#letters.length === 1) this.#soon(() => this.#send())
    if (this.#letters.length >= bundleMax) this.#send()
  }

  #send(): void {
    if (this.#letters.length === 0) return
    const letters = this.#letters
    this.#letters = []
    this.#line.send(JSON.stringify(letters))
  }
}
