/**
 * Carries the cluster's messages to other runners: an implementation of the library's `Runners`. A
 * request is sent once. When its response is lost, the library sends it again, to the owner of its
 * shard by then; a command that was decided is known by its id. The other end is `RunnerReceiver`.
 * Why not the library's own transport: docs/adr/0021.
 */
import {
  ClusterError,
  type MessageStorage,
  Reply,
  type RunnerAddress,
  Runners,
  type ShardingConfig,
  Snowflake
} from "@effect/cluster"
import type { Rpc } from "@effect/rpc"
import { Effect, Either, Exit, Layer } from "effect"
import { Connections } from "./Connection.ts"
import { type Outcome, Peer } from "./Peer.ts"
import { type Codec, codecOf } from "./RpcCodec.ts"

/** How often calls are checked against their deadlines. */
const tickMs = 100

/** How many other runners are known; beyond that the longest known is closed. */
const peersMax = 256

const nameOf = ({ host, port }: RunnerAddress.RunnerAddress) => `${host}:${port}`

/** The exit in a response; nothing where the request is to be sent again. */
const exitOf = <R extends Rpc.Any>(
  codec: Codec<R>,
  [outcome, body]: Outcome
): Rpc.Exit<R> | undefined => {
  switch (outcome) {
    case "success":
      return Either.match(codec.readSuccess(body), { onLeft: Exit.die, onRight: Exit.succeed })
    case "failure":
      return Either.match(codec.readFailure(body), { onLeft: Exit.die, onRight: Exit.fail })
    case "defect":
      return Exit.die(new Error(String(body)))
    default:
      return undefined
  }
}

class Peers {
  readonly #connections: Connections["Type"]
  readonly #nowMs: () => number
  readonly #peers = new Map<string, Peer>()

  constructor(connections: Connections["Type"], nowMs: () => number) {
    this.#connections = connections
    this.#nowMs = nowMs
  }

  at(address: RunnerAddress.RunnerAddress): Peer {
    const name = nameOf(address)
    const known = this.#peers.get(name)
    if (known !== undefined) return known
    const [oldest] = this.#peers.keys()
    if (oldest !== undefined && this.#peers.size >= peersMax) this.close(oldest, "too many runners")
    const peer = new Peer(address, this.#connections, this.#nowMs)
    this.#peers.set(name, peer)
    return peer
  }

  tick(): void {
    for (const peer of this.#peers.values()) peer.tick()
  }

  close(name: string, why: string): void {
    this.#peers.get(name)?.close(why)
    this.#peers.delete(name)
  }

  closeAll(): void {
    for (const peer of this.#peers.values()) peer.close("this process ends")
  }
}

export const layer: Layer.Layer<
  Runners.Runners,
  never,
  Connections | MessageStorage.MessageStorage | ShardingConfig.ShardingConfig
> = Layer.scoped(
  Runners.Runners,
  Effect.gen(function* () {
    const connections = yield* Connections
    const clock = yield* Effect.clock
    const snowflakes = yield* Snowflake.Generator
    const peers = yield* Effect.acquireRelease(
      Effect.sync(() => new Peers(connections, () => clock.unsafeCurrentTimeMillis())),
      (open) => Effect.sync(() => open.closeAll())
    )
    yield* Effect.sync(() => peers.tick()).pipe(
      Effect.delay(tickMs),
      Effect.forever,
      Effect.forkScoped
    )
    return yield* Runners.make({
      ping: () => Effect.void, // `FailureDetector` says which runners are there.
      notify: () => Effect.void, // Only persisted messages are notified of, and there are none.
      onRunnerUnavailable: (address) =>
        Effect.sync(() => peers.close(nameOf(address), "its process is gone")),
      send: ({ address, message }) => {
        // Acknowledgements of streams, and interrupts: messages are neither.
        if (message._tag === "OutgoingEnvelope") return Effect.void
        const { address: to, payload, requestId, tag } = message.envelope
        return Effect.async((resume) => {
          const codec = codecOf(message.rpc)
          const request = [to.entityType, to.entityId, tag, codec.payload(payload)] as const
          peers.at(address).call(request, (outcome) => {
            const exit = exitOf(codec, outcome)
            if (exit !== undefined) {
              const id = snowflakes.unsafeNext()
              return resume(message.respond(new Reply.WithExit({ id, requestId, exit })))
            }
            if (outcome[0] === "mailbox_full") {
              return resume(Effect.fail(new ClusterError.MailboxFull({ address: to })))
            }
            const isElsewhere = outcome[0] === "not_assigned"
            const error = isElsewhere
              ? new ClusterError.EntityNotAssignedToRunner({ address: to })
              : new ClusterError.RunnerUnavailable({ address })
            resume(Effect.fail(error))
          })
        })
      }
    })
  })
).pipe(Layer.provide(Snowflake.layerGenerator))
