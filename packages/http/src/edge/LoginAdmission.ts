/**
 * Limits concurrent logins. Requests are admitted one at a time; at the limit they are shed before
 * their body is read.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { PacedQueue } from "./PacedQueue.ts"

type Handle = (request: IncomingMessage, response: ServerResponse) => void

export class LoginAdmission {
  readonly #admittedMax: number
  readonly #queue: PacedQueue
  readonly #admitted = new Set<IncomingMessage>()

  constructor(admittedMax: number, queue: PacedQueue) {
    this.#admittedMax = admittedMax
    this.#queue = queue
  }

  /** Number of admitted requests. */
  get size(): number {
    return this.#admitted.size
  }

  /**
   * Handles the request when the queue reaches it, or sheds it at the limit. Does nothing if the
   * client has disconnected by then. A request counts until its response is closed.
   */
  admit(request: IncomingMessage, response: ServerResponse, handle: Handle, shed: Handle): void {
    this.#queue.push(() => {
      if (response.destroyed) return false
      if (this.#makeRoom()) {
        this.#admitted.add(request)
        response.once("close", () => this.#admitted.delete(request))
        handle(request, response)
      } else {
        shed(request, response)
      }
      return true
    })
  }

  /** At the limit, closes a request with an incomplete body: slow clients must not block others. */
  #makeRoom(): boolean {
    if (this.#admitted.size < this.#admittedMax) return true
    for (const request of this.#admitted) {
      if (request.complete) continue
      this.#admitted.delete(request)
      request.destroy()
      return true
    }
    return false
  }
}
