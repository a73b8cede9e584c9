/** The stock of one SKU: units on hand, and the holds of orders with their expiry. */
import { Either, HashMap, Option, Schema } from "effect"
import {
  accept,
  decideBy,
  type Decider,
  type Decision,
  evolveBy,
  fold,
  refuse
} from "../kernel/Decider.ts"
import { OrderId, type Sku } from "../kernel/Ids.ts"
import { Count, Quantity } from "../kernel/Quantity.ts"
import { Timestamp } from "../kernel/Timestamp.ts"
import {
  AdjustmentBelowReserved,
  type AdjustStock,
  type CheckStock,
  type CommitStock,
  OutOfStock,
  type ReceiveStock,
  type ReleaseStock,
  ReservationLapsed,
  type ReserveStock,
  type ReturnStock,
  type SetReorderPoint,
  type StockCommand,
  type StockRejection,
  StockTooLarge
} from "./StockCommand.ts"
import { onHandMax, type StockEvent } from "./StockEvent.ts"
import type { StockView } from "./StockView.ts"

type StockDecision = Decision<StockEvent, StockRejection>

const Hold = Schema.Struct({ quantity: Quantity, expiresAt: Timestamp })
type Hold = typeof Hold.Type

/** The stock as it is kept in memory and in snapshots. */
export const Stock = Schema.Struct({
  onHand: Count,
  /** The sum of all holds, expired or not. */
  held: Count,
  holds: Schema.HashMap({ key: OrderId, value: Hold }),
  /** No hold expires before this time. */
  nextExpiry: Schema.NullOr(Timestamp),
  reorderPoint: Schema.NullOr(Count),
  reorderQuantity: Schema.NullOr(Quantity),
  /** Whether the alarm was raised since availability last rose above the reorder point. */
  isLow: Schema.Boolean
})
export type Stock = typeof Stock.Type

/** Raised when the shape of `Stock` changes: snapshots of another version are ignored. */
export const snapshotVersion = 1

/** Holds that have expired at `at`. */
const lapsed = (stock: Stock, at: Timestamp): ReadonlyArray<readonly [OrderId, Hold]> =>
  stock.nextExpiry === null || stock.nextExpiry > at
    ? []
    : HashMap.toEntries(stock.holds).filter(([, hold]) => hold.expiresAt <= at)

const reservedAt = (stock: Stock, at: Timestamp): number =>
  lapsed(stock, at).reduce((reserved, [, hold]) => reserved - hold.quantity, stock.held)

const receive = (stock: Stock, command: ReceiveStock, at: Timestamp): StockDecision => {
  const { onHand } = stock
  const { _tag, ...receipt } = command
  return onHand + command.quantity > onHandMax
    ? refuse(new StockTooLarge({ sku: command.sku, onHand, max: onHandMax }))
    : accept({ _tag: "StockReceived", ...receipt, at })
}

const adjust = (stock: Stock, command: AdjustStock, at: Timestamp): StockDecision => {
  const { delta, reason, sku } = command
  const { held, onHand } = stock
  if (onHand + delta < held) {
    return refuse(new AdjustmentBelowReserved({ sku, onHand, reserved: held, delta }))
  }
  if (onHand + delta > onHandMax) {
    return refuse(new StockTooLarge({ sku, onHand, max: onHandMax }))
  }
  return delta === 0 ? accept() : accept({ _tag: "StockAdjusted", sku, delta, reason, at })
}

/**
 * The refusal if so many are not available. Not validated again, because in a flash sale most
 * requests get it.
 */
const check = (stock: Stock, { quantity, sku }: Omit<CheckStock, "_tag">): StockDecision => {
  const available = stock.onHand - stock.held
  return quantity > available
    ? refuse(new OutOfStock({ sku, asked: quantity, available }, { disableValidation: true }))
    : accept()
}

const reserve = (stock: Stock, command: ReserveStock, at: Timestamp): StockDecision => {
  const { expiresAt, orderId, quantity, sku } = command
  if (HashMap.has(stock.holds, orderId)) return accept()
  if (expiresAt <= at) return refuse(new ReservationLapsed({ sku, orderId }))
  return Either.map(check(stock, command), () => [
    { _tag: "StockReserved", sku, orderId, quantity, expiresAt, at }
  ])
}

