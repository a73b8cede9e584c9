/** Repeatable random numbers: all random choices of a run derive from one printed seed. */
import { Struct } from "effect"
import { randomInt } from "node:crypto"

export class Random {
  readonly seed: number
  #state: number

  constructor(seed: number) {
    this.seed = seed
    this.#state = seed >>> 0
  }

  /** The seed of `SOUK_TEST_SEED`, to see a run again, or a new one. */
  static fromEnvironment(): Random {
    const given = Number(process.env["SOUK_TEST_SEED"])
    return new Random(given > 0 ? given : randomInt(1, 2 ** 31))
  }

  /** Another source, so that the draws of one user do not change those of others. */
  fork(): Random {
    return new Random(this.int(0, 2 ** 31))
  }

  /** From 0 to less than 1. The generator is mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** From `least` to less than `end`. */
  int(least: number, end: number): number {
    return least + Math.floor(this.next() * (end - least))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<A>(options: readonly [A, ...ReadonlyArray<A>]): A {
    return options[this.int(0, options.length)] ?? options[0]
  }

  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Struct.keys(weights)
    let left = this.next() * names.reduce((sum, name) => sum + weights[name], 0)
    return names.find((name) => (left -= weights[name]) < 0) ?? names[0]!
  }

  shuffle<A>(items: ReadonlyArray<A>): ReadonlyArray<A> {
    return items
      .map((item) => ({ item, rank: this.next() }))
      .toSorted((one, other) => one.rank - other.rank)
      .map(({ item }) => item)
  }
}
