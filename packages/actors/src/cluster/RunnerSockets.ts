/**
 * How runners talk to each other: over TLS with a key that only they know (RFC 4279 and 8442).
 *
 * The cluster library sends messages as they are, to and from anybody. Whoever could reach a
 * runner's port could give orders to any actor. The key lies in the database that all runners
 * share, so there is nothing to configure, and a runner of another shop is not let in either.
 */
import { Runners } from "@effect/cluster"
import { NodeSocket } from "@effect/platform-node"
import { Socket, SocketServer } from "@effect/platform"
import { RpcClient, RpcSerialization } from "@effect/rpc"
import { RpcClientError } from "@effect/rpc/RpcClientError"
import { Effect, FiberSet, Layer, Option, Schema, type Scope } from "effect"
import * as Tls from "node:tls"
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

const ignore = () => undefined

const connect = (
  { host, port }: Address,
  key: Buffer
): Effect.Effect<Tls.TLSSocket, Socket.SocketError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      Tls.connect({
        ...suite,
        host,
        port,
        pskCallback: () => ({ psk: key, identity }),
        checkServerIdentity: ignore // It has no name; that it knows the key is all there is to it.
      })
    ),
    (socket) => Effect.sync(() => socket.destroySoon())
  ).pipe(
    Effect.tap((socket) =>
      Effect.async<void, Socket.SocketError>((resume) => {
        socket.setNoDelay(true)
        socket.setKeepAlive(true, keepAliveMs)
        socket.once("secureConnect", () => resume(Effect.void))
        socket.on("error", (cause) =>
          resume(Effect.fail(new Socket.SocketGenericError({ reason: "Open", cause })))
        )
      })
    )
  )

type Protocol = RpcClient.Protocol["Type"]

/**
 * A message that cannot be written, because the other runner has just died, is one to be sent
 * again to the next owner: the library takes it for a bug of whoever sent it.
 */
export const undeliverable = (protocol: Protocol): Protocol => ({
  ...protocol,
  send: (request, transferables) =>
    Effect.catchSomeDefect(protocol.send(request, transferables), (cause) =>
      Socket.isSocketError(cause)
        ? Option.some(
            Effect.fail(new RpcClientError({ reason: "Protocol", message: cause.message, cause }))
          )
        : Option.none()
    )
})

/** The way to each other runner. */
export const layerClient: Layer.Layer<
  Runners.RpcClientProtocol,
  never,
  RunnerKey | RpcSerialization.RpcSerialization
> = Layer.effect(
  Runners.RpcClientProtocol,
  Effect.gen(function* () {
    const key = yield* RunnerKey
    const serialization = yield* RpcSerialization.RpcSerialization
    return (address) =>
      Effect.gen(function* () {
        const socket = yield* NodeSocket.fromDuplex(connect(address, key), {
          openTimeout: openMsMax
        })
        return yield* RpcClient.makeProtocolSocket().pipe(
          Effect.map(undeliverable),
          Effect.provideService(Socket.Socket, socket),
          Effect.provideService(RpcSerialization.RpcSerialization, serialization)
        )
      })
  })
)

/** Listens for other runners. Whoever does not know the key hears nothing. */
const listen = Effect.fnUntraced(function* (at: Address) {
  const key = yield* RunnerKey
  const open = new Set<Tls.TLSSocket>()
  const server = Tls.createServer({
    ...suite,
    handshakeTimeout: handshakeMsMax,
    pskCallback: (_socket, name) => (name === identity ? key : null)
  })
  server.on("tlsClientError", ignore)
  server.on("secureConnection", (socket) => {
    open.add(socket)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveMs)
    socket.on("error", ignore) // A "close" follows.
    socket.once("close", () => open.delete(socket))
  })
  yield* Effect.acquireRelease(
    Effect.async<void, CannotListenForRunners>((resume) => {
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
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of open) socket.destroySoon()
      })
  )
  return SocketServer.SocketServer.of({
    address: { _tag: "TcpAddress", hostname: at.host, port: at.port },
    run: <R, E, A>(handler: (socket: Socket.Socket) => Effect.Effect<A, E, R>) =>
      Effect.scoped(
        Effect.gen(function* () {
          const run = yield* FiberSet.makeRuntime<R>()
          const serve = (socket: Tls.TLSSocket) => {
            const connection = Effect.acquireRelease(Effect.succeed(socket), () =>
              Effect.sync(() => socket.destroySoon())
            )
            run(
              Effect.flatMap(NodeSocket.fromDuplex(connection), handler).pipe(
                Effect.catchAllCause((cause) => Effect.logDebug("a runner hung up", cause))
              )
            )
          }
          yield* Effect.acquireRelease(
            Effect.sync(() => server.on("secureConnection", serve)),
            () => Effect.sync(() => server.off("secureConnection", serve))
          )
          return yield* Effect.never
        })
      )
  })
})

export const layerServer = (
  at: Address
): Layer.Layer<SocketServer.SocketServer, CannotListenForRunners, RunnerKey> =>
  Layer.scoped(SocketServer.SocketServer, listen(at))
