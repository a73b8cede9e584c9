/**
 * The low-stock alarm: once per crossing, and again only after stock rose above the point.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Stock from "../../src/inventory/Stock.ts"
import type { StockCommand } from "../../src/inventory/StockCommand.ts"
import type { StockEvent } from "../../src/inventory/StockEvent.ts"
import type { OrderId } from "../../src/kernel/Ids.ts"
import { at, holdUntil, mug as sku, orderId, otherId, thirdId } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const reorder = { reorderPoint: 3, reorderQuantity: 20 }
const setPoint: StockCommand = { _tag: "SetReorderPoint", sku, ...reorder }
const pointSet = { _tag: "ReorderPointSet", sku, ...reorder, at: at(0) } as const
const received = (quantity: number): StockEvent => ({
  _tag: "StockReceived",
  sku,
  quantity,
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
const ranLow = (available: number, moment = at(1)) =>
  ({ _tag: "LowStockDetected", sku, available, ...reorder, at: moment }) as const

const watched = given(Stock.decider, [received(5), pointSet])

describe("the reorder point", () => {
  it("is set once, and shown in the view", () => {
    const { state } = given(Stock.decider, [received(5)])
      .when(setPoint, at(0))
      .thenEvents(pointSet)
      .when(setPoint, at(1))
      .thenNothing()
    const { reorderPoint, reorderQuantity } = Stock.view(state, sku, at(1))
    assert.deepStrictEqual({ reorderPoint, reorderQuantity }, reorder)
  })

  it("raises the alarm at once when stock is at the point", () => {
    given(Stock.decider, [received(3)])
      .when(setPoint, at(1))
      .thenEvents({ ...pointSet, at: at(1) }, ranLow(3))
  })

  it("raises the alarm again when it is changed while stock is low", () => {
    given(Stock.decider, [received(3), pointSet, ranLow(3)])
      .when({ _tag: "SetReorderPoint", sku, reorderPoint: 4, reorderQuantity: 20 }, at(1))
      .thenEvents({ ...pointSet, reorderPoint: 4, at: at(1) }, { ...ranLow(3), reorderPoint: 4 })
  })
})

describe("the alarm", () => {
  it("is raised by the unit that reaches the point, and not by later ones", () => {
    watched
      .when(reserve(orderId, 1), at(1))
      .thenEvents(reserved(orderId, 1))
      .when(reserve(otherId, 1), at(1))
      .thenEvents(reserved(otherId, 1), ranLow(3))
      .when(reserve(thirdId, 1), at(1))
      .thenEvents(reserved(thirdId, 1))
      .when({ _tag: "CommitStock", sku, orderId }, at(1))
      .thenEvents({ _tag: "StockCommitted", sku, orderId, quantity: 1, at: at(1) })
  })

  it("is raised by a correction, too", () => {
    watched
      .when({ _tag: "AdjustStock", sku, delta: -2, reason: "broken" }, at(1))
      .thenEvents({ _tag: "StockAdjusted", sku, delta: -2, reason: "broken", at: at(1) }, ranLow(3))
  })

  it("is armed again by a rise above the point, and not by a rise to it", () => {
    const low = watched.when(reserve(orderId, 3), at(1))
    low
      .when({ _tag: "ReceiveStock", sku, quantity: 1 }, at(1))
      .when(reserve(otherId, 1), at(1))
      .thenEvents(reserved(otherId, 1))
    low
      .when({ _tag: "ReceiveStock", sku, quantity: 2 }, at(1))
      .when(reserve(otherId, 1), at(1))
      .thenEvents(reserved(otherId, 1), ranLow(3))
  })

  it("is armed again by released and expired holds", () => {
    const low = watched.when(reserve(orderId, 3), at(1)).thenEvents(reserved(orderId, 3), ranLow(2))
    low
      .when({ _tag: "ReleaseStock", sku, orderId }, at(1))
      .when(reserve(otherId, 2), at(1))
      .thenEvents(reserved(otherId, 2), ranLow(3))
    const late: StockCommand = {
      _tag: "ReserveStock",
      sku,
      orderId: otherId,
      quantity: 2,
      expiresAt: at(2000)
    }
    low
      .when(late, holdUntil)
      .thenEvents(
        { _tag: "ReservationExpired", sku, orderId, quantity: 3, at: holdUntil },
        { ...late, _tag: "StockReserved", at: holdUntil },
        ranLow(3, holdUntil)
      )
  })
})
