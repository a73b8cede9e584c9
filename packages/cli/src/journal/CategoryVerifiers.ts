/** What the verifier makes of each stream: its aggregate's fold, and sums to compare it with. */
import * as Stock from "@souk/domain/inventory/Stock"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import type { StockEvent } from "@souk/domain/inventory/StockEvent"
import * as StockTotals from "@souk/domain/inventory/StockTotals"
import type { Replay } from "@souk/domain/kernel/Aggregate"
import { canonical } from "@souk/domain/kernel/Text"
import { UnreadableEvent } from "@souk/domain/kernel/EventCodec"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import type { PaymentEvent } from "@souk/domain/payment/PaymentEvent"
import { type PaymentSummary, summarize } from "@souk/domain/payment/PaymentSummary"
import { aggregates } from "@souk/domain/Rooms"
import type { JournalRow, Snapshot } from "@souk/http/journal/JournalApi"
import { Either, Schema } from "effect"

/** One stream on its way. */
export interface StreamVerifier {
  /** Takes the next event, and says what is wrong with it. */
  readonly next: (row: JournalRow) => ReadonlyArray<string>
  /** Whether a snapshot of this moment says the same; nothing where none like it is kept. */
  readonly matches: (snapshot: Snapshot) => boolean | undefined
}

/** A second opinion of one stream, beside its fold. */
interface Opinion<State, Event> {
  /** What is wrong after each event, for a stream that begins. */
  readonly check?: () => (event: Event, state: State) => ReadonlyArray<string>
  readonly matches?: (state: State, snapshot: Snapshot) => boolean | undefined
}

const messageOf = (cause: unknown): string => {
  if (cause instanceof UnreadableEvent) return `is not readable: ${cause.reason}`
  return `does not follow from what was before: ${cause instanceof Error ? cause.message : cause}`
}

/** Follows streams of an aggregate. After the first event it cannot take, none is folded on. */
const verifying =
  <State, Event>(
    { replay }: { readonly replay: () => Replay<State, Event> },
    { check, matches }: Opinion<State, Event> = {}
  ) =>
  (): StreamVerifier => {
    const stream = replay()
    const judged = check?.()
    let isBroken = false
    return {
      next: (row) => {
        if (isBroken) return []
        try {
          const event = stream.next(row)
          return judged?.(event, stream.state) ?? []
        } catch (cause) {
          isBroken = true
          return [messageOf(cause)]
        }
      },
      matches: (snapshot) => (isBroken ? undefined : matches?.(stream.state, snapshot))
    }
  }

const checkStock = () => {
  let totals = StockTotals.empty
  return (event: StockEvent, { held, onHand }: Stock.Stock): ReadonlyArray<string> => {
    const told = totals.faults.length
    totals = StockTotals.count(totals, event)
    const isSame = totals.onHand === onHand && totals.held === held
    const sums = `the sums are ${totals.onHand} on hand and ${totals.held} held`
    return [
      ...totals.faults.slice(told),
      ...(isSame ? [] : [`the fold has ${onHand} on hand and ${held} held; ${sums}`])
    ]
  }
}

const decodeStock = Schema.decodeUnknownEither(Stock.Stock)
const encodeStock = Schema.encodeSync(Stock.Stock)

/** In one form: holds have no order of their own. */
const stockInWords = (stock: Stock.Stock): string => {
  const { holds, ...rest } = encodeStock(stock)
  return canonical({ ...rest, holds: holds.map((hold) => canonical(hold)).toSorted() })
}

const matchesStock = (state: Stock.Stock, snapshot: Snapshot): boolean | undefined => {
  if (snapshot.schemaVersion !== Stock.snapshotVersion) return undefined
  return Either.match(decodeStock(snapshot.state), {
    onLeft: () => false,
    onRight: (kept) => stockInWords(kept) === stockInWords(state)
  })
}

const checkPayment = () => {
  let summary: PaymentSummary | undefined
  return (event: PaymentEvent): ReadonlyArray<string> => {
    summary = summarize(summary, event)
    if (summary === undefined) return [`${event._tag} is the first event of a payment`]
    const { authorized, captured, refunded } = summary
    const sums = [0, refunded.amountMinor, captured.amountMinor, authorized.amountMinor]
    const isSound = sums.every((sum, index) => sum >= (sums[index - 1] ?? 0))
    return isSound ? [] : [`0 <= refunded <= captured <= authorised is ${sums.join(" <= ")}`]
  }
}

/** Every category, with a second opinion where the sums of its events give one. */
export const verifiers: ReadonlyMap<string, () => StreamVerifier> = new Map([
  ...aggregates.map(
    (aggregate) => [aggregate.category, verifying<unknown, unknown>(aggregate)] as const
  ),
  [
    StockAggregate.category,
    verifying(StockAggregate, { check: checkStock, matches: matchesStock })
  ],
  [PaymentAggregate.category, verifying(PaymentAggregate, { check: checkPayment })]
])
