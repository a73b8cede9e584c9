/**
 * Expired holds: they stop counting at their expiry, and are recorded with the next command.
 */
import { assert, describe, it } from "@effect/vitest"
import { HashMap, Schema } from "effect"
import type { OrderId } from "../../src/kernel/Ids.ts"
import { plusMillis, type Timestamp } from "../../src/kernel/Timestamp.ts"
import * as Stock from "../../src/inventory/Stock.ts"
import {
  AdjustmentBelowReserved,
  OutOfStock,
  ReservationLapsed,
  type StockCommand
} from "../../src/inventory/StockCommand.ts"
import type { StockEvent } from "../../src/inventory/StockEvent.ts"
import { at, holdUntil, mug as sku, orderId, otherId, thirdId } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const justBefore = plusMillis(holdUntil, -1)
const later = plusMillis(holdUntil, 60_000)

const received: StockEvent = { _tag: "StockReceived", sku, quantity: 5, at: at(0) }
const held = (id: OrderId, quantity: number, expiresAt: Timestamp): StockEvent => ({
  _tag: "StockReserved",
  sku,
  orderId: id,
  quantity,
  expiresAt,
  at: at(1)
})
const expired = (moment: Timestamp): StockEvent => ({
  _tag: "ReservationExpired",
  sku,
  orderId,
  quantity: 3,
  at: moment
})
const reserve = (id: OrderId, quantity: number, expiresAt: Timestamp): StockCommand => ({
  _tag: "ReserveStock",
  sku,
  orderId: id,
  quantity,
  expiresAt
})

const stock = given(Stock.decider, [received, held(orderId, 3, holdUntil)])

describe("a hold that runs out", () => {
  it("counts until one millisecond before its expiry", () => {
    assert.strictEqual(Stock.view(stock.state, sku, justBefore).available, 2)
    assert.strictEqual(Stock.view(stock.state, sku, holdUntil).available, 5)
    stock
      .when(reserve(otherId, 3, later), justBefore)
      .thenRefused(new OutOfStock({ sku, asked: 3, available: 2 }))
    stock
      .when(reserve(otherId, 3, later), holdUntil)
      .thenEvents(expired(holdUntil), { ...held(otherId, 3, later), at: holdUntil })
  })

  it("counts the same in a view, which records nothing", () => {
    const check = (quantity: number): StockCommand => ({ _tag: "CheckStock", sku, quantity })
    stock
      .when(check(3), justBefore)
      .thenRefused(new OutOfStock({ sku, asked: 3, available: 2 }))
      .when(check(2), justBefore)
      .thenNothing()
    stock
      .when(check(5), holdUntil)
      .thenNothing()
      .when(check(6), holdUntil)
      .thenRefused(new OutOfStock({ sku, asked: 6, available: 5 }))
  })

  const commit: StockCommand = { _tag: "CommitStock", sku, orderId }
  const committed = (moment: Timestamp): StockEvent => ({
    _tag: "StockCommitted",
    sku,
    orderId,
    quantity: 3,
    at: moment
  })

  it("can be committed until its expiry is recorded, at any time", () => {
    stock.when(commit, justBefore).thenEvents(committed(justBefore))
    const late = stock.when(commit, later)
    late.thenEvents(committed(later))
    assert.deepInclude(late.state, { onHand: 2, held: 0, nextExpiry: null })
  })

  it("cannot be committed after another command has recorded its expiry, at any time", () => {
    const ended = stock.when({ _tag: "ReceiveStock", sku, quantity: 1 }, later)
    ended.thenEvents(expired(later), { ...received, quantity: 1, at: later })
    ended.when(commit, later).thenRefused(new ReservationLapsed({ sku, orderId }))
    ended.when(commit, at(2)).thenRefused(new ReservationLapsed({ sku, orderId }))
  })

  it("does not extend the holds of other orders when it is committed late", () => {
    given(Stock.decider, [received, held(orderId, 3, holdUntil), held(otherId, 1, holdUntil)])
      .when(commit, later)
      .thenEvents(
        { _tag: "ReservationExpired", sku, orderId: otherId, quantity: 1, at: later },
        committed(later)
      )
  })

  it("frees the units for a correction", () => {
    const writeOff: StockCommand = { _tag: "AdjustStock", sku, delta: -5, reason: "fire" }
    stock
      .when(writeOff, justBefore)
      .thenRefused(new AdjustmentBelowReserved({ sku, onHand: 5, reserved: 3, delta: -5 }))
    stock
      .when(writeOff, holdUntil)
      .thenEvents(expired(holdUntil), { ...writeOff, _tag: "StockAdjusted", at: holdUntil })
  })

  it("is recorded by the next command, even when that changes nothing else", () => {
    const release = { _tag: "ReleaseStock", sku, orderId } as const
    stock.when(release, holdUntil).thenEvents(expired(holdUntil)).when(release, later).thenNothing()
    stock
      .when({ _tag: "AdjustStock", sku, delta: 0, reason: "none" }, holdUntil)
      .thenEvents(expired(holdUntil))
  })

  it("cannot be made for a past time, nor renewed after its expiry", () => {
    const lapsed = new ReservationLapsed({ sku, orderId })
    stock.when(reserve(orderId, 3, holdUntil), holdUntil).thenRefused(lapsed)
    given(Stock.decider, [received])
      .when(reserve(orderId, 3, holdUntil), later)
      .thenRefused(lapsed)
      .when(reserve(orderId, 3, holdUntil), justBefore)
      .thenEvents({ ...held(orderId, 3, holdUntil), at: justBefore })
  })
})

