/** Two runners in one process, over connections that the test can break. */
import { Runner, RunnerAddress, RunnerStorage, ShardingConfig } from "@effect/cluster"
import type { StockCommand, StockRejection } from "@souk/domain/inventory/StockCommand"
import type { StockView } from "@souk/domain/inventory/StockView"
import { OrderId, Sku } from "@souk/domain/kernel/Ids"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Effect, Either, Layer, Logger, Option, TestClock } from "effect"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import { type ConnectionHandler, Connections } from "../../src/cluster/Connection.ts"
import * as Protocol from "../../src/cluster/Protocol.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"
import {
  type ActorRequest,
  ActorUnavailable,
  type Reply
} from "../../src/runtime/ActorDefinition.ts"
import { metadata } from "./TestShop.ts"

export const here = RunnerAddress.make("here", 1)
export const there = RunnerAddress.make("there", 2)
export const sku = Sku.make("LAMP")

const command = {
  _tag: "ReserveStock",
  sku,
  orderId: OrderId.make("ord_0123456789abcdef0123456789abcdef"),
  quantity: 2,
  expiresAt: Timestamp.fromMillis(1_000)
} as const

export const question = (waitMs = 0): ActorRequest<StockCommand> => ({
  command,
  metadata: metadata("c1"),
  waitMs,
  isFirst: false
})

export const view: StockView = {
  sku,
  onHand: 5,
  reserved: 2,
  available: 3,
  reorderPoint: null,
  reorderQuantity: null
}

export const reply = (version: number, isSettled = true) => ({
  version,
  view,
  isSettled,
  isRepeat: false
})

type Accept = Parameters<Connections["Type"]["listen"]>[0]

/** Connections that lead to whatever listens, and that the test can break. */
export const network = () => {
  const listeners = new Map<string, Accept>()
  const frames: Array<string> = []
  const handlers: Array<ConnectionHandler> = []
  const state = { frames, handlers, isSilent: false }
  const connect = (to: string, handler: ConnectionHandler) => {
    const accept = listeners.get(to)
    let isOpen = accept !== undefined
    const carry = (get: () => ConnectionHandler | undefined) => (text: string) => {
      frames.push(text)
      if (!state.isSilent) setImmediate(() => isOpen && get()?.receive(text))
    }
    const close = () => {
      isOpen = false
      setImmediate(() => handler.closed())
    }
    let far: ConnectionHandler | undefined = undefined
    far = accept?.({ send: carry(() => handler), close }, "test")
    handlers.push({ ...handler, closed: close })
    if (!isOpen) close()
    return { send: carry(() => far), close }
  }
  const layer = (own: RunnerAddress.RunnerAddress) =>
    Layer.succeed(
      Connections,
      Connections.of({
        connect: (to, handler) => connect(`${to.host}:${to.port}`, handler),
        listen: (accept) => void listeners.set(`${own.host}:${own.port}`, accept),
        soon: (then) => void setImmediate(then)
      })
    )
  return { ...state, state, connect, layer }
}

/** The shards belong to the runners that are well: the other one, mostly. */
const storage = (isWell: (address: RunnerAddress.RunnerAddress) => boolean) =>
  Layer.effect(
    RunnerStorage.RunnerStorage,
    Effect.map(RunnerStorage.makeMemory, (memory) => ({
      ...memory,
      getRunners: Effect.sync(() =>
        [here, there].map((address): [Runner.Runner, boolean] => [
          Runner.make({ address, groups: ["default"], weight: 1 }),
          isWell(address)
        ])
      )
    }))
  )

const config = (own: RunnerAddress.RunnerAddress) =>
  ShardingConfig.layer({
    ...Cluster.settings,
    runnerAddress: Option.some(own),
    refreshAssignmentsInterval: 100,
    shardsPerGroup: 4
  })

export type Heard = Either.Either<Reply<StockView>, { readonly _tag: string }>
type Stock = Protocol.Messages<{
  readonly Command: StockCommand
  readonly View: StockView
  readonly Rejection: StockRejection
}>

export const unused: Stock = {
  handle: () => Effect.die("not asked"),
  read: () => Effect.die("not read"),
  resume: () => Effect.die("not resumed")
}

/** A runner that calls, and another whose stock answers as the test has it. */
export const world = (stock: Partial<Stock>, isThereWell = () => true) =>
  Effect.gen(function* () {
    const net = network()
    const logs: Array<string> = []
    const logger = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ message }) => void logs.push(String(message)))
    )
    const runner = (own: RunnerAddress.RunnerAddress) =>
      Cluster.overTransport.pipe(
        Layer.provide(net.layer(own)),
        Layer.provide(storage((address) => address === there && isThereWell())),
        Layer.provide(config(own)),
        Layer.provideMerge(logger)
      )
    yield* Layer.build(
      Layer.fresh(
        Protocol.layer(StockEntity, { ...unused, ...stock }).pipe(Layer.provide(runner(there)))
      )
    )
    const client = yield* Layer.build(
      Layer.fresh(ActorClient.layer.pipe(Layer.provideMerge(runner(here))))
    )
    const actors = yield* ActorClient.make(StockEntity).pipe(Effect.provide(client))
    const ask = (waitMs = 0, asked = question(waitMs)) => {
      const heard: Array<Heard> = []
      actors.askOnce(sku, asked, (answer) => void heard.push(answer))
      return heard
    }
    return { ...net, logs, actors, ask }
  })

/** Lets messages travel and clocks go on, so many milliseconds in steps. */
export const pass = (ms: number) =>
  Effect.repeatN(
    Effect.zipRight(
      TestClock.adjust("50 millis"),
      Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))
    ),
    Math.ceil(ms / 50)
  )

export const reasonOf = ([answer]: ReadonlyArray<Heard>) =>
  answer !== undefined && Either.isLeft(answer) && answer.left instanceof ActorUnavailable
    ? answer.left.reason
    : answer
