/**
 * Random numbers by seed. Streams have names, and single draws have keys, so that removing one
 * element of a plan does not change the draws of the others.
 */

/** FNV-1a, 32 bits. */
export const hash = (text: string, start = 0x811c9dc5): number => {
  let sum = start
  for (let index = 0; index < text.length; index++) {
    sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  }
  return sum >>> 0
}

/** One number in [0, 1) for this key of this seed, whatever else was drawn. */
export const keyed = (seed: number, key: string): number => mix(hash(key, hash(String(seed))))

// The finaliser of MurmurHash3, which spreads similar hashes.
const mix = (value: number): number => {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
}

/** A stream of draws. */
export class Random {
  readonly #seed: number
  readonly #name: string
  #count = 0

  constructor(seed: number, name: string) {
    this.#seed = seed
    this.#name = name
  }

  /** In [0, 1). */
  next(): number {
    return keyed(this.#seed, `${this.#name}/${this.#count++}`)
  }

  /** In [0, limit), whole. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<A>(options: readonly [A, ...ReadonlyArray<A>]): A {
    return options[this.below(options.length)] ?? options[0]
  }
}
