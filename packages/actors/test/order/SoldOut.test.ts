/** Orders in a shop that is sold out: one commit each, and never an answer that is out of date. */
import { assert, describe, it } from "@effect/vitest"
import { OutOfStock, type StockCommand } from "@souk/domain/inventory/StockCommand"
import { Sku } from "@souk/domain/kernel/Ids"
import type { OrderCommand, PlaceOrder } from "@souk/domain/order/OrderCommand"
import { Clock, Effect, Either, type Layer, Schema } from "effect"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import { ActorUnavailable } from "../../src/runtime/ActorDefinition.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import { beforeCreate, OutOfStockCache } from "../../src/order/OrderPreparation.ts"
import { orderId, placeOrder, stockUp } from "../support/Requests.ts"
import { layer, metadata } from "../support/TestShop.ts"

const waitMs = 10_000

const real = Clock.make()
const openedMs = Date.UTC(2026, 0, 1)

/** The time of day stands still, so that no refusal is forgotten; waiting takes as long as ever. */
const still: Clock.Clock = {
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => openedMs,
  unsafeCurrentTimeNanos: () => BigInt(openedMs) * 1_000_000n,
  currentTimeMillis: Effect.succeed(openedMs),
  currentTimeNanos: Effect.succeed(BigInt(openedMs) * 1_000_000n),
  sleep: (duration) => real.sleep(duration)
}

const inShop = <A, E>(test: Effect.Effect<A, E, Layer.Layer.Success<typeof layer>>) =>
  test.pipe(Effect.provide(layer), Effect.withClock(still))

const send = (n: number, command: PlaceOrder, commandId = `place/${n}`) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    return yield* orders.handle(command.orderId, command, metadata(commandId), waitMs)
  })

const place = (n: number) => send(n, placeOrder(n))

const eventsOf = (stream: string) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    return yield* journal.readStream(stream, 0, 100)
  })

/** By which commands the order came to its events: all of one commit have the same. */
const commitsOf = (n: number) =>
  Effect.map(
    eventsOf(`order-${orderId(n)}`),
    (events) => new Set(events.map((event) => event.metadata.commandId)).size
  )

const typesOf = (n: number) =>
  Effect.map(eventsOf(`order-${orderId(n)}`), (events) => events.map(({ type }) => type))

const two = (n: number, ...skus: readonly [string, string]): PlaceOrder => {
  const command = placeOrder(n)
  const [line] = command.lines
  const [one, other] = skus
  return {
    ...command,
    lines: [
      { ...line, sku: Sku.make(one) },
      { ...line, sku: Sku.make(other) }
    ]
  }
}

describe("an order for what was refused a moment ago", () => {
  it.live("is placed and cancelled in one commit, and tells the same as the one before", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 1)
        const first = yield* place(1)
        assert.strictEqual(yield* commitsOf(1), 2)
        const second = yield* place(2)
        assert.strictEqual(yield* commitsOf(2), 1)
        assert.deepStrictEqual(yield* typesOf(2), yield* typesOf(1))
        assert.deepStrictEqual(
          [second.view?.status, second.view?.cancellation?.skus, second.version],
          [first.view?.status, first.view?.cancellation?.skus, first.version]
        )
        assert.deepStrictEqual([second.isSettled, second.isRepeat], [true, false])
        assert.lengthOf(yield* eventsOf("inventory-LAMP"), 1)
      })
    )
  )

  it.live("is answered from the journal when it is repeated, and refused with another body", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 1)
        yield* place(1)
        const placed = yield* place(2)
        const repeated = yield* place(2)
        assert.isTrue(repeated.isRepeat)
        assert.deepStrictEqual(repeated.view, placed.view)
        const other = placeOrder(2, { fingerprint: "other" })
        const refusal = yield* Effect.flip(send(2, other, "place/other"))
        assert.strictEqual(refusal._tag, "IdempotencyKeyReused")
        assert.lengthOf(yield* eventsOf(`order-${orderId(2)}`), 4)
      })
    )
  )

  it.live("that is sent many times at once is placed once", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 1)
        yield* place(1)
        const replies = yield* Effect.all([place(2), place(2), place(2)], { concurrency: 3 })
        assert.strictEqual(replies.filter(({ isRepeat }) => !isRepeat).length, 1)
        assert.lengthOf(yield* eventsOf(`order-${orderId(2)}`), 4)
      })
    )
  )

  it.live("gets what has arrived since", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 1)
        assert.strictEqual((yield* place(1)).view?.status, "cancelled")
        yield* stockUp("LAMP", 5, "2")
        assert.strictEqual((yield* place(2)).view?.status, "confirmed")
      })
    )
  )

  it.live("asks for its other lines as ever, and gives them back", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        yield* send(1, placeOrder(1, { sku: "RUG" }))
        const { view } = yield* send(2, two(2, "LAMP", "RUG"))
        assert.deepStrictEqual(view?.cancellation?.skus, [Sku.make("RUG")])
        assert.deepStrictEqual(yield* typesOf(2), [
          "OrderPlaced",
          "OrderLineOutOfStock",
          "OrderLineReserved",
          "OrderCancellationStarted",
          "OrderStepCompensated",
          "OrderCancelled"
        ])
        const stock = yield* ActorClient.make(StockEntity)
        assert.deepInclude((yield* stock.read("LAMP")).view, { onHand: 5, reserved: 0 })
      })
    )
  )

  it.live("sells the last units once, and nothing after them, however many want them", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 6)
        const numbers = Array.from({ length: 60 }, (_, n) => n)
        const replies = yield* Effect.forEach(numbers, place, { concurrency: 5 })
        const ends = replies.map(({ view }) => view?.status)
        assert.strictEqual(ends.filter((status) => status === "confirmed").length, 3)
        assert.strictEqual(ends.filter((status) => status === "cancelled").length, 57)
        const commits = yield* Effect.forEach(numbers.slice(-40), commitsOf)
        assert.deepStrictEqual(new Set(commits), new Set([1]))
      })
    )
  )
})

