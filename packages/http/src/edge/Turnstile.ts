/**
 * Where those who log in come through. Few are inside at a time, one comes in at a time, and
 * whoever finds no place is sent away before anything is spent on them.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Turns } from "./Turns.ts"

type Handle = (request: IncomingMessage, response: ServerResponse) => void

export class Turnstile {
  readonly #placesMax: number
  readonly #turns: Turns
  readonly #inside = new Set<IncomingMessage>()

  constructor(placesMax: number, turns: Turns) {
    this.#placesMax = placesMax
    this.#turns = turns
  }

  /** How many are inside. */
  get taken(): number {
    return this.#inside.size
  }

  /**
   * In its turn the request is handled, or sent away if all places are taken; neither, if the
   * client has gone by then. A place is free again once the response is closed.
   */
  pass(request: IncomingMessage, response: ServerResponse, handle: Handle, sendAway: Handle): void {
    this.#turns.push(() => {
      if (response.destroyed) return false
      if (this.#hasRoom()) {
        this.#inside.add(request)
        response.once("close", () => this.#inside.delete(request))
        handle(request, response)
      } else {
        sendAway(request, response)
      }
      return true
    })
  }

  /** Whoever has not said all yet makes room: slow words must not keep others out. */
  #hasRoom(): boolean {
    if (this.#inside.size < this.#placesMax) return true
    for (const request of this.#inside) {
      if (request.complete) continue
      this.#inside.delete(request)
      request.destroy()
      return true
    }
    return false
  }
}
