/** The problems of one SKU, found by pure comparisons of collected facts. */
import { HashMap, Schema } from "effect"
import { OrderId } from "../kernel/Ids.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import { reservedAt, type StockTotals } from "./StockTotals.ts"
import type { StockView } from "./StockView.ts"

export const StockProblem = Schema.Literal(
  /** The events of the SKU are inconsistent. */
  "journal_unsound",
  /** The actor's view differs from its events. */
  "actor_differs",
  /** An order that has ended, or was never placed, still holds units. */
  "orphan_hold",
  /** An order holds another quantity than it has on its line. */
  "wrong_hold",
  /** The row in the list of products differs from the events up to the list's position. */
  "list_differs",
  /** The list of products lags. */
  "list_behind"
)
export type StockProblem = typeof StockProblem.Type

export const StockDifference = Schema.Struct({
  problem: StockProblem,
  /** The value by the journal. */
  journal: Schema.String,
  /** The value found. */
  found: Schema.String,
  orderId: Schema.optionalWith(OrderId, { exact: true }),
  /** Whether the repair can correct it. */
  isRepairable: Schema.Boolean
})
export type StockDifference = typeof StockDifference.Type

const difference = (
  problem: StockProblem,
  journal: string,
  found: string,
  isRepairable = false
): StockDifference => ({ problem, journal, found, isRepairable })

/** The problems of the events themselves. */
export const ofJournal = ({ faults }: StockTotals): ReadonlyArray<StockDifference> =>
  faults.map((fault) => difference("journal_unsound", fault, "-"))

type Counts = Pick<StockView, "onHand" | "reorderPoint" | "reorderQuantity">

const inWords = ({ onHand, reorderPoint, reorderQuantity }: Counts, reserved: number): string => {
  const reorder = reorderPoint === null ? "" : `, ${reorderQuantity} when ${reorderPoint} are left`
  return `${onHand} on hand, ${reserved} reserved${reorder}`
}

/**
 * Compares the actor's view, taken between `from` and `to`, with the events up to its version.
 * Holds may expire in between, so any number between the two is right.
 */
export const ofActor = (
  totals: StockTotals,
  view: StockView,
  { from, to }: { readonly from: Timestamp; readonly to: Timestamp }
): ReadonlyArray<StockDifference> => {
  const [most, least] = [reservedAt(totals, from), reservedAt(totals, to)]
  const isSame =
    view.onHand === totals.onHand &&
    view.reorderPoint === totals.reorderPoint &&
    view.reorderQuantity === totals.reorderQuantity &&
    view.reserved >= least &&
    view.reserved <= most &&
    view.available === view.onHand - view.reserved
  if (isSame) return []
  const said = `${inWords(view, view.reserved)}, ${view.available} available`
  return [difference("actor_differs", inWords(totals, most), said)]
}

/** The version an actor was at, after the journal had come to another one. */
export const ofVersion = (journal: number, actor: number): ReadonlyArray<StockDifference> =>
  actor >= journal
    ? []
    : [difference("actor_differs", `version ${journal}`, `still at version ${actor}`)]

/** What is known of the order that a hold is for. */
export interface Holder {
  /** None where no such order was placed. */
  readonly status: string | undefined
  /** Whether its saga has ended, so that it needs no hold. */
  readonly hasEnded: boolean
  /** How many of this SKU it has on its lines. */
  readonly quantity: number
}

/** Every hold that has not expired at `at`. */
export const holdsAt = (totals: StockTotals, at: Timestamp) =>
  HashMap.toEntries(totals.holds)
    .filter(([, { expiresAt }]) => expiresAt > at)
    .map(([orderId, { quantity }]) => ({ orderId, quantity }))

/** Compares a hold with its order. */
export const ofHold = (
  { orderId, quantity }: { readonly orderId: OrderId; readonly quantity: number },
  holder: Holder
): ReadonlyArray<StockDifference> => {
  const held = `${quantity} held for ${orderId}`
  if (holder.status === undefined || holder.hasEnded) {
    const found = holder.status === undefined ? "no such order" : `the order is ${holder.status}`
    return [{ ...difference("orphan_hold", held, found, true), orderId }]
  }
  return holder.quantity === quantity
    ? []
    : [{ ...difference("wrong_hold", held, `${holder.quantity} on its lines`), orderId }]
}

/** Compares the row of the list with the expected one; both as canonical text. */
export const ofList = (expected: string, found: string): ReadonlyArray<StockDifference> =>
  expected === found ? [] : [difference("list_differs", expected, found, true)]

/** How long the list may take to read an event of this SKU. */
export const listBehindMsMax = 30_000

export const ofLag = (oldestUnreadMs: number): ReadonlyArray<StockDifference> =>
  oldestUnreadMs <= listBehindMsMax
    ? []
    : [
        difference(
          "list_behind",
          `an event that is ${Math.round(oldestUnreadMs / 1_000)} s old`,
          "not in the list of products yet"
        )
      ]
