/** What is found out before a command is decided, and what may happen to its actor meanwhile. */
import { assert, describe, it } from "@effect/vitest"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import { Sku } from "@souk/domain/kernel/Ids"
import { Chunk, Context, Effect, Fiber, Layer, Queue, TestClock } from "effect"
import * as Actor from "../../src/cluster/Actor.ts"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import { ShardOwnership } from "../../src/cluster/ShardOwnership.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"
import { Journal } from "../../src/journal/Journal.ts"
import * as JournalMemory from "../support/JournalMemory.ts"
import type { ActorDefinition } from "../../src/runtime/ActorDefinition.ts"
import { metadata } from "../support/TestShop.ts"

const sku = Sku.make("LAMP")

/** One process whose actors prepare receipts when the test says so, and in the test's own words. */
const runner = Effect.gen(function* () {
  const parked = yield* Queue.unbounded<(quantity: number) => void>()
  const world: { epoch: number | undefined } = { epoch: 1 }
  const definition: ActorDefinition<StockAggregate> = {
    aggregate: StockAggregate,
    reminders: () => ({}),
    canPassivate: () => true,
    idleMs: 1,
    beforeCreate: (command) =>
      command._tag === "ReceiveStock"
        ? (ready) => void parked.unsafeOffer((quantity) => ready({ ...command, quantity }))
        : undefined,
    execute: () => Effect.succeedNone
  }
  const ownership = {
    epoch: () => world.epoch,
    mayWrite: () => true,
    count: () => 1,
    register: () => undefined
  }
  const context = yield* Layer.build(
    Actor.layer(StockEntity, Effect.succeed(definition)).pipe(
      Layer.provideMerge(
        Layer.mergeAll(Cluster.layerSingle, ActorClient.layer, JournalMemory.layer)
      ),
      Layer.provide(Layer.succeed(ShardOwnership, ownership))
    )
  )
  const stock = yield* ActorClient.make(StockEntity).pipe(Effect.provide(context))
  const receive = (name: string) =>
    stock.handle(sku, { _tag: "ReceiveStock", sku, quantity: 1 }, metadata(name))
  const { sizes } = Context.get(context, ActorClient.LocalActors)
  const journal = Context.get(context, Journal)
  return { world, parked, receive, sizes, events: journal.readAll(0, 10) }
})

describe("a command that is prepared", () => {
  it.scoped("is decided as it was prepared, once, and holds its actor in memory meanwhile", () =>
    Effect.gen(function* () {
      const { events, parked, receive, sizes } = yield* runner
      // Until its shards are its own.
      yield* TestClock.adjust("1 second")
      const both = yield* Effect.fork(
        Effect.all([receive("first"), receive("first")], { concurrency: 2 })
      )
      const readies = yield* Queue.takeN(parked, 2)
      // Far longer than an idle actor stays.
      yield* TestClock.adjust("1 second")
      assert.deepInclude(sizes(), { inventory: 1 })
      for (const [index, ready] of Chunk.toArray(readies).entries()) ready(7 + index)
      const replies = yield* Fiber.join(both)
      assert.deepStrictEqual(
        replies.map(({ isRepeat, view }) => [isRepeat, view?.onHand]),
        [
          [false, 7],
          [true, 7]
        ]
      )
      assert.lengthOf(yield* events, 1)
      yield* TestClock.adjust("1 second")
      assert.deepInclude(sizes(), { inventory: 0 })
    })
  )

  it.scopedLive("is not prepared once there is something in the stream", () =>
    Effect.gen(function* () {
      const { parked, receive } = yield* runner
      const first = yield* Effect.fork(receive("first"))
      const ready = yield* Queue.take(parked)
      ready(7)
      yield* Fiber.join(first)
      assert.isTrue((yield* receive("first")).isRepeat)
      assert.strictEqual((yield* receive("second")).view?.onHand, 8)
      assert.strictEqual(yield* Queue.size(parked), 0)
    })
  )

  it.scopedLive("is run again at the next owner when the epoch of its actor ends", () =>
    Effect.gen(function* () {
      const { events, parked, receive, world } = yield* runner
      const receipt = yield* Effect.fork(receive("first"))
      const ready = yield* Queue.take(parked)
      world.epoch = undefined
      ready(7)
      assert.lengthOf(yield* events, 0)
      world.epoch = 2
      const again = yield* Queue.take(parked)
      again(9)
      const { isRepeat, view } = yield* Fiber.join(receipt)
      assert.deepStrictEqual([isRepeat, view?.onHand], [false, 9])
      assert.lengthOf(yield* events, 1)
    })
  )
})
