/**
 * The library's own transport, `SocketRunner` with MessagePack, over the TLS of runners. A second
 * configuration beside `RunnerTransport`: docs/adr/0021.
 */
import {
  type MessageStorage,
  Runners,
  type RunnerHealth,
  type RunnerStorage,
  type Sharding,
  type ShardingConfig,
  SocketRunner
} from "@effect/cluster"
import { Socket, SocketServer } from "@effect/platform"
import { NodeSocket } from "@effect/platform-node"
import { RpcClient, RpcSerialization } from "@effect/rpc"
import { RpcClientError } from "@effect/rpc/RpcClientError"
import { Effect, FiberSet, Layer, Option, type Scope } from "effect"
import type * as Tls from "node:tls"
import type { Address } from "./RunnerConfig.ts"
import { ClusterSecret } from "./ClusterSecret.ts"
import * as RunnerTls from "./RunnerTls.ts"

const connect = (
  key: Buffer,
  to: Address
): Effect.Effect<Tls.TLSSocket, Socket.SocketError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => RunnerTls.connect(key, to)),
    (socket) => Effect.sync(() => socket.destroySoon())
  ).pipe(
    Effect.tap((socket) =>
      Effect.async<void, Socket.SocketError>((resume) => {
        const failed = (cause: unknown) =>
          resume(Effect.fail(new Socket.SocketGenericError({ reason: "Open", cause })))
        socket.once("secureConnect", () => resume(Effect.void))
        socket.once("error", failed)
        socket.once("close", () => failed("closed"))
      })
    )
  )

type Protocol = RpcClient.Protocol["Type"]

/**
 * Makes a failed write, of a message to a runner that has just died, an error that is retried at
 * the next owner; the library makes it a defect.
 */
const undeliverable = (protocol: Protocol): Protocol => ({
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

const layerClient: Layer.Layer<
  Runners.RpcClientProtocol,
  never,
  ClusterSecret | RpcSerialization.RpcSerialization
> = Layer.effect(
  Runners.RpcClientProtocol,
  Effect.gen(function* () {
    const key = yield* ClusterSecret
    const serialization = yield* RpcSerialization.RpcSerialization
    return (address) =>
      Effect.gen(function* () {
        const socket = yield* NodeSocket.fromDuplex(connect(key, address))
        return yield* RpcClient.makeProtocolSocket().pipe(
          Effect.map(undeliverable),
          Effect.provideService(Socket.Socket, socket),
          Effect.provideService(RpcSerialization.RpcSerialization, serialization)
        )
      })
  })
)

const layerSocketServer = (
  at: Address
): Layer.Layer<SocketServer.SocketServer, RunnerTls.CannotListenForRunners, ClusterSecret> =>
  Layer.scoped(
    SocketServer.SocketServer,
    Effect.gen(function* () {
      const key = yield* ClusterSecret
      let serve: ((socket: Tls.TLSSocket) => void) | undefined
      // A runner that connects before this one serves connects again.
      yield* RunnerTls.listen(at, key, (socket) =>
        serve === undefined ? socket.destroy() : serve(socket)
      )
      return SocketServer.SocketServer.of({
        address: { _tag: "TcpAddress", hostname: at.host, port: at.port },
        run: <R, E, A>(handler: (socket: Socket.Socket) => Effect.Effect<A, E, R>) =>
          Effect.scoped(
            Effect.gen(function* () {
              const run = yield* FiberSet.makeRuntime<R>()
              serve = (socket) => {
                const connection = Effect.acquireRelease(Effect.succeed(socket), () =>
                  Effect.sync(() => socket.destroySoon())
                )
                run(
                  Effect.flatMap(NodeSocket.fromDuplex(connection), handler).pipe(
                    Effect.catchAllCause((cause) =>
                      Effect.logDebug("a runner closed its connection", cause)
                    )
                  )
                )
              }
              return yield* Effect.never
            })
          )
      })
    })
  )

/** `Sharding` over it, listening at `at`. */
export const layer = (
  at: Address
): Layer.Layer<
  Sharding.Sharding,
  RunnerTls.CannotListenForRunners,
  | ClusterSecret
  | MessageStorage.MessageStorage
  | RunnerHealth.RunnerHealth
  | RunnerStorage.RunnerStorage
  | ShardingConfig.ShardingConfig
> =>
  SocketRunner.layer.pipe(
    Layer.provide([layerSocketServer(at), layerClient]),
    Layer.provide(RpcSerialization.layerMsgPack)
  )