const commit = (stock: Stock, { orderId, sku }: CommitStock, at: Timestamp): StockDecision =>
  Option.match(HashMap.get(stock.holds, orderId), {
    onNone: () => refuse(new ReservationLapsed({ sku, orderId })),
    onSome: ({ quantity }) => accept({ _tag: "StockCommitted", sku, orderId, quantity, at })
  })

const release = (stock: Stock, { orderId, sku }: ReleaseStock, at: Timestamp): StockDecision =>
  Option.match(HashMap.get(stock.holds, orderId), {
    onNone: () => accept(),
    onSome: ({ quantity }) => accept({ _tag: "ReservationReleased", sku, orderId, quantity, at })
  })

const returnStock = (stock: Stock, command: ReturnStock, at: Timestamp): StockDecision => {
  const { orderId, quantity, sku } = command
  return stock.onHand + quantity > onHandMax
    ? refuse(new StockTooLarge({ sku, onHand: stock.onHand, max: onHandMax }))
    : accept({ _tag: "StockReturned", sku, orderId, quantity, at })
}

const setReorderPoint = (stock: Stock, command: SetReorderPoint, at: Timestamp): StockDecision => {
  const { reorderPoint, reorderQuantity, sku } = command
  const isSame = stock.reorderPoint === reorderPoint && stock.reorderQuantity === reorderQuantity
  return isSame
    ? accept()
    : accept({ _tag: "ReorderPointSet", sku, reorderPoint, reorderQuantity, at })
}

/** The alarm, if these events bring availability down to the reorder point. */
const alarm = (stock: Stock, sku: Sku, at: Timestamp): ReadonlyArray<StockEvent> => {
  const { isLow, reorderPoint, reorderQuantity } = stock
  const available = stock.onHand - stock.held
  return isLow || reorderPoint === null || reorderQuantity === null || available > reorderPoint
    ? []
    : [{ _tag: "LowStockDetected", sku, available, reorderPoint, reorderQuantity, at }]
}

const decideCommand = decideBy<Stock, StockCommand, StockEvent, StockRejection>({
  ReceiveStock: receive,
  AdjustStock: adjust,
  SetReorderPoint: setReorderPoint,
  ReserveStock: reserve,
  CheckStock: check,
  CommitStock: commit,
  ReleaseStock: release,
  ReturnStock: returnStock
})

/**
 * The holds that expire before `command` is decided: all that are past their time, except that of
 * the order that commits it. That hold is refused only after its expiry was recorded, never by the
 * time: with a clock that is set back, a second copy of the command would be accepted.
 */
const expiredBefore = (stock: Stock, command: StockCommand, at: Timestamp): Array<StockEvent> => {
  const { sku } = command
  return lapsed(stock, at).flatMap(([orderId, { quantity }]): ReadonlyArray<StockEvent> =>
    command._tag === "CommitStock" && command.orderId === orderId
      ? []
      : [{ _tag: "ReservationExpired", sku, orderId, quantity, at }]
  )
}

export const decide = (before: Stock, command: StockCommand, at: Timestamp): StockDecision => {
  const { sku } = command
  const expired = expiredBefore(before, command, at)
  const stock = fold(decider, before, expired)
  const decision = decideCommand(stock, command, at)
  if (command._tag === "CheckStock") return decision
  // Expired holds are recorded with the next command, even if it changes nothing else.
  return Either.map(decision, (events) => [
    ...expired,
    ...events,
    ...(events.length === 0 ? [] : alarm(fold(decider, stock, events), sku, at))
  ])
}

const earlier = (one: Timestamp | null, other: Timestamp): Timestamp =>
  one === null || other < one ? other : one

const addHold = (stock: Stock, orderId: OrderId, { expiresAt, quantity }: Hold): Stock => ({
  ...stock,
  held: stock.held + quantity,
  holds: HashMap.set(stock.holds, orderId, { quantity, expiresAt }),
  nextExpiry: earlier(stock.nextExpiry, expiresAt)
})

