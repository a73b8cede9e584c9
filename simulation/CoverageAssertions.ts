/** What each batch must have seen at least once; otherwise it does not test it. */
import { faultKinds, kindsOfOne } from "./Faults.ts"
import type { Tier } from "./Plan.ts"

/** Fewer seeds than this may miss something by chance. */
export const seedsMin = 500

const transitions = [
  "order: Absent -> Reserving",
  "order: Reserving -> Authorizing",
  "order: Reserving -> Cancelling",
  "order: Authorizing -> Booking",
  "order: Authorizing -> AwaitingCustomer",
  "order: Authorizing -> Cancelling",
  "order: AwaitingCustomer -> Booking",
  "order: AwaitingCustomer -> Cancelling",
  "order: Booking -> Capturing",
  "order: Booking -> Cancelling",
  "order: Capturing -> Committing",
  "order: Capturing -> Cancelling",
  "order: Committing -> Confirmed",
  "order: Committing -> Cancelling",
  "order: Confirmed -> Shipped",
  "order: Confirmed -> Cancelling",
  "order: Shipped -> Delivered",
  "order: Cancelling -> Cancelled",
  "payment: Absent -> Authorizing",
  "payment: Absent -> Barred",
  "payment: Authorizing -> Authorized",
  "payment: Authorizing -> AwaitingCustomer",
  "payment: Authorizing -> Declined",
  "payment: AwaitingCustomer -> Authorized",
  "payment: AwaitingCustomer -> Voiding",
  "payment: Authorized -> Capturing",
  "payment: Authorized -> Voiding",
  "payment: Capturing -> Captured",
  "payment: Capturing -> Authorized",
  "payment: Voiding -> Voided",
  "shipment: Absent -> Booking",
  "shipment: Booking -> Booked",
  "shipment: Booking -> Refused",
  "shipment: Booking -> Cancelling",
  "shipment: Booked -> Cancelling",
  "shipment: Cancelling -> Cancelled",
  "stock: StockReceived",
  "stock: StockReserved",
  "stock: StockCommitted",
  "stock: StockReturned",
  "stock: ReservationReleased",
  "stock: ReservationExpired"
]

/** Faults of runners that share the shards. */
export const ofSharedShards = [
  "shards moved",
  "messages between runners",
  "woke up without its shards",
  "gave its shards back"
]

const wanted: Readonly<Record<Tier, ReadonlyArray<string>>> = {
  domain: [...kindsOfOne.map((kind) => `fault: ${kind}`), ...transitions, "fenced"],
  cluster: [
    ...faultKinds.map((kind) => `fault: ${kind}`),
    ...transitions,
    ...ofSharedShards,
    "fenced"
  ]
}

/** What never happened. */
export const missing = (
  tier: Tier,
  counts: Readonly<Record<string, number>>
): ReadonlyArray<string> => wanted[tier].filter((name) => (counts[name] ?? 0) === 0)