const lamp = Sku.make("LAMP")

/** The preparation of an order, by a stock that answers what the test says. */
const prepared = (command: OrderCommand, answer: Answer, known: ReadonlyArray<string>) => {
  const outOfStock = new OutOfStockCache(() => 0)
  for (const name of known) {
    const sku = Sku.make(name)
    outOfStock.record(sku, Either.left(new OutOfStock({ sku, asked: 2, available: 1 })))
  }
  const asked: Array<string> = []
  const stock = {
    askOnce: (id: string, question: { readonly command: StockCommand }, respond: Respond) => {
      asked.push(`${question.command._tag} ${id}`)
      respond(answer)
    }
  }
  const preparing = beforeCreate({ outOfStock, stock })(command, metadata("place/1"))
  const readies: Array<OrderCommand> = []
  preparing?.((ready) => void readies.push(ready))
  return { asked, readies, isPrepared: preparing !== undefined }
}

type Answer = Parameters<Respond>[0]
type Respond = Parameters<Effect.Effect.Success<ReturnType<typeof stockClient>>["askOnce"]>[2]
const stockClient = () => ActorClient.make(StockEntity)

const unavailable: Answer = Either.left(
  new ActorUnavailable({ actor: "inventory-LAMP", reason: "not_owner", detail: "" })
)

describe("before an order is placed", () => {
  const refusal: Answer = Either.left(new OutOfStock({ sku: lamp, asked: 2, available: 1 }))

  it("the stock is asked for the lines that were short, and for nothing else", () => {
    const command = two(1, "LAMP", "RUG")
    assert.isFalse(prepared(command, refusal, []).isPrepared)
    assert.isFalse(prepared(command, refusal, ["OTHER"]).isPrepared)
    const { asked, readies } = prepared(command, refusal, ["LAMP"])
    assert.deepStrictEqual(asked, ["CheckStock LAMP"])
    assert.deepStrictEqual(readies, [{ ...command, refused: [{ sku: lamp, available: 1 }] }])
    const both = prepared(command, refusal, ["LAMP", "RUG"])
    assert.deepStrictEqual(both.asked, ["CheckStock LAMP", "CheckStock RUG"])
    assert.lengthOf(both.readies, 1)
  })

  it("a stock that does not answer, or has it after all, leaves the order as it is", () => {
    const command = placeOrder(1)
    const reply = { version: 1, view: undefined, isSettled: true, isRepeat: false }
    for (const answer of [unavailable, Either.right(reply)]) {
      assert.deepStrictEqual(prepared(command, answer, ["LAMP"]).readies, [command])
    }
  })

  it("nothing is found out for what is no new order", () => {
    assert.isFalse(prepared({ _tag: "ResumeOrder" }, refusal, ["LAMP"]).isPrepared)
  })
})

describe("an order in a message to another runner", () => {
  it("carries what is known of its lines, and nothing where nothing is", () => {
    const rpc = OrderEntity.protocol.requests.get("PlaceOrder")
    assert(rpc?._tag === "PlaceOrder")
    const encode = Schema.encodeSync(rpc.payloadSchema)
    const decode = Schema.decodeUnknownEither(rpc.payloadSchema)
    const plain = placeOrder(1)
    const known: PlaceOrder = { ...plain, refused: [{ sku: lamp, available: 1 }] }
    for (const command of [plain, known]) {
      const asked = { command, metadata: metadata("place/1"), waitMs: 0 }
      const sent: unknown = JSON.parse(JSON.stringify(encode(asked)))
      assert.deepStrictEqual(sent, asked)
      assert.deepStrictEqual(Either.getOrThrow(decode(sent)), asked)
    }
    const odd = { ...plain, refused: [{ sku: lamp, available: -1 }] }
    assert.isTrue(Either.isLeft(decode({ command: odd, metadata: metadata("odd"), waitMs: 0 })))
  })
})
