/** A client that follows an order live, over its own connection. */
import { type ClientRequest, get, type IncomingMessage } from "node:http"

export interface LiveEvent {
  readonly event: string
  readonly id: number
  readonly data: string
}

export class Follower {
  readonly status: Promise<number>
  /** The connection is closed, by either end. */
  readonly ended: Promise<void>
  readonly events: Array<LiveEvent> = []
  readonly #request: ClientRequest
  #text = ""

  constructor(baseUrl: string, key: string, orderId: string, seen?: number) {
    this.#request = get(`${baseUrl}/v1/orders/${orderId}/stream`, {
      // One connection each, as with as many browsers.
      agent: false,
      headers: {
        authorization: `Bearer ${key}`,
        ...(seen === undefined ? {} : { "last-event-id": String(seen) })
      }
    })
    this.ended = new Promise((resolve) => {
      this.#request.once("close", resolve)
    })
    this.status = new Promise((resolve, reject) => {
      this.#request.once("error", reject)
      this.#request.once("response", (response) => {
        this.#hear(response)
        resolve(response.statusCode ?? 0)
      })
    })
    this.status.catch(() => undefined)
  }

  /** The id of the last event that was seen. */
  get last(): number {
    return this.events.at(-1)?.id ?? 0
  }

  close(): void {
    this.#request.destroy()
  }

  #hear(response: IncomingMessage): void {
    response.setEncoding("utf8")
    response.on("error", () => undefined)
    response.on("data", (chunk: string) => {
      const blocks = (this.#text + chunk).split("\n\n")
      this.#text = blocks.pop() ?? ""
      for (const block of blocks) {
        const [, event, id, data] = /^event: (\w+)\nid: (\d+)\ndata: (.*)$/.exec(block) ?? []
        if (event !== undefined) this.events.push({ event, id: Number(id), data: data ?? "" })
      }
    })
  }
}
