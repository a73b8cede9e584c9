/** The stock of one SKU: receipts, corrections, holds, sales and refusals. */
import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import type { OrderId } from "../../src/kernel/Ids.ts"
import * as Stock from "../../src/inventory/Stock.ts"
import {
  AdjustmentBelowReserved,
  OutOfStock,
  ReservationLapsed,
  type StockCommand,
  StockTooLarge
} from "../../src/inventory/StockCommand.ts"
import { onHandMax, type StockEvent } from "../../src/inventory/StockEvent.ts"
import { at, holdUntil, mug as sku, orderId, otherId } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const received = (quantity: number): StockEvent => ({
  _tag: "StockReceived",
  sku,
  quantity,
  at: at(0)
})
const counted = (delta: number): StockEvent => ({
  _tag: "StockAdjusted",
  sku,
  delta,
  reason: "count",
  at: at(0)
})
const reserve = (id: OrderId, quantity: number): StockCommand => ({
  _tag: "ReserveStock",
  sku,
  orderId: id,
  quantity,
  expiresAt: holdUntil
})
const reserved = (id: OrderId, quantity: number): StockEvent => ({
  _tag: "StockReserved",
  sku,
  orderId: id,
  quantity,
  expiresAt: holdUntil,
  at: at(1)
})
const commit: StockCommand = { _tag: "CommitStock", sku, orderId }
const release: StockCommand = { _tag: "ReleaseStock", sku, orderId }
const restore: StockCommand = { _tag: "ReturnStock", sku, orderId, quantity: 2 }
const adjust = (delta: number): StockCommand => ({
  _tag: "AdjustStock",
  sku,
  delta,
  reason: "count"
})

const levels = (stock: Stock.Stock, moment = at(2)) => {
  const { available, onHand, reserved } = Stock.view(stock, sku, moment)
  return { onHand, reserved, available }
}

describe("counting stock", () => {
  it("receives goods, with their reason and reference", () => {
    const receipt = { sku, quantity: 5, reference: "PO-881", reason: "restock" }
    const { state } = given(Stock.decider)
      .when({ _tag: "ReceiveStock", ...receipt }, at(0))
      .thenEvents({ _tag: "StockReceived", ...receipt, at: at(0) })
    assert.deepStrictEqual(levels(state), { onHand: 5, reserved: 0, available: 5 })
  })

  it("corrects the count up and down; a correction by zero has no event", () => {
    given(Stock.decider, [received(5)])
      .when(adjust(-5), at(1))
      .thenEvents({ _tag: "StockAdjusted", sku, delta: -5, reason: "count", at: at(1) })
      .when(adjust(2), at(2))
      .thenEvents({ _tag: "StockAdjusted", sku, delta: 2, reason: "count", at: at(2) })
      .when(adjust(0), at(3))
      .thenNothing()
  })

  it("refuses a correction below what is reserved", () => {
    const stock = given(Stock.decider, [received(5), reserved(orderId, 3)])
    stock
      .when(adjust(-3), at(2))
      .thenRefused(new AdjustmentBelowReserved({ sku, onHand: 5, reserved: 3, delta: -3 }))
    const { state } = stock.when(adjust(-2), at(2))
    assert.deepStrictEqual(levels(state), { onHand: 3, reserved: 3, available: 0 })
  })

  it("refuses more than the maximum count, by any command", () => {
    const full = given(Stock.decider, [counted(onHandMax - 1)])
    const tooLarge = new StockTooLarge({ sku, onHand: onHandMax - 1, max: onHandMax })
    full.when({ _tag: "ReceiveStock", sku, quantity: 2 }, at(1)).thenRefused(tooLarge)
    full.when(adjust(2), at(1)).thenRefused(tooLarge)
    full.when(restore, at(1)).thenRefused(tooLarge)
    assert.isTrue(Either.isRight(full.when(adjust(1), at(1)).decision))
  })
})

describe("holding stock", () => {
  it("reserves up to the last available unit, and not one more", () => {
    const { state } = given(Stock.decider, [received(5)])
      .when(reserve(orderId, 3), at(1))
      .thenEvents(reserved(orderId, 3))
      .when(reserve(otherId, 3), at(1))
      .thenRefused(new OutOfStock({ sku, asked: 3, available: 2 }))
      .when(reserve(otherId, 2), at(1))
      .thenEvents(reserved(otherId, 2))
    assert.deepStrictEqual(levels(state), { onHand: 5, reserved: 5, available: 0 })
  })

  it("reserves once per order, whatever the second request asks", () => {
    given(Stock.decider, [received(5), reserved(orderId, 3)])
      .when(reserve(orderId, 3), at(2))
      .thenNothing()
      .when(reserve(orderId, 5), at(2))
      .thenNothing()
  })

  it("releases a hold once", () => {
    given(Stock.decider, [received(5), reserved(orderId, 3)])
      .when(release, at(2))
      .thenEvents({ _tag: "ReservationReleased", sku, orderId, quantity: 3, at: at(2) })
      .when(release, at(3))
      .thenNothing()
  })

  it("releases nothing for an order without a hold", () => {
    given(Stock.decider, [received(5), reserved(otherId, 3)])
      .when(release, at(2))
      .thenNothing()
  })

  it("commits a hold once: the units leave the count", () => {
    const { state } = given(Stock.decider, [received(5), reserved(orderId, 3)])
      .when(commit, at(2))
      .thenEvents({ _tag: "StockCommitted", sku, orderId, quantity: 3, at: at(2) })
      .when(commit, at(3))
      .thenRefused(new ReservationLapsed({ sku, orderId }))
    assert.deepStrictEqual(levels(state), { onHand: 2, reserved: 0, available: 2 })
  })

  it("takes returned units back", () => {
    const { state } = given(Stock.decider, [received(5)])
      .when(restore, at(2))
      .thenEvents({ _tag: "StockReturned", sku, orderId, quantity: 2, at: at(2) })
    assert.deepStrictEqual(levels(state), { onHand: 7, reserved: 0, available: 7 })
  })
})
