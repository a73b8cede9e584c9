/**
 * How runners talk to each other: over TLS with a key that only they know (RFC 4279 and 8442).
 *
 * Whoever could reach a runner's port otherwise could give orders to any actor. The key lies in
 * the database that all runners share, so there is nothing to configure, and a runner of another
 * shop is not let in either. What is sent is one line of JSON after another (as in NDJSON).
 */
import { Effect, Layer, Schema, type Scope } from "effect"
import { StringDecoder } from "node:string_decoder"
import * as Tls from "node:tls"
import { type Line, type LineEnd, Lines } from "./Lines.ts"
import type { Address } from "./RunnerConfig.ts"
import { RunnerKey } from "./RunnerKey.ts"

/** Nobody can listen for other runners at this address. */
export class CannotListenForRunners extends Schema.TaggedError<CannotListenForRunners>()(
  "CannotListenForRunners",
  { host: Schema.String, port: Schema.Number, reason: Schema.String }
) {
  override get message() {
    return (
      `cannot listen for other runners on ${this.host}:${this.port} (${this.reason}): set ` +
      "SOUK_RUNNER_ADDRESS, or SOUK_RUNNER_LISTEN if that is another one on this machine"
    )
  }
}

/** How long a stranger may take to prove that it is none. */
const handshakeMsMax = 3_000
const openMsMax = 1_000

const keepAliveMs = 5_000

// A fresh key for each connection, agreed under the shared one: who learns that one later cannot
// read what was said before. Node knows shared keys in TLS 1.2 only.
const suite = {
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2"
} as const

const identity = "souk-runner"

/** How much may wait to be sent, and how long one line may be, before the other end is given up. */
const bytesMax = 64 * 1024 * 1024

const ignore = () => undefined

/** A socket as a line. What is heard before the end is there to hear it is kept by the socket. */
const lineOver = (socket: Tls.TLSSocket): Line => ({
  send: (text) => {
    if (socket.destroyed) return
    socket.write(`${text}\n`)
    if (socket.writableLength > bytesMax) socket.destroy()
  },
  hangUp: () => void socket.destroy()
})

const listenOn = (socket: Tls.TLSSocket, { broken, receive }: LineEnd): void => {
  const decoder = new StringDecoder("utf8")
  let rest = ""
  socket.setNoDelay(true)
  socket.setKeepAlive(true, keepAliveMs)
  socket.on("error", ignore) // A "close" follows.
  socket.once("close", broken)
  socket.on("data", (data: Buffer) => {
    const parts = (rest + decoder.write(data)).split("\n")
    rest = parts.pop() ?? ""
    for (const part of parts) receive(part)
    if (rest.length > bytesMax) socket.destroy()
  })
}

/** Calls another runner. */
const call = (key: Buffer, { host, port }: Address, end: LineEnd): Line => {
  const socket = Tls.connect({
    ...suite,
    host,
    port,
    timeout: openMsMax,
    pskCallback: () => ({ psk: key, identity }),
    checkServerIdentity: ignore // It has no name; that it knows the key is all there is to it.
  })
  socket.once("timeout", () => socket.destroy())
  socket.once("secureConnect", () => socket.setTimeout(0))
  listenOn(socket, end)
  return lineOver(socket)
}

/** Listens for other runners. Whoever does not know the key hears nothing. */
const listen = (
  at: Address,
  key: Buffer,
  answered: (socket: Tls.TLSSocket) => void
): Effect.Effect<void, CannotListenForRunners, Scope.Scope> => {
  const open = new Set<Tls.TLSSocket>()
  const server = Tls.createServer({
    ...suite,
    handshakeTimeout: handshakeMsMax,
    pskCallback: (_socket, name) => (name === identity ? key : null)
  })
  server.on("tlsClientError", ignore)
  server.on("secureConnection", (socket) => {
    open.add(socket)
    socket.once("close", () => open.delete(socket))
    answered(socket)
  })
  const listening = Effect.async<void, CannotListenForRunners>((resume) => {
    const refuse = (cause: Error) => {
      const reason = "code" in cause ? String(cause.code) : cause.message
      resume(Effect.fail(new CannotListenForRunners({ ...at, reason })))
    }
    server.once("error", refuse)
    server.listen(at.port, at.host, () => {
      server.off("error", refuse)
      server.on("error", ignore)
      resume(Effect.void)
    })
  })
  return Effect.acquireRelease(listening, () =>
    Effect.async<void>((resume) => {
      server.close(() => resume(Effect.void))
      for (const socket of open) socket.destroySoon()
    })
  )
}

/** The ways to other runners, and theirs to this one, which listens at `at`. */
export const layer = (at: Address): Layer.Layer<Lines, CannotListenForRunners, RunnerKey> =>
  Layer.scoped(
    Lines,
    Effect.gen(function* () {
      const key = yield* RunnerKey
      let take: ((line: Line) => LineEnd) | undefined
      yield* listen(at, key, (socket) => {
        // Whoever calls before anybody is there to answer calls again.
        if (take === undefined) socket.destroy()
        else listenOn(socket, take(lineOver(socket)))
      })
      return Lines.of({
        open: (to, end) => call(key, to, end),
        answer: (taking) => {
          take = taking
        },
        soon: (then) => void setImmediate(then)
      })
    })
  )