describe("several holds", () => {
  const soon = at(60)
  const three = given(Stock.decider, [
    received,
    held(orderId, 3, soon),
    held(otherId, 1, holdUntil),
    held(thirdId, 1, later)
  ])

  it("expire each at its own time", () => {
    assert.strictEqual(Stock.view(three.state, sku, at(59)).available, 0)
    assert.strictEqual(Stock.view(three.state, sku, soon).available, 3)
    assert.strictEqual(Stock.view(three.state, sku, holdUntil).available, 4)
    assert.strictEqual(Stock.view(three.state, sku, later).available, 5)
  })

  it("have a next expiry after the first one has passed or was released", () => {
    const sold = three.when({ _tag: "CommitStock", sku, orderId }, at(2))
    assert.strictEqual(sold.state.nextExpiry, soon)
    const on = sold.when({ _tag: "ReceiveStock", sku, quantity: 1 }, soon)
    assert.strictEqual(on.state.nextExpiry, holdUntil)
    const last = on.when({ _tag: "ReceiveStock", sku, quantity: 1 }, holdUntil)
    assert.strictEqual(last.state.nextExpiry, later)
    const none = last.when({ _tag: "ReleaseStock", sku, orderId: thirdId }, at(4))
    assert.isNull(none.state.nextExpiry)
    assert.isTrue(HashMap.isEmpty(none.state.holds))
  })

  it("survive a snapshot", () => {
    const json = JSON.stringify(Schema.encodeSync(Stock.Stock)(three.state))
    const back = Schema.decodeUnknownSync(Schema.parseJson(Stock.Stock))(json)
    assert.deepStrictEqual({ ...back, holds: 0 }, { ...three.state, holds: 0 })
    assert.deepStrictEqual(
      new Map(HashMap.toEntries(back.holds)),
      new Map(HashMap.toEntries(three.state.holds))
    )
  })
})

describe("inconsistent stock totals", () => {
  const dies = (...events: ReadonlyArray<StockEvent>) =>
    assert.throws(() => given(Stock.decider, events), /MUG-1/)

  it("throw before they are used", () => {
    const committed: StockEvent = { _tag: "StockCommitted", sku, orderId, quantity: 3, at: at(2) }
    const released: StockEvent = { ...committed, _tag: "ReservationReleased" }
    dies(held(orderId, 3, holdUntil))
    dies(received, held(orderId, 3, holdUntil), held(otherId, 3, holdUntil))
    dies(received, held(orderId, 1, holdUntil), held(orderId, 1, holdUntil))
    dies(received, held(otherId, 3, holdUntil), committed)
    dies(received, held(otherId, 3, holdUntil), released)
    dies(received, held(orderId, 2, holdUntil), released)
    dies(received, held(orderId, 3, holdUntil), committed, released)
    dies({ _tag: "StockAdjusted", sku, delta: -1, reason: "count", at: at(1) })
  })
})
