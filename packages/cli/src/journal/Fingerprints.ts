/** A set of texts of any number in little memory: 64 bits of each, and nothing else. */
import { createHash } from "node:crypto"

/** How full it may be before it grows. */
const loadMax = 0.6

/**
 * Two different texts pass for the same one with a probability of one in 2^64 for each pair: for
 * ten million texts, one in three hundred thousand that it happens at all.
 */
export class Fingerprints {
  #slots = new BigUint64Array(1 << 10)
  #size = 0

  /** Whether the text is new. */
  add(text: string): boolean {
    // Zero marks an empty slot.
    const mark = createHash("sha256").update(text).digest().readBigUInt64LE() || 1n
    if (this.#size >= this.#slots.length * loadMax) this.#grow()
    const isNew = Fingerprints.#put(this.#slots, mark)
    if (isNew) this.#size++
    return isNew
  }

  #grow(): void {
    const slots = new BigUint64Array(this.#slots.length * 2)
    for (const mark of this.#slots) if (mark !== 0n) Fingerprints.#put(slots, mark)
    this.#slots = slots
  }

  static #put(slots: BigUint64Array, mark: bigint): boolean {
    const last = slots.length - 1
    let at = Number(mark & BigInt(last))
    for (; slots[at] !== 0n; at = (at + 1) & last) if (slots[at] === mark) return false
    slots[at] = mark
    return true
  }
}
