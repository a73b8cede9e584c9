/** Connections between runners, as the transport needs them: text frames, in order. */
import { Context } from "effect"
import type { Address } from "./RunnerConfig.ts"

/** A connection, from the side of one of its ends. */
export interface Connection {
  /** The frames arrive in order, or the connection closes; the sender is not told which arrived. */
  readonly send: (text: string) => void
  /** Closes it for both ends. */
  readonly close: () => void
}

/** What happens to a connection at one of its ends. */
export interface ConnectionHandler {
  /** Called with each frame, as it was given to `send` at the other end. */
  readonly receive: (text: string) => void
  /** Called once, when nothing arrives in either direction any more. */
  readonly closed: () => void
}

export class Connections extends Context.Tag("@souk/actors/Connections")<
  Connections,
  {
    /** Takes frames at once; without a listener at `to`, the connection closes soon. */
    readonly connect: (to: Address, handler: ConnectionHandler) => Connection
    /** From now on `accept` handles the connections that other runners open. */
    readonly listen: (accept: (connection: Connection, from: string) => ConnectionHandler) => void
    /** Calls `then` when all frames that have arrived by now were received. */
    readonly soon: (then: () => void) => void
  }
>() {}
