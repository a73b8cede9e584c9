/** Orders of which it is known beforehand that the stock refuses some lines, or all of them. */
import { assert, describe, it } from "@effect/vitest"
import { assertLeft } from "@effect/vitest/utils"
import { Either, FastCheck, Option } from "effect"
import * as Stock from "../../src/inventory/Stock.ts"
import { OutOfStock } from "../../src/inventory/StockCommand.ts"
import { fold } from "../../src/kernel/Decider.ts"
import { Sku } from "../../src/kernel/Ids.ts"
import * as Order from "../../src/order/Order.ts"
import {
  IdempotencyKeyReused,
  OrderTooLarge,
  type PlaceOrder,
  type RefusedLine
} from "../../src/order/OrderCommand.ts"
import type { OrderEvent } from "../../src/order/OrderEvent.ts"
import * as OrderSaga from "../../src/order/OrderSaga.ts"
import { Shop } from "../../src/testing/Shop.ts"
import { at, eur, mug, orderId, place, placed, tea } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"
import { checkQuiescence } from "../support/Quiescence.ts"

const [mugs, teas] = [
  { sku: mug, available: 1 },
  { sku: tea, available: 0 }
]
const knowing = (...refused: ReadonlyArray<RefusedLine>): PlaceOrder => ({ ...place, refused })

const lineRefused = (line: RefusedLine): OrderEvent => ({
  _tag: "OrderLineOutOfStock",
  ...line,
  at: at(0)
})

const outOfStock = (...skus: ReadonlyArray<Sku>): ReadonlyArray<OrderEvent> => [
  {
    _tag: "OrderCancellationStarted",
    cancellation: { reason: "out_of_stock", skus },
    undo: [],
    at: at(0)
  },
  { _tag: "OrderCancelled", at: at(0) }
]

/** What the saga does about a decision, as the aggregate asks it to. */
const due = (events: ReadonlyArray<OrderEvent>) => {
  const after = fold(Order.decider, Order.decider.initial, events)
  return events.flatMap((event) => OrderSaga.react(after, event)).map(({ step }) => step)
}

const eventsOf = (command: PlaceOrder) =>
  Either.getOrThrow(Order.decide(Order.decider.initial, command, at(0)))

describe("an order none of whose lines can be had", () => {
  it("is placed, refused and cancelled in one decision, and has no intents", () => {
    const order = given(Order.decider).when(knowing(mugs, teas), at(0))
    order.thenEvents(placed, lineRefused(mugs), lineRefused(teas), ...outOfStock(mug, tea))
    assert.strictEqual(order.state._tag, "Cancelled")
    assert.deepStrictEqual(due(eventsOf(knowing(mugs, teas))), [])
    assert.deepStrictEqual(OrderSaga.resume(order.state), [])
  })

  it("is known again by its key, whatever the stock says by then", () => {
    const order = given(Order.decider).when(knowing(mugs, teas), at(0))
    for (const repeat of [place, knowing(mugs), knowing(mugs, teas)]) {
      order.when(repeat, at(1)).thenNothing()
      order
        .when({ ...repeat, fingerprint: "f2" }, at(1))
        .thenRefused(new IdempotencyKeyReused({ orderId }))
    }
  })

  it("is refused without a trace where it would have been anyway", () => {
    const [line] = place.lines
    const lines = [line, { ...line, quantity: 1_000_000 }] as const
    given(Order.decider)
      .when({ ...knowing(mugs), lines }, at(0))
      .thenRefused(new OrderTooLarge({ what: "quantity", sku: mug, max: 1_000_000 }))
  })
})

