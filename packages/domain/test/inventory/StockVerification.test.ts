/** The stock totals, and the problems found with them: equal to the fold in a valid history. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck, HashMap } from "effect"
import { fold } from "../../src/kernel/Decider.ts"
import * as Stock from "../../src/inventory/Stock.ts"
import type { StockEvent } from "../../src/inventory/StockEvent.ts"
import * as StockTotals from "../../src/inventory/StockTotals.ts"
import * as Judge from "../../src/inventory/StockVerification.ts"
import { at, mug as sku, orderId } from "../support/Examples.ts"
import { play, steps } from "../support/History.ts"
import { stock } from "../support/Subjects.ts"

const received: StockEvent = { _tag: "StockReceived", sku, quantity: 5, at: at(0) }
const reserved = (quantity: number, expiresAt = at(900)): StockEvent => ({
  _tag: "StockReserved",
  sku,
  orderId,
  quantity,
  expiresAt,
  at: at(1)
})
const committed = (quantity: number): StockEvent => ({
  _tag: "StockCommitted",
  sku,
  orderId,
  quantity,
  at: at(2)
})

const totalsOf = (...events: ReadonlyArray<StockEvent>) =>
  events.reduce(StockTotals.count, StockTotals.empty)

const viewOf = (...events: ReadonlyArray<StockEvent>) =>
  Stock.view(fold(Stock.decider, Stock.decider.initial, events), sku, at(10))

const moments = { from: at(10), to: at(10) }

describe("the sums of a stock", () => {
  it("equal its fold after every event of any history", () => {
    FastCheck.assert(
      FastCheck.property(steps(stock), (steps) => {
        let tally = StockTotals.empty
        for (const { after, before, events } of play(stock, steps)) {
          let state = before
          for (const event of events) {
            tally = StockTotals.count(tally, event)
            state = Stock.evolve(state, event)
            assert.deepStrictEqual(tally.faults, [])
            assert.deepStrictEqual([tally.onHand, tally.held], [state.onHand, state.held])
          }
          assert.strictEqual(HashMap.size(tally.holds), HashMap.size(after.holds))
        }
      })
    )
  })

  it("find impossible events: missing units, and holds that end with other quantities", () => {
    assert.deepStrictEqual(totalsOf(reserved(1)).faults, [
      "1 held of 0 on hand after StockReserved"
    ])
    const lost: StockEvent = { _tag: "StockAdjusted", sku, delta: -6, reason: "lost", at: at(1) }
    assert.deepStrictEqual(totalsOf(received, lost).faults, ["-1 on hand after StockAdjusted"])
    assert.include(totalsOf(received, reserved(1), reserved(1)).faults.join(), "holds twice")
    const other = totalsOf(received, reserved(2), committed(1)).faults
    assert.deepStrictEqual(other, [`StockCommitted of 1 for ${orderId}, which held 2`])
    const many = totalsOf(...Array.from({ length: 20 }, () => committed(1)))
    assert.strictEqual(many.faults.length, 5)
  })

  it("count a hold until it runs out", () => {
    const tally = totalsOf(received, reserved(2, at(900)))
    assert.strictEqual(StockTotals.reservedAt(tally, at(899)), 2)
    assert.strictEqual(StockTotals.reservedAt(tally, at(900)), 0)
    assert.strictEqual(Judge.holdsAt(tally, at(899)).length, 1)
    assert.strictEqual(Judge.holdsAt(tally, at(900)).length, 0)
  })
})

describe("the view of an actor", () => {
  it("is right when it equals the totals", () => {
    const events = [received, reserved(2)]
    assert.deepStrictEqual(Judge.ofActor(totalsOf(...events), viewOf(...events), moments), [])
  })

  it("is wrong with any other number", () => {
    const tally = totalsOf(received, reserved(2))
    const right = viewOf(received, reserved(2))
    const wrong = [
      { ...right, onHand: 6, available: 4 },
      { ...right, reserved: 1, available: 4 },
      { ...right, available: 4 },
      { ...right, reorderPoint: 1 }
    ]
    for (const view of wrong) {
      const [difference, ...others] = Judge.ofActor(tally, view, moments)
      assert.strictEqual(difference?.problem, "actor_differs")
      assert.isFalse(difference?.isRepairable)
      assert.deepStrictEqual(others, [])
    }
  })

  it("is wrong when it is older than what was in the journal before", () => {
    assert.deepStrictEqual(Judge.ofVersion(3, 3), [])
    assert.deepStrictEqual(Judge.ofVersion(3, 4), [])
    assert.strictEqual(Judge.ofVersion(3, 2)[0]?.problem, "actor_differs")
  })

  it("may include a hold that expired during the request or not", () => {
    const tally = totalsOf(received, reserved(2, at(10)))
    const right = viewOf(received, reserved(2))
    const free = { ...right, reserved: 0, available: 5 }
    const around = { from: at(9), to: at(11) }
    for (const view of [right, free]) assert.deepStrictEqual(Judge.ofActor(tally, view, around), [])
    assert.isNotEmpty(Judge.ofActor(tally, right, { from: at(11), to: at(12) }))
  })
})

describe("a hold", () => {
  const hold = { orderId, quantity: 2 }

  it("is right for an open order with the same quantity", () => {
    const holder = { status: "pending", hasEnded: false, quantity: 2 }
    assert.deepStrictEqual(Judge.ofHold(hold, holder), [])
  })

  it("is an orphan when its order has ended or does not exist", () => {
    const holders = [
      { status: "cancelled", hasEnded: true, quantity: 2 },
      { status: undefined, hasEnded: false, quantity: 0 }
    ]
    for (const holder of holders) {
      const [difference] = Judge.ofHold(hold, holder)
      assert.deepInclude(difference ?? {}, { problem: "orphan_hold", orderId, isRepairable: true })
    }
  })

  it("needs a person when the order has another quantity", () => {
    const [difference] = Judge.ofHold(hold, { status: "pending", hasEnded: false, quantity: 3 })
    assert.deepInclude(difference ?? {}, { problem: "wrong_hold", orderId, isRepairable: false })
  })
})

it("a list differs by its rows, and by its lag", () => {
  assert.deepStrictEqual(Judge.ofList("one", "one"), [])
  assert.deepInclude(Judge.ofList("one", "other")[0] ?? {}, {
    problem: "list_differs",
    isRepairable: true
  })
  assert.deepStrictEqual(Judge.ofLag(Judge.listBehindMsMax), [])
  assert.strictEqual(Judge.ofLag(Judge.listBehindMsMax + 1)[0]?.problem, "list_behind")
  assert.deepStrictEqual(Judge.ofJournal(totalsOf(received)), [])
  assert.strictEqual(Judge.ofJournal(totalsOf(reserved(1)))[0]?.problem, "journal_unsound")
})
