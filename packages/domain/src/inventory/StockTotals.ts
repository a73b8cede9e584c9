/**
 * The totals of one SKU, summed from its events. Independent of `Stock`, whose fold is compared
 * with them, so that a bug in either shows as a difference.
 */
import { HashMap, Option } from "effect"
import { evolveBy } from "../kernel/Decider.ts"
import type { OrderId } from "../kernel/Ids.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { StockEvent } from "./StockEvent.ts"

interface Hold {
  readonly quantity: number
  readonly expiresAt: Timestamp
}

export interface StockTotals {
  readonly onHand: number
  /** Holds that no event has ended, expired or not. */
  readonly holds: HashMap.HashMap<OrderId, Hold>
  readonly held: number
  readonly reorderPoint: number | null
  readonly reorderQuantity: number | null
  /** Impossible events, oldest first; the first few of them. */
  readonly faults: ReadonlyArray<string>
}

/** How many faults of one SKU are reported. */
const faultsMax = 5

export const empty: StockTotals = {
  onHand: 0,
  holds: HashMap.empty(),
  held: 0,
  reorderPoint: null,
  reorderQuantity: null,
  faults: []
}

const addFault = (totals: StockTotals, fault: string): StockTotals =>
  totals.faults.length < faultsMax ? { ...totals, faults: [...totals.faults, fault] } : totals

/** An event that cannot be read: the totals are invalid from here on. */
export const unreadable = (totals: StockTotals, what: string): StockTotals => addFault(totals, what)

interface Ended {
  readonly _tag: string
  readonly orderId: OrderId
  readonly quantity: number
}

const addOnHand = (totals: StockTotals, units: number): StockTotals => ({
  ...totals,
  onHand: totals.onHand + units
})

const addHold = (
  totals: StockTotals,
  orderId: OrderId,
  { expiresAt, quantity }: Hold
): StockTotals => {
  const holds = HashMap.set(totals.holds, orderId, { quantity, expiresAt })
  const after = { ...totals, holds, held: totals.held + quantity }
  return HashMap.has(totals.holds, orderId) ? addFault(after, `${orderId} holds twice`) : after
}

const endHold = (totals: StockTotals, { _tag, orderId, quantity }: Ended): StockTotals => {
  const held = Option.match(HashMap.get(totals.holds, orderId), {
    onNone: () => 0,
    onSome: (hold) => hold.quantity
  })
  const holds = HashMap.remove(totals.holds, orderId)
  const after = { ...totals, holds, held: totals.held - held }
  return held === quantity
    ? after
    : addFault(after, `${_tag} of ${quantity} for ${orderId}, which held ${held}`)
}

const step = evolveBy<StockTotals, StockEvent>({
  StockReceived: (totals, { quantity }) => addOnHand(totals, quantity),
  StockAdjusted: (totals, { delta }) => addOnHand(totals, delta),
  StockReserved: (totals, event) => addHold(totals, event.orderId, event),
  ReservationReleased: endHold,
  ReservationExpired: endHold,
  StockCommitted: (totals, event) => addOnHand(endHold(totals, event), -event.quantity),
  StockReturned: (totals, { quantity }) => addOnHand(totals, quantity),
  ReorderPointSet: (totals, { reorderPoint, reorderQuantity }) => ({
    ...totals,
    reorderPoint,
    reorderQuantity
  }),
  LowStockDetected: (totals) => totals
})

/** The totals after `event`. Never throws: impossible events are reported in `faults`. */
export const count = (before: StockTotals, event: StockEvent): StockTotals => {
  const after = step(before, event)
  if (after.onHand < 0) return addFault(after, `${after.onHand} on hand after ${event._tag}`)
  const isOversold = after.held > after.onHand && before.held <= before.onHand
  return isOversold
    ? addFault(after, `${after.held} held of ${after.onHand} on hand after ${event._tag}`)
    : after
}

/** The sum of the holds that have not expired at `at`. */
export const reservedAt = ({ holds }: StockTotals, at: Timestamp): number =>
  HashMap.reduce(holds, 0, (sum, { expiresAt, quantity }) => {
    return expiresAt > at ? sum + quantity : sum
  })
