/**
 * Sockets between runners: TLS with a key that only runners of this shop know (RFC 4279, RFC 8442).
 *
 * Without it, any client that reaches a runner's port could command every entity. The key is in the
 * database that all runners share, so there is nothing to configure.
 */
import { Effect, FiberSet, Schema, type Scope } from "effect"
import * as Tls from "node:tls"
import type { Address } from "./RunnerConfig.ts"

/** This address cannot be listened on. */
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

/** How long a peer may take to prove that it knows the key. */
const handshakeMsMax = 3_000
const openMsMax = 1_000

const keepAliveMs = 5_000

/** How many refused addresses are remembered, so that each is logged once. */
const refusedMax = 256

// A fresh key for each connection, agreed under the shared one: a shared key that leaks later does
// not decrypt earlier traffic. Node supports pre-shared keys in TLS 1.2 only.
const suite = {
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2"
} as const

const identity = "souk-runner"

const ignore = () => undefined

const prepare = (socket: Tls.TLSSocket): void => {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, keepAliveMs)
  socket.on("error", ignore) // A "close" follows.
}

/** Connects to another runner. The socket takes data at once, and closes without a listener. */
export const connect = (key: Buffer, { host, port }: Address): Tls.TLSSocket => {
  const socket = Tls.connect({
    ...suite,
    host,
    port,
    timeout: openMsMax,
    pskCallback: () => ({ psk: key, identity }),
    checkServerIdentity: ignore // It has no name: knowing the key is the whole proof.
  })
  socket.once("timeout", () => socket.destroy())
  socket.once("secureConnect", () => socket.setTimeout(0))
  prepare(socket)
  return socket
}

/** A probe of `FailureDetector` disconnects before the handshake: that is not logged. */
const hungUp = new Set(["ECONNRESET", "EPIPE"])

const codeOf = (error: Error): string => ("code" in error ? String(error.code) : error.message)

/** Listens for other runners, and accepts those that know the key. */
export const listen = (
  at: Address,
  key: Buffer,
  accepted: (socket: Tls.TLSSocket) => void
): Effect.Effect<void, CannotListenForRunners, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never>()
    const open = new Set<Tls.TLSSocket>()
    const refused = new Set<string>()
    const server = Tls.createServer({
      ...suite,
      handshakeTimeout: handshakeMsMax,
      pskCallback: (_socket, name) => (name === identity ? key : null)
    })
    server.on("tlsClientError", (error, socket) => {
      socket.destroy()
      // Of a socket that timed out, Node no longer knows the address.
      const who = `${socket.remoteAddress ?? "an address"} (${codeOf(error)})`
      if (hungUp.has(codeOf(error)) || refused.has(who) || refused.size >= refusedMax) return
      refused.add(who)
      run(Effect.logWarning(`refused a connection to the runners' port from ${who}`))
    })
    server.on("secureConnection", (socket) => {
      open.add(socket)
      socket.once("close", () => open.delete(socket))
      prepare(socket)
      accepted(socket)
    })
    const listening = Effect.async<void, CannotListenForRunners>((resume) => {
      const refuse = (cause: Error) =>
        resume(Effect.fail(new CannotListenForRunners({ ...at, reason: codeOf(cause) })))
      server.once("error", refuse)
      server.listen(at.port, at.host, () => {
        server.off("error", refuse)
        server.on("error", ignore)
        resume(Effect.void)
      })
    })
    yield* Effect.acquireRelease(listening, () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of open) socket.destroySoon()
      })
    )
  })
