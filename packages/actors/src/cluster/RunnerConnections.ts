/** Connections between runners over TLS. A frame is a line of text, as in NDJSON. */
import { Effect, FiberSet, Layer } from "effect"
import { StringDecoder } from "node:string_decoder"
import type * as Tls from "node:tls"
import { type Connection, type ConnectionHandler, Connections } from "./Connection.ts"
import { bytesMax } from "./Message.ts"
import type { Address } from "./RunnerConfig.ts"
import { ClusterSecret } from "./ClusterSecret.ts"
import * as RunnerTls from "./RunnerTls.ts"

const newline = 0x0a

const connectionOver = (socket: Tls.TLSSocket): Connection => ({
  send: (text) => {
    if (socket.destroyed) return
    socket.write(`${text}\n`)
    // The other end does not read: close the connection before memory is full.
    if (socket.writableLength > 2 * bytesMax) socket.destroy()
  },
  close: () => void socket.destroy()
})

/** Cuts what arrives into frames. Data that arrives before is kept by the socket. */
const receive = (
  socket: Tls.TLSSocket,
  { closed, receive }: ConnectionHandler,
  tooLong: (from: string) => void
): void => {
  const decoder = new StringDecoder("utf8")
  let parts: Array<string> = []
  let bytes = 0
  socket.once("close", closed)
  socket.on("data", (data: Buffer) => {
    let from = 0
    for (;;) {
      const end = data.indexOf(newline, from)
      const chunk = data.subarray(from, end === -1 ? data.length : end)
      bytes += chunk.length
      if (bytes > bytesMax) {
        tooLong(`${socket.remoteAddress}:${socket.remotePort}`)
        socket.destroy()
        return
      }
      parts.push(decoder.write(chunk))
      if (end === -1) return
      const text = parts.join("")
      parts = []
      bytes = 0
      from = end + 1
      receive(text)
    }
  })
}

/** The connections to other runners, and theirs to this one, which listens at `at`. */
export const layer = (
  at: Address
): Layer.Layer<Connections, RunnerTls.CannotListenForRunners, ClusterSecret> =>
  Layer.scoped(
    Connections,
    Effect.gen(function* () {
      const key = yield* ClusterSecret
      const run = yield* FiberSet.makeRuntime<never>()
      let accept: Parameters<Connections["Type"]["listen"]>[0] | undefined
      const tooLong = (from: string) => {
        const text = `closed the connection of the runner at ${from}`
        run(Effect.logWarning(`${text}: a message is longer than ${bytesMax} bytes`))
      }
      yield* RunnerTls.listen(at, key, (socket) => {
        // A runner that connects before this one serves connects again.
        const from = `${socket.remoteAddress}:${socket.remotePort}`
        if (accept === undefined) socket.destroy()
        else receive(socket, accept(connectionOver(socket), from), tooLong)
      })
      return Connections.of({
        connect: (to, handler) => {
          const socket = RunnerTls.connect(key, to)
          receive(socket, handler, tooLong)
          return connectionOver(socket)
        },
        listen: (accepting) => {
          accept = accepting
        },
        soon: (then) => void setImmediate(then)
      })
    })
  )
