/**
 * A process of the cluster tier: all that `packages/actors` runs in one, with the real sharding,
 * entities, hosts, clients and sweeper, over the simulated journal and the simulated outside.
 */
import {
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig
} from "@effect/cluster"
import * as Actors from "@souk/actors/Actors"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import * as LocalActors from "@souk/actors/cluster/LocalActors"
import { ActorUnavailable, type Reply as ActorReply } from "@souk/actors/cluster/Protocol"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { PaymentEntity } from "@souk/actors/payment/PaymentEntity"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, Layer, Logger, LogLevel, Option, Random, Runtime } from "effect"
import type { Node, Reply, Tagged } from "./Node.ts"
import type { Outside } from "./Outside.ts"
import * as Ports from "./Ports.ts"
import { clockOf, NodeScheduler } from "./Scheduler.ts"
import type { Store } from "./Store.ts"
import type { Task, World } from "./World.ts"

export interface Ground {
  readonly world: World
  readonly store: Store
  readonly outside: Outside
  readonly operationsMax: number
  readonly seed: number
}

/** Four shards do what three hundred would, in a tenth of the time. */
const config = ShardingConfig.layer({
  runnerAddress: Option.some(RunnerAddress.make("127.0.0.1", 34_431)),
  simulateRemoteSerialization: false,
  shardsPerGroup: 4
})

/** Whoever asks for a shard gets it: two processes both own everything, and only fences help. */
const sharding = Sharding.layer.pipe(
  Layer.provideMerge(Runners.layerNoop),
  Layer.provide(Layer.mergeAll(RunnerStorage.layerMemory, RunnerHealth.layerNoop)),
  Layer.provide(MessageStorage.layerMemory),
  Layer.provide(config)
)

type Handle = (
  id: string,
  command: never,
  metadata: Metadata,
  waitMs: number
) => Effect.Effect<ActorReply<unknown>, Tagged | ActorUnavailable>

const handles = Effect.gen(function* () {
  const order = yield* ActorClient.make(OrderEntity)
  const payment = yield* ActorClient.make(PaymentEntity)
  const inventory = yield* ActorClient.make(StockEntity)
  return new Map<string, Handle>([
    ["order", order.handle],
    ["payment", payment.handle],
    ["inventory", inventory.handle]
  ])
})

export class ClusterNode implements Node {
  readonly name: string
  state: Node["state"] = "running"
  parked: Array<Task> = []
  skewMs = 0
  readonly #scheduler: NodeScheduler
  #ready: ((tell: (handles: ReadonlyMap<string, Handle>, fork: Fork) => void) => void) | undefined
  #early: Array<(handles: ReadonlyMap<string, Handle>, fork: Fork) => void> = []

  constructor(name: string, ground: Ground) {
    this.name = name
    const { operationsMax, outside, seed, store, world } = ground
    this.#scheduler = new NodeScheduler(world, this, operationsMax)
    const ports = Ports.layer(this, store, outside)
    const layer = Actors.layer.pipe(
      Layer.provideMerge(Layer.mergeAll(sharding, LocalActors.layer, ports)),
      Layer.provide(Logger.minimumLogLevel(LogLevel.None))
    )
    const life = Effect.gen(this, function* () {
      const runtime = yield* Effect.runtime<Sharding.Sharding | LocalActors.LocalActors>()
      const known = yield* handles
      const fork: Fork = (effect) => {
        Runtime.runFork(runtime)(effect, { scheduler: this.#scheduler, immediate: false })
      }
      this.#ready = (tell) => tell(known, fork)
      for (const tell of this.#early.splice(0)) tell(known, fork)
      return yield* Effect.never
    })
    const main = Effect.provide(life, layer).pipe(
      Effect.withClock(clockOf(world, this)),
      Effect.withRandom(Random.make(`${seed} ${name}`)),
      Effect.orDie
    )
    const options = { scheduler: this.#scheduler, immediate: false }
    Runtime.runFork(Runtime.defaultRuntime)(main, options)
  }

  tell(
    stream: string,
    command: Tagged,
    metadata: Metadata,
    waitMs: number,
    respond: (reply: Reply) => void
  ): void {
    const dash = stream.indexOf("-")
    const tell = (known: ReadonlyMap<string, Handle>, fork: Fork) => {
      const handle = known.get(stream.slice(0, dash))
      if (handle === undefined) throw new Error(`nobody asks ${stream} from outside`)
      // True because a stream's name begins with its room, and callers know what a room takes.
      const asked = handle(stream.slice(dash + 1), command as never, metadata, waitMs)
      fork(Effect.map(Effect.either(asked), (answer) => respond(replyOf(answer))))
    }
    if (this.#ready === undefined) this.#early.push(tell)
    else this.#ready(tell)
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
