/** The ids of the commands an actor has answered lately, so that a repeat is recognised. */

/** Enough for every order, payment and shipment whole; of a busy stock item the last minutes. */
const idsMax = 1024

export class CommandMemory {
  readonly #ids = new Set<string>()
  #hasForgotten = false

  /** Whether older ids than these have existed, so that not finding one proves nothing. */
  get hasForgotten(): boolean {
    return this.#hasForgotten
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    this.#ids.add(id)
    if (this.#ids.size <= idsMax) return
    const [oldest] = this.#ids
    if (oldest !== undefined) this.#ids.delete(oldest)
    this.#hasForgotten = true
  }

  clear(hasForgotten: boolean): void {
    this.#ids.clear()
    this.#hasForgotten = hasForgotten
  }
}
