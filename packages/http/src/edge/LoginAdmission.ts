/**
 * Where those who log in come through. Few are inside at a time, one comes in at a time, and
 * whoever finds no place is sent away before anything is spent on them.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { PacedQueue } from "./PacedQueue.ts"

type Handle = (request: IncomingMessage, response: ServerResponse) => void

export class LoginAdmission {
  readonly #placesMax: number
  readonly #queue: PacedQueue
  readonly #admitted = new Set<IncomingMessage>()

  constructor(placesMax: number, turns: PacedQueue) {
    this.#placesMax = placesMax
    this.#queue = turns
  }

  /** How many are inside. */
  get size(): number {
    return this.#admitted.size
  }

  /**
   * In its turn the request is handled, or sent away if all places are taken; neither, if the
   * client has gone by then. A place is free again once the response is closed.
   */
  admit(request: IncomingMessage, response: ServerResponse, handle: Handle, shed: Handle): void {
    this.#queue.push(() => {
      if (response.destroyed) return false
      if (this.#hasRoom()) {
        this.#admitted.add(request)
        response.once("close", () => this.#admitted.delete(request))
        handle(request, response)
      } else {
        shed(request, response)
      }
      return true
    })
  }

  /** Whoever has not said all yet makes room: slow words must not keep others out. */
  #hasRoom(): boolean {
    if (this.#admitted.size < this.#placesMax) return true
    for (const request of this.#admitted) {
      if (request.complete) continue
      this.#admitted.delete(request)
      request.destroy()
      return true
    }
    return false
  }
}