const removeHold = (stock: Stock, orderId: OrderId, quantity: number): Stock => {
  const holds = HashMap.remove(stock.holds, orderId)
  const nextExpiry = HashMap.isEmpty(holds) ? null : stock.nextExpiry
  return { ...stock, held: stock.held - quantity, holds, nextExpiry }
}

/**
 * Recomputes the next expiry once the known one is past, so that decisions need not search for it.
 */
const recomputeExpiry = (stock: Stock, event: StockEvent): Stock =>
  stock.nextExpiry === null || stock.nextExpiry > event.at || event._tag === "ReservationExpired"
    ? stock
    : {
        ...stock,
        nextExpiry: HashMap.reduce(stock.holds, null, (next: Timestamp | null, { expiresAt }) =>
          earlier(next, expiresAt)
        )
      }

/** Whether the hold that `event` makes is new, or the one that it ends exists with its quantity. */
const isHoldRight = ({ holds }: Stock, event: StockEvent): boolean => {
  switch (event._tag) {
    case "StockReserved":
      return !HashMap.has(holds, event.orderId)
    case "ReservationReleased":
    case "ReservationExpired":
    case "StockCommitted": {
      const held = HashMap.get(holds, event.orderId)
      return Option.exists(held, ({ quantity }) => quantity === event.quantity)
    }
    default:
      return true
  }
}

const addOnHand = (stock: Stock, delta: number): Stock => ({
  ...stock,
  onHand: stock.onHand + delta
})

const step = evolveBy<Stock, StockEvent>({
  StockReceived: (stock, { quantity }) => addOnHand(stock, quantity),
  StockAdjusted: (stock, { delta }) => addOnHand(stock, delta),
  StockReserved: (stock, event) => addHold(stock, event.orderId, event),
  ReservationReleased: (stock, { orderId, quantity }) => removeHold(stock, orderId, quantity),
  ReservationExpired: (stock, { orderId, quantity }) => removeHold(stock, orderId, quantity),
  StockCommitted: (stock, { orderId, quantity }) =>
    addOnHand(removeHold(stock, orderId, quantity), -quantity),
  StockReturned: (stock, { quantity }) => addOnHand(stock, quantity),
  ReorderPointSet: (stock, { reorderPoint, reorderQuantity }) => ({
    ...stock,
    reorderPoint,
    reorderQuantity,
    isLow: false
  }),
  LowStockDetected: (stock) => ({ ...stock, isLow: true })
})

/** Applies `event`, and dies when the totals become inconsistent, which `decide` never causes. */
export const evolve = (before: Stock, event: StockEvent): Stock => {
  const stock = recomputeExpiry(step(before, event), event)
  if (!isHoldRight(before, event) || stock.held < 0 || stock.held > stock.onHand) {
    throw new Error(`${event.sku}: ${stock.held} held of ${stock.onHand} after ${event._tag}`)
  }
  const isAbove = stock.reorderPoint !== null && stock.onHand - stock.held > stock.reorderPoint
  return stock.isLow && isAbove ? { ...stock, isLow: false } : stock
}

/** A repeat of these would count twice, or be refused although it was processed. */
const needsDurableDedup = (command: StockCommand, decision: StockDecision): boolean => {
  switch (command._tag) {
    case "ReceiveStock":
    case "AdjustStock":
    case "ReturnStock":
      return true
    case "CommitStock":
      return Either.isLeft(decision)
    default:
      return false
  }
}

export const decider: Decider<Stock, StockCommand, StockEvent, StockRejection> = {
  initial: {
    onHand: 0,
    held: 0,
    holds: HashMap.empty(),
    nextExpiry: null,
    reorderPoint: null,
    reorderQuantity: null,
    isLow: false
  },
  decide,
  evolve,
  isTerminal: () => false,
  needsDurableDedup
}

export const view = (stock: Stock, sku: Sku, at: Timestamp): StockView => {
  const { onHand, reorderPoint, reorderQuantity } = stock
  const reserved = reservedAt(stock, at)
  return { sku, onHand, reserved, available: onHand - reserved, reorderPoint, reorderQuantity }
}
