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
  #taken = 0

  constructor(placesMax: number, turns: Turns) {
    this.#placesMax = placesMax
    this.#turns = turns
  }

  /** How many are inside. */
  get taken(): number {
    return this.#taken
  }

  /**
   * In its turn the request is handled, or sent away if all places are taken; neither, if the
   * client has gone by then. A place is free again once the response is closed.
   */
  pass(request: IncomingMessage, response: ServerResponse, handle: Handle, sendAway: Handle): void {
    this.#turns.push(() => {
      if (response.destroyed) return
      if (this.#taken === this.#placesMax) return sendAway(request, response)
      this.#taken++
      response.once("close", () => {
        this.#taken--
      })
      handle(request, response)
    })
  }
}
