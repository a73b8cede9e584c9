/** What the cluster library takes for sockets: messages, as bytes, over simulated connections. */
import type { RunnerAddress, Runners } from "@effect/cluster"
import { Socket } from "@effect/platform"
import { RpcClient, RpcSerialization, RpcServer } from "@effect/rpc"
import { RpcClientError } from "@effect/rpc/RpcClientError"
import type { FromClientEncoded, FromServerEncoded } from "@effect/rpc/RpcMessage"
import { undeliverable } from "@souk/actors/cluster/RunnerSockets"
import { Effect, Layer, Mailbox, Runtime } from "effect"
import type { Node } from "./Node.ts"
import type { Connection, Network } from "./Network.ts"
import type { NodeScheduler } from "./Scheduler.ts"

/** The process at one end. */
export interface Place {
  readonly node: Node
  readonly scheduler: NodeScheduler
  readonly network: Network
}

/** The way a runner's own process runs what came in from outside. */
const runner = ({ scheduler }: Place) =>
  Effect.map(Effect.runtime<never>(), (runtime) => (effect: Effect.Effect<void>) => {
    Runtime.runFork(runtime)(effect, { scheduler, immediate: false })
  })

const refused = (address: RunnerAddress.RunnerAddress) =>
  new Socket.SocketGenericError({ reason: "Write", cause: `${address.host}:${address.port}` })

/** One connection to each runner that something is sent to, and another one when it has broken. */
export const client =
  (place: Place): Runners.RpcClientProtocol["Type"] =>
  (address) =>
    RpcClient.Protocol.make((writeResponse) =>
      Effect.gen(function* () {
        const run = yield* runner(place)
        const parser = RpcSerialization.msgPack.unsafeMake()
        let connection: Connection | undefined
        const connected = () =>
          (connection ??= place.network.connect(`${address.host}:${address.port}`, {
            owner: place.node,
            receive: (bytes) => {
              // True because a runner of the simulation sends nothing else.
              const messages = parser.decode(bytes) as ReadonlyArray<FromServerEncoded>
              run(Effect.forEach(messages, writeResponse, { discard: true }))
            },
            broken: () => {
              connection = undefined
              const error = new RpcClientError({ reason: "Protocol", message: "broken" })
              run(writeResponse({ _tag: "ClientProtocolError", error }))
            }
          }))
        yield* Effect.addFinalizer(() => Effect.sync(() => connection?.break(0)))
        return {
          send: (request: FromClientEncoded) =>
            Effect.suspend(() => {
              const bytes = parser.encode(request)
              const open = connected()
              if (open === undefined) return Effect.die(refused(address))
              if (bytes !== undefined) open.ask(bytes)
              return Effect.void
            }),
          supportsAck: true,
          supportsTransferables: false
        }
      })
    ).pipe(Effect.map(undeliverable))

/** Takes connections at the address. */
export const layerServer = (place: Place, address: string): Layer.Layer<RpcServer.Protocol> =>
  Layer.scoped(
    RpcServer.Protocol,
    RpcServer.Protocol.make((writeRequest) =>
      Effect.gen(function* () {
        const run = yield* runner(place)
        const disconnects = yield* Mailbox.make<number>()
        const clients = new Map<number, (response: FromServerEncoded) => void>()
        let lastId = 0
        place.network.listen(address, {
          owner: place.node,
          accept: (connection) => {
            const id = ++lastId
            const parser = RpcSerialization.msgPack.unsafeMake()
            clients.set(id, (response) => {
              const bytes = parser.encode(response)
              if (bytes !== undefined) connection.answer(bytes)
            })
            return {
              owner: place.node,
              receive: (bytes) => {
                // True because a runner of the simulation sends nothing else.
                const messages = parser.decode(bytes) as ReadonlyArray<FromClientEncoded>
                run(
                  Effect.forEach(messages, (message) => writeRequest(id, message), {
                    discard: true
                  })
                )
              },
              broken: () => {
                if (clients.delete(id)) disconnects.unsafeOffer(id)
              }
            }
          }
        })
        return {
          disconnects,
          send: (id: number, response: FromServerEncoded) =>
            Effect.sync(() => clients.get(id)?.(response)),
          end: () => Effect.void,
          clientIds: Effect.sync(() => new Set(clients.keys())),
          initialMessage: Effect.succeedNone,
          supportsAck: true,
          supportsTransferables: false,
          supportsSpanPropagation: true
        }
      })
    )
  )