describe("an order some of whose lines can be had", () => {
  it("asks for these alone, and then turns back as ever", () => {
    const command = knowing(teas)
    assert.deepStrictEqual(due(eventsOf(command)), [`reserve/${mug}`])
    given(Order.decider)
      .when(command, at(0))
      .thenEvents(placed, lineRefused(teas))
      .when({ _tag: "RecordLineReserved", sku: mug }, at(1))
      .thenEvents(
        { _tag: "OrderLineReserved", sku: mug, at: at(1) },
        {
          _tag: "OrderCancellationStarted",
          cancellation: { reason: "out_of_stock", skus: [tea] },
          undo: [{ _tag: "ReleaseStock", sku: mug }],
          at: at(1)
        }
      )
  })

  it("makes nothing of a refusal that comes twice, or that is of no line", () => {
    const other = { sku: Sku.make("OTHER"), available: 0 }
    given(Order.decider)
      .when(knowing(teas, other, teas), at(0))
      .thenEvents(placed, lineRefused(teas))
  })
})

const refusals = FastCheck.subarray([mugs, teas], { minLength: 0 }).chain((lines) =>
  FastCheck.shuffledSubarray(lines, { minLength: lines.length })
)

describe("knowing it beforehand", () => {
  it.prop("comes to the same events as hearing it afterwards", [refusals], ([refused]) => {
    const long = refused.reduce(
      (order, line) => order.when({ _tag: "RecordLineRefused", ...line }, at(0)),
      given(Order.decider).when(place, at(0))
    )
    const short = given(Order.decider).when(knowing(...refused), at(0))
    assert.deepStrictEqual(short.state, long.state)
    assert.deepStrictEqual(Order.view(short.state), Order.view(long.state))
    assert.deepStrictEqual(
      due(Either.getOrThrow(short.decision)).toSorted(),
      OrderSaga.resume(long.state)
        .map(({ step }) => step)
        .toSorted()
    )
  })

  const counts = FastCheck.record({
    mugs: FastCheck.nat({ max: 3 }),
    teas: FastCheck.nat({ max: 3 }),
    lines: FastCheck.array(
      FastCheck.tuple(FastCheck.constantFrom(mug, tea), FastCheck.integer({ min: 1, max: 4 })),
      { minLength: 1, maxLength: 4 }
    )
  })

  it.prop("ends every order as it would have ended, whatever there is", [counts], ([drawn]) => {
    const [first, ...rest] = drawn.lines.map(([sku, quantity]) => ({
      sku,
      name: "Thing",
      quantity,
      unitPrice: eur(100)
    }))
    if (first === undefined) return
    const ends = [false, true].map((checksFirst) => {
      const stock = [
        [mug, drawn.mugs],
        [tea, drawn.teas]
      ] as const
      const shop = new Shop({ stock, checksFirst })
      shop.place({ ...place, lines: [first, ...rest] })
      shop.run()
      checkQuiescence(shop, true)
      const { journal, state } = shop.order(orderId)
      const view = Option.getOrThrow(Order.view(state))
      const skus = view.cancellation?.skus?.toSorted()
      const events = journal.map(({ _tag }) => _tag).toSorted()
      return { view: { ...view, cancellation: { ...view.cancellation, skus } }, events }
    })
    assert.deepStrictEqual(ends[0], ends[1])
  })
})

describe("the question whether a line can be had", () => {
  const shelf = given(Stock.decider, [{ _tag: "StockReceived", sku: mug, quantity: 2, at: at(0) }])
  const asked = (quantity: number) =>
    Stock.decide(shelf.state, OrderSaga.check({ sku: mug, quantity }), at(1))

  it("becomes part of the order when it is refused, and of no other", () => {
    assertLeft(asked(3), new OutOfStock({ sku: mug, asked: 3, available: 2 }))
    assert.deepStrictEqual(OrderSaga.checked(place, [asked(3), asked(2)]), {
      ...place,
      refused: [{ sku: mug, available: 2 }]
    })
    const unanswered = Either.left({ _tag: "ActorUnavailable" as const })
    assert.deepStrictEqual(OrderSaga.checked(place, [asked(2), unanswered]), place)
    assert.deepStrictEqual(OrderSaga.checked(place, []), place)
  })
})
