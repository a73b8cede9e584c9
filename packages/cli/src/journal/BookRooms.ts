/** What each room makes of its events: the fold of its actors, and sums to hold it against. */
import * as Product from "@souk/domain/catalog/Product"
import { ProductEvent } from "@souk/domain/catalog/ProductEvent"
import * as Stock from "@souk/domain/inventory/Stock"
import { StockEvent } from "@souk/domain/inventory/StockEvent"
import * as Tally from "@souk/domain/inventory/StockTally"
import { canonical } from "@souk/domain/kernel/Canonical"
import type { Decider } from "@souk/domain/kernel/Decider"
import * as Order from "@souk/domain/order/Order"
import { OrderEvent } from "@souk/domain/order/OrderEvent"
import * as Payment from "@souk/domain/payment/Payment"
import { PaymentEvent } from "@souk/domain/payment/PaymentEvent"
import { type PaymentSummary, summarize } from "@souk/domain/payment/PaymentSummary"
import * as Shipment from "@souk/domain/shipment/Shipment"
import { ShipmentEvent } from "@souk/domain/shipment/ShipmentEvent"
import type { JournalRow, Snapshot } from "@souk/http/journal/JournalApi"
import { Either, Schema } from "effect"

/** One stream on its way. */
export interface Follower {
  /** Takes the next event, and says what is wrong with it. */
  readonly next: (row: JournalRow) => ReadonlyArray<string>
  /** Whether a snapshot of this moment says the same; nothing where the room keeps none like it. */
  readonly matches: (snapshot: Snapshot) => boolean | undefined
}

/** The forms of payloads that are known: a newer one was written by a newer program. */
const schemaVersionMax = 1

type Fold<State, Event> = Pick<Decider<State, never, Event, unknown>, "evolve" | "initial">

interface Room<State, Event, Json> extends Fold<State, Event> {
  readonly event: Schema.Schema<Event, Json>
  /** A second opinion of a stream that begins: what is wrong after each event. */
  readonly judge: () => (event: Event, state: State) => ReadonlyArray<string>
  readonly matches?: (state: State, snapshot: Snapshot) => boolean | undefined
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause)

/** Follows streams of a room. After the first event it cannot take, a stream is not folded on. */
const following = <State, Event, Json>(room: Room<State, Event, Json>) => {
  const decode = Schema.decodeUnknownEither(room.event)
  return (): Follower => {
    const judge = room.judge()
    let state = room.initial
    let isBroken = false
    const broken = (why: string) => {
      isBroken = true
      return [why]
    }
    return {
      next: ({ payload, schemaVersion, type }) => {
        if (isBroken) return []
        if (schemaVersion > schemaVersionMax) {
          return broken(`${type} v${schemaVersion} is of a newer program`)
        }
        const event = decode({ ...payload, _tag: type })
        if (Either.isLeft(event)) return broken(`is no ${type}: ${event.left.message}`)
        try {
          state = room.evolve(state, event.right)
        } catch (cause) {
          return broken(`does not follow from what was before: ${messageOf(cause)}`)
        }
        return judge(event.right, state)
      },
      matches: (snapshot) => (isBroken ? undefined : room.matches?.(state, snapshot))
    }
  }
}

const unjudged = () => () => []

const judgeStock = () => {
  let tally = Tally.empty
  return (event: StockEvent, { held, onHand }: Stock.Stock): ReadonlyArray<string> => {
    const told = tally.faults.length
    tally = Tally.count(tally, event)
    const isSame = tally.onHand === onHand && tally.held === held
    const sums = `the sums are ${tally.onHand} on hand and ${tally.held} held`
    return [
      ...tally.faults.slice(told),
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

const judgePayment = () => {
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

/** Every room, by what the names of its streams begin with. */
export const rooms: ReadonlyMap<string, () => Follower> = new Map([
  ["catalog", following({ ...Product.decider, event: ProductEvent, judge: unjudged })],
  [
    "inventory",
    following({ ...Stock.decider, event: StockEvent, judge: judgeStock, matches: matchesStock })
  ],
  ["order", following({ ...Order.decider, event: OrderEvent, judge: unjudged })],
  ["payment", following({ ...Payment.decider, event: PaymentEvent, judge: judgePayment })],
  ["shipment", following({ ...Shipment.decider, event: ShipmentEvent, judge: unjudged })]
])
