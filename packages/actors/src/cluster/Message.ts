/**
 * The messages between runners: requests to entities, and responses. A frame is a bundle of them as
 * one JSON array. Payloads, successes and failures are encoded by the schemas of the entity.
 */
import { Schema } from "effect"
import type { Connection } from "./Connection.ts"

/** How long one message or frame may be. */
export const bytesMax = 64 * 1024 * 1024

/** How many messages one frame carries at most, and the length beyond which it takes no more. */
const bundleMax = 512
const bundleCharsMax = 1024 * 1024

const body = Schema.optionalElement(Schema.Unknown)

/** Entity type, entity id, name of the message, payload. */
export type Request = readonly [type: string, id: string, tag: string, payload?: unknown]

/** `not_assigned`: this runner does not own the entity, or is closing it; ask its next owner. */
const Outcome = Schema.Literal("success", "failure", "defect", "mailbox_full", "not_assigned")
export type Response = readonly [outcome: typeof Outcome.Type, body?: unknown]

/** Each message has the number of its request on this connection. */
const bundleOf = <A, I>(message: Schema.Schema<A, I>) =>
  Schema.decodeUnknownEither(Schema.parseJson(Schema.Array(message)))

export const readRequests = bundleOf(
  Schema.Tuple(Schema.Int, Schema.String, Schema.String, Schema.String, body)
)
export const readResponses = bundleOf(Schema.Tuple(Schema.Int, Outcome, body))

/** A character takes three bytes at most, so that most texts need not be measured. */
const isTooLong = (text: string): boolean =>
  text.length * 3 > bytesMax && Buffer.byteLength(text) > bytesMax

/** Messages that are sent together: a system call costs more than many messages. */
export class SendBuffer<Message extends Request | Response> {
  readonly #connection: Connection
  readonly #soon: (then: () => void) => void
  #texts: Array<string> = []
  #chars = 0

  constructor(connection: Connection, soon: (then: () => void) => void) {
    this.#connection = connection
    this.#soon = soon
  }

  /** Sends the message with the others of this turn; false, and nothing sent, if it is too long. */
  post(number: number, message: Message): boolean {
    const text = JSON.stringify([number, ...message])
    if (isTooLong(text)) return false
    if (this.#chars + text.length > bundleCharsMax) this.#flush()
    this.#texts.push(text)
    this.#chars += text.length
    if (this.#texts.length === 1) this.#soon(() => this.#flush())
    if (this.#texts.length >= bundleMax) this.#flush()
    return true
  }

  #flush(): void {
    if (this.#texts.length === 0) return
    const texts = this.#texts
    this.#texts = []
    this.#chars = 0
    this.#connection.send(`[${texts.join(",")}]`)
  }
}
