/**
 * The stock of one SKU, counted from its events by sums alone. It knows nothing of `Stock`, whose
 * fold it is held against: a mistake in one of them shows as a difference between the two.
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

export interface Tally {
  readonly onHand: number
  /** Holds that no event has ended, run out or not. */
  readonly holds: HashMap.HashMap<OrderId, Hold>
  readonly held: number
  readonly reorderPoint: number | null
  readonly reorderQuantity: number | null
  /** What cannot be, oldest first; the first few of it. */
  readonly faults: ReadonlyArray<string>
}

/** How many faults of one SKU are told. */
const faultsMax = 5

export const empty: Tally = {
  onHand: 0,
  holds: HashMap.empty(),
  held: 0,
  reorderPoint: null,
  reorderQuantity: null,
  faults: []
}

const wrong = (tally: Tally, fault: string): Tally =>
  tally.faults.length < faultsMax ? { ...tally, faults: [...tally.faults, fault] } : tally

/** An event that nobody can read: from here on the sums are worth nothing, and this says so. */
export const unreadable = (tally: Tally, what: string): Tally => wrong(tally, what)

interface Ended {
  readonly _tag: string
  readonly orderId: OrderId
  readonly quantity: number
}

const shelved = (tally: Tally, units: number): Tally => ({ ...tally, onHand: tally.onHand + units })

const begun = (tally: Tally, orderId: OrderId, { expiresAt, quantity }: Hold): Tally => {
  const holds = HashMap.set(tally.holds, orderId, { quantity, expiresAt })
  const after = { ...tally, holds, held: tally.held + quantity }
  return HashMap.has(tally.holds, orderId) ? wrong(after, `${orderId} holds twice`) : after
}

const ended = (tally: Tally, { _tag, orderId, quantity }: Ended): Tally => {
  const held = Option.match(HashMap.get(tally.holds, orderId), {
    onNone: () => 0,
    onSome: (hold) => hold.quantity
  })
  const holds = HashMap.remove(tally.holds, orderId)
  const after = { ...tally, holds, held: tally.held - held }
  return held === quantity
    ? after
    : wrong(after, `${_tag} of ${quantity} for ${orderId}, which held ${held}`)
}

const step = evolveBy<Tally, StockEvent>({
  StockReceived: (tally, { quantity }) => shelved(tally, quantity),
  StockAdjusted: (tally, { delta }) => shelved(tally, delta),
  StockReserved: (tally, event) => begun(tally, event.orderId, event),
  ReservationReleased: ended,
  ReservationExpired: ended,
  StockCommitted: (tally, event) => shelved(ended(tally, event), -event.quantity),
  StockReturned: (tally, { quantity }) => shelved(tally, quantity),
  ReorderPointSet: (tally, { reorderPoint, reorderQuantity }) => ({
    ...tally,
    reorderPoint,
    reorderQuantity
  }),
  LowStockDetected: (tally) => tally
})

/** The tally after `event`. Total: what cannot be is told in `faults`. */
export const count = (before: Tally, event: StockEvent): Tally => {
  const after = step(before, event)
  if (after.onHand < 0) return wrong(after, `${after.onHand} on hand after ${event._tag}`)
  const isOversold = after.held > after.onHand && before.held <= before.onHand
  return isOversold
    ? wrong(after, `${after.held} held of ${after.onHand} on hand after ${event._tag}`)
    : after
}

/** How many units the holds that have not run out at `at` come to. */
export const reservedAt = ({ holds }: Tally, at: Timestamp): number =>
  HashMap.reduce(holds, 0, (sum, { expiresAt, quantity }) => {
    return expiresAt > at ? sum + quantity : sum
  })
