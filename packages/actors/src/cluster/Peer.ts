/** Another runner, as this one calls its entities. */
import { Either } from "effect"
import type { Connection, Connections } from "./Connection.ts"
import * as Message from "./Message.ts"
import type { Address } from "./RunnerConfig.ts"

/** How many calls to one runner may be without a response; more are refused. */
const openMax = 16_384

/** How long a call may be without a response: 2 s of waiting at the other end, and 3 s beyond. */
const responseMsMax = 5_000

/** `lost`: there will be no response. The entity may have handled the request all the same. */
export type Outcome = Message.Response | readonly [outcome: "lost", detail: string]

interface Call {
  /** Called once. */
  readonly respond: (outcome: Outcome) => void
  readonly sentMs: number
}

interface Open {
  readonly connection: Connection
  readonly buffer: Message.SendBuffer<Message.Request>
}

export class Peer {
  readonly #address: Address
  readonly #connections: Connections["Type"]
  readonly #nowMs: () => number
  readonly #calls = new Map<number, Call>()
  #open: Open | undefined
  #lastNumber = 0
  #heardMs = Number.NEGATIVE_INFINITY

  constructor(address: Address, connections: Connections["Type"], nowMs: () => number) {
    this.#address = address
    this.#connections = connections
    this.#nowMs = nowMs
  }

  /** Sends a request once, and calls back once with its response or its loss. */
  call(request: Message.Request, respond: (outcome: Outcome) => void): void {
    if (this.#calls.size >= openMax) {
      return respond(["mailbox_full", `${openMax} calls to its process have no response`])
    }
    this.#open ??= this.#connect()
    const number = ++this.#lastNumber
    if (!this.#open.buffer.post(number, request)) {
      return respond(["defect", `the message is longer than ${Message.bytesMax} bytes`])
    }
    this.#calls.set(number, { respond, sentMs: this.#nowMs() })
  }

  /** Fails calls without a response in time, and closes a connection that was silent meanwhile. */
  tick(): void {
    const nowMs = this.#nowMs()
    for (const [number, { respond, sentMs }] of this.#calls) {
      // Calls are kept in the order in which they were sent.
      if (sentMs + responseMsMax > nowMs) return
      this.#calls.delete(number)
      respond(["lost", "no response in time"])
      if (this.#heardMs < sentMs) this.close("its process is silent")
    }
  }

  /** Closes the connection; calls without a response are lost. */
  close(why: string): void {
    const open = this.#open
    this.#open = undefined
    open?.connection.close()
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const { respond } of calls) respond(["lost", why])
  }

  #connect(): Open {
    const isCurrent = () => this.#open === open
    const connection = this.#connections.connect(this.#address, {
      receive: (text) => {
        if (isCurrent()) this.#receive(text)
      },
      closed: () => {
        if (isCurrent()) this.close("the connection to its process closed")
      }
    })
    const buffer = new Message.SendBuffer<Message.Request>(connection, this.#connections.soon)
    const open: Open = { connection, buffer }
    return open
  }

  #receive(text: string): void {
    this.#heardMs = this.#nowMs()
    const responses = Message.readResponses(text)
    if (Either.isLeft(responses)) return this.close("its process sent an unreadable response")
    for (const [number, outcome, body] of responses.right) {
      const call = this.#calls.get(number)
      this.#calls.delete(number)
      call?.respond([outcome, body])
    }
  }
}
