/** Connections between runners, as the transport needs them: text frames, in order. */
import { Context } from "effect"
import type { Address } from "./RunnerConfig.ts"

/** One end of a connection. */
export interface Connection {
  /** The frames arrive in order, or the connection closes; the sender is not told which arrived. */
  readonly send: (text: string) => void
  /** Closes it for both ends. */
  readonly close: () => void
}

/** Callbacks for the events at one end of a connection. */
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
    /** Makes `accept` handle the connections that other runners open. */
    readonly listen: (accept: (connection: Connection, from: string) => ConnectionHandler) => void
    /** Calls `then` when all frames that have arrived by now were received. */
    readonly soon: (then: () => void) => void
  }
>() {}
