/** What callers see when an actor moves between two processes that share a journal. */
import { assert, describe, it } from "@effect/vitest"
import { Sku } from "@souk/domain/kernel/Ids"
import { Context, Effect, Exit, Fiber, Layer, TestClock } from "effect"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import {
  type ShardObserver,
  ShardOwnership,
  type ShardOwnershipShape
} from "../../src/cluster/ShardOwnership.ts"
import * as StockActor from "../../src/inventory/StockActor.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"
import { Journal } from "../../src/journal/Journal.ts"
import * as JournalMemory from "../support/JournalMemory.ts"
import { metadata } from "../support/TestShop.ts"

const sku = Sku.make("LAMP")

/** A process that owns what the test says it owns. The cluster in it believes to own everything. */
const runner = Effect.gen(function* () {
  const journal = yield* Journal
  const world: { epoch: number | undefined; lodgers: Array<ShardObserver> } = {
    epoch: 1,
    lodgers: []
  }
  const ownership: ShardOwnershipShape = {
    epoch: () => world.epoch,
    mayWrite: () => true,
    count: () => 1,
    register: (observer) => void world.lodgers.push(observer)
  }
  const context = yield* Layer.build(
    Layer.fresh(
      StockActor.layer.pipe(
        Layer.provideMerge(Layer.mergeAll(Cluster.layerSingle, ActorClient.layer)),
        Layer.provide(Layer.succeed(Journal, journal)),
        Layer.provide(Layer.succeed(ShardOwnership, ownership))
      )
    )
  )
  const stock = yield* ActorClient.make(StockEntity).pipe(Effect.provide(context))
  const receive = (quantity: number, command: string) =>
    stock.handle(sku, { _tag: "ReceiveStock", sku, quantity, reason: command }, metadata(command))
  const onHand = Effect.map(stock.read(sku), ({ view }) => view?.onHand)
  return { world, receive, onHand }
})

const inWorld = <A, E, R>(test: Effect.Effect<A, E, R>) => {
  const journal = Layer.build(JournalMemory.layer)
  return Effect.flatMap(journal, (context) => Effect.provide(test, Context.pick(Journal)(context)))
}

describe("an actor on its way from one process to another", () => {
  it.scopedLive("is forgotten with its shard, however soon that is won again", () =>
    inWorld(
      Effect.gen(function* () {
        const [one, other] = [yield* runner, yield* runner]
        yield* one.receive(5, "first")
        assert.strictEqual(yield* one.onHand, 5)
        one.world.epoch = undefined
        yield* other.receive(2, "second")
        one.world.epoch = 2
        assert.strictEqual(yield* one.onHand, 7)
      })
    )
  )

  it.scopedLive("is fenced when two processes hold it to be theirs", () =>
    inWorld(
      Effect.gen(function* () {
        const [one, other] = [yield* runner, yield* runner]
        const all = Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? one : other).receive(1, `receipt/${index}`)
        )
        const exits = yield* Effect.all(all.map(Effect.exit), { concurrency: "unbounded" })
        const accepted = exits.filter(Exit.isSuccess).length
        assert.isAbove(accepted, 20)
        one.world.epoch = 2
        assert.strictEqual(yield* one.onHand, accepted)
      })
    )
  )

  it.scopedLive("replies as soon as a process owns it again", () =>
    inWorld(
      Effect.gen(function* () {
        const one = yield* runner
        one.world.epoch = undefined
        const receipt = yield* Effect.fork(one.receive(5, "early"))
        yield* Effect.sleep("250 millis")
        one.world.epoch = 1
        const { isRepeat, view } = yield* Fiber.join(receipt)
        assert.deepStrictEqual([isRepeat, view?.onHand], [false, 5])
      })
    )
  )

  it.scopedLive("does not decide twice what was under way when it left", () =>
    inWorld(
      Effect.gen(function* () {
        const one = yield* runner
        yield* one.receive(5, "first")
        const receipt = yield* Effect.fork(one.receive(2, "second"))
        yield* Effect.yieldNow()
        const [observer] = one.world.lodgers
        assert.isTrue(observer?.isDrained())
        observer?.evict()
        assert.isFalse(observer?.isDrained())
        assert.strictEqual((yield* Fiber.join(receipt)).view?.onHand, 7)
        assert.isTrue(observer?.isDrained())
        const journal = yield* Journal
        assert.lengthOf(yield* journal.readAll(0, 10), 2)
      })
    )
  )

  it.scoped("is given up in the end, in a way that invites to ask again", () =>
    inWorld(
      Effect.gen(function* () {
        const one = yield* runner
        one.world.epoch = undefined
        const receipt = yield* Effect.fork(Effect.flip(one.receive(5, "never")))
        yield* TestClock.adjust("11 seconds")
        const error = yield* Fiber.join(receipt)
        assert.strictEqual(error._tag === "ActorUnavailable" && error.reason, "not_owner")
      })
    )
  )
})
