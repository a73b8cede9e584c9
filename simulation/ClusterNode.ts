/**
 * A process of the cluster tier: all that `packages/actors` runs in one, with the real sharding,
 * entities, hosts, clients and sweeper, over the simulated journal and the simulated providers.
 */
import type { Sharding } from "@effect/cluster"
import * as Rooms from "@souk/actors/Rooms"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { ActorUnavailable, type Reply as ActorReply } from "@souk/actors/runtime/ActorDefinition"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { PaymentEntity } from "@souk/actors/payment/PaymentEntity"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, type Fiber, FiberId, Layer, Logger, LogLevel, Random, Runtime } from "effect"
import type { Node, Reply, Tagged } from "./Node.ts"
import type { Providers } from "./Providers.ts"
import * as Layers from "./Layers.ts"
import { clockOf, NodeScheduler } from "./Scheduler.ts"
import type { Store } from "./Store.ts"
import type { Task, World } from "./World.ts"

export interface Ground {
  readonly world: World
  readonly store: Store
  readonly providers: Providers
  readonly operationsMax: number
  readonly seed: number
  /** How the process acquires its shards. */
  readonly sharding: (node: Node, scheduler: NodeScheduler) => Layer.Layer<Sharding.Sharding>
}

type Handle = (
  id: string,
  command: never,
  metadata: Metadata,
  waitMs: number
) => Effect.Effect<ActorReply<unknown>, Tagged | ActorUnavailable>

interface RoomClient {
  readonly handle: Handle
  readonly read: (
    id: string,
    waitMs: number
  ) => Effect.Effect<ActorReply<unknown>, ActorUnavailable>
}

type RoomClients = ReadonlyMap<string, RoomClient>

const roomClients = Effect.gen(function* () {
  const order = yield* ActorClient.make(OrderEntity)
  const payment = yield* ActorClient.make(PaymentEntity)
  const inventory = yield* ActorClient.make(StockEntity)
  return new Map<string, RoomClient>([
    ["order", order],
    ["payment", payment],
    ["inventory", inventory]
  ])
})

export class ClusterNode implements Node {
  readonly name: string
  state: Node["state"] = "running"
  parked: Array<Task> = []
  skewMs = 0
  readonly #scheduler: NodeScheduler
  readonly #life: Fiber.RuntimeFiber<unknown>
  #ready: { readonly rooms: RoomClients; readonly fork: Fork } | undefined
  #early: Array<(rooms: RoomClients, fork: Fork) => void> = []

  constructor(name: string, ground: Ground) {
    this.name = name
    const { operationsMax, providers, seed, sharding, store, world } = ground
    this.#scheduler = new NodeScheduler(world, this, operationsMax)
    const ports = Layer.mergeAll(ActorClient.layer, Layers.layer(this, store, providers, world))
    const layer = Rooms.layerActors.pipe(
      Layer.provideMerge(ports),
      Layer.provideMerge(sharding(this, this.#scheduler)),
      Layer.provide(Logger.minimumLogLevel(LogLevel.None))
    )
    const life = Effect.gen(this, function* () {
      const runtime = yield* Effect.runtime<Sharding.Sharding | ActorClient.LocalActors>()
      const known = yield* roomClients
      const fork: Fork = (effect) => {
        Runtime.runFork(runtime)(effect, { scheduler: this.#scheduler, immediate: false })
      }
      this.#ready = { rooms: known, fork }
      for (const tell of this.#early.splice(0)) tell(known, fork)
      return yield* Effect.never
    })
    const main = Effect.provide(life, layer).pipe(
      Effect.withClock(clockOf(world, this)),
      Effect.withRandom(Random.make(`${seed} ${name}`)),
      Effect.orDie
    )
    const options = { scheduler: this.#scheduler, immediate: false }
    this.#life = Runtime.runFork(Runtime.defaultRuntime)(main, options)
  }

  tell(
    stream: string,
    command: Tagged,
    metadata: Metadata,
    waitMs: number,
    respond: (reply: Reply) => void
  ): void {
    this.#at(stream, respond, ({ handle }, id) =>
      // True because a stream's name begins with its room, and callers know what a room takes.
      handle(id, command as never, metadata, waitMs)
    )
  }

  /** The state of the actor as the process sees it. */
  read(stream: string, respond: (reply: Reply) => void): void {
    this.#at(stream, respond, ({ read }, id) => read(id, 0))
  }

  /** An orderly shutdown: it releases its shards, and then ends. */
  stop(stopped: () => void): void {
    this.#ready = undefined
    this.#life.addObserver(stopped)
    this.#life.unsafeInterruptAsFork(FiberId.none)
  }

  #at(
    stream: string,
    respond: (reply: Reply) => void,
    ask: (
      room: RoomClient,
      id: string
    ) => Effect.Effect<ActorReply<unknown>, Tagged | ActorUnavailable>
  ): void {
    const dash = stream.indexOf("-")
    const tell = (known: RoomClients, fork: Fork) => {
      const room = known.get(stream.slice(0, dash))
      if (room === undefined) throw new Error(`no client may address ${stream}`)
      const asked = ask(room, stream.slice(dash + 1))
      fork(Effect.map(Effect.either(asked), (answer) => respond(replyOf(answer))))
    }
    if (this.#ready === undefined) this.#early.push(tell)
    else tell(this.#ready.rooms, this.#ready.fork)
  }
}

type Fork = (effect: Effect.Effect<void>) => void

const replyOf = (
  answer:
    | { readonly _tag: "Left"; readonly left: Tagged | ActorUnavailable }
    | { readonly _tag: "Right"; readonly right: ActorReply<unknown> }
): Reply => {
  if (answer._tag === "Right") {
    const { isRepeat, version, view } = answer.right
    return { _tag: "Replied", version, view, isRepeat }
  }
  const { left } = answer
  return left instanceof ActorUnavailable
    ? { _tag: "Failed", reason: left.reason }
    : { _tag: "Refused", rejection: left }
}
