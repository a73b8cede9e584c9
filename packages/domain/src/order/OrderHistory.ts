/** What each event does to an order. Dies on a history that `decide` cannot have made. */
import { Match } from "effect"
import { impossible } from "../kernel/Decider.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { Cancellation, OrderEvent, Undo } from "./OrderEvent.ts"
import { type Order, undoKey } from "./OrderState.ts"

type Existing = Exclude<Order, { readonly _tag: "Absent" }>

/** The order in state `tag`, or the end of the program: `event` can meet no other. */
const only = <Tag extends Existing["_tag"]>(order: Order, tag: Tag, event: OrderEvent) =>
  isTagged(order, tag) ? order : impossible(order, event)

const isTagged = <Tag extends Order["_tag"]>(
  order: Order,
  tag: Tag
): order is Extract<Order, { readonly _tag: Tag }> => order._tag === tag

const authorizing = (order: Order, event: OrderEvent) =>
  order._tag === "Authorizing" || order._tag === "AwaitingCustomer"
    ? order
    : impossible(order, event)

const counting = (order: Order, event: OrderEvent) =>
  order._tag === "Reserving" || order._tag === "Committing" ? order : impossible(order, event)

/**
 * The order of which something can be taken back; what has left, or is off already, has nothing.
 */
const cancellable = (order: Order, event: OrderEvent): Existing =>
  order._tag === "Absent" || isOver.has(order._tag) ? impossible(order, event) : order

const isOver: ReadonlySet<string> = new Set(["Shipped", "Delivered", "Cancelling", "Cancelled"])

const startCancelling = (
  order: Existing,
  event: { readonly cancellation: Cancellation; readonly undo: ReadonlyArray<Undo> },
  at: Timestamp
): Order => ({
  _tag: "Cancelling",
  placed: order.placed,
  updatedAt: at,
  facts: { ...order.facts, cancellation: { ...event.cancellation, at } },
  undo: event.undo
})

export const evolve = (order: Order, event: OrderEvent): Order =>
  Match.valueTags(event, {
    OrderPlaced: (event): Order =>
      order._tag !== "Absent"
        ? impossible(order, event)
        : {
            _tag: "Reserving",
            placed: event,
            updatedAt: event.at,
            facts: {},
            reserved: [],
            refused: [],
            expired: [],
            requested: null
          },
    OrderLineReserved: ({ at, sku }): Order => {
      const before = only(order, "Reserving", event)
      const reserved = [...before.reserved, sku]
      return reserved.length === before.placed.lines.length && before.requested === null
        ? { _tag: "Authorizing", placed: before.placed, updatedAt: at, facts: before.facts }
        : { ...before, updatedAt: at, reserved }
    },
    OrderLineRefused: ({ at, sku }): Order => {
      const before = only(order, "Reserving", event)
      return { ...before, updatedAt: at, refused: [...before.refused, sku] }
    },
    OrderCustomerNeeded: ({ at, nextAction: { type } }): Order => {
      const { facts, placed } = only(order, "Authorizing", event)
      return { _tag: "AwaitingCustomer", placed, updatedAt: at, facts, nextAction: { type } }
    },
    OrderPaymentMismatched: ({ at }): Order =>
      order._tag === "Capturing"
        ? { ...order, updatedAt: at, isMismatched: true }
        : { ...authorizing(order, event), updatedAt: at, isMismatched: true },
    OrderPaymentAuthorized: ({ at }): Order => {
      const { facts, placed } = authorizing(order, event)
      return { _tag: "Booking", placed, updatedAt: at, facts }
    },
    OrderShipmentBooked: ({ at, trackingNumber }): Order => {
      const before = only(order, "Booking", event)
      return {
        ...before,
        _tag: "Capturing",
        updatedAt: at,
        facts: { ...before.facts, trackingNumber }
      }
    },
    OrderPaymentCaptured: ({ at }): Order => {
      const { facts, placed } = only(order, "Capturing", event)
      return {
        _tag: "Committing",
        placed,
        updatedAt: at,
        facts,
        committed: [],
        expired: [],
        requested: null
      }
    },
    OrderLineCommitted: ({ at, sku }): Order => {
      const before = only(order, "Committing", event)
      return { ...before, updatedAt: at, committed: [...before.committed, sku] }
    },
    OrderLineExpired: ({ at, sku }): Order => {
      const before = counting(order, event)
      return { ...before, updatedAt: at, expired: [...before.expired, sku] }
    },
    OrderConfirmed: ({ at, confirmationNumber }): Order => {
      const { facts, placed } = only(order, "Committing", event)
      return {
        _tag: "Confirmed",
        placed,
        updatedAt: at,
        facts: { ...facts, confirmationNumber }
      }
    },
    OrderShipped: ({ at, trackingNumber }): Order => {
      const before = only(order, "Confirmed", event)
      return {
        ...before,
        _tag: "Shipped",
        updatedAt: at,
        facts: { ...before.facts, trackingNumber }
      }
    },
    OrderDelivered: ({ at }): Order => ({
      ...only(order, "Shipped", event),
      _tag: "Delivered",
      updatedAt: at
    }),
    OrderCancellationRequested: ({ at, cancellation }): Order => ({
      ...counting(order, event),
      updatedAt: at,
      requested: cancellation
    }),
    OrderCancellationStarted: (event): Order =>
      startCancelling(cancellable(order, event), event, event.at),
    OrderStepUndone: ({ at, undo }): Order => {
      const before = only(order, "Cancelling", event)
      return {
        ...before,
        updatedAt: at,
        undo: before.undo.filter((owed) => undoKey(owed) !== undoKey(undo))
      }
    },
    OrderCancelled: ({ at }): Order => {
      const { facts, placed } = only(order, "Cancelling", event)
      return { _tag: "Cancelled", placed, updatedAt: at, facts }
    }
  })
