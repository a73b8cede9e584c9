/** What must hold of every order in the journal, and of what is shown of it. */
import type { JournalEvent, Order } from "../Wire.ts"
import { type Check, eventsOf, groupBy, hasEnded, streamOf } from "./AuditInput.ts"

/** How long a saga may take once nothing is broken any more. */
export const settleMsMax = 60_000

const statusAfter: Readonly<Record<string, Order["status"]>> = {
  OrderPlaced: "pending",
  OrderConfirmed: "confirmed",
  OrderShipped: "shipped",
  OrderDelivered: "delivered",
  OrderCancellationRequested: "cancelling",
  OrderCancellationStarted: "cancelling",
  OrderCancelled: "cancelled"
}

/** The status of an order as its events tell it. */
export const statusOf = (events: ReadonlyArray<JournalEvent>): Order["status"] =>
  events.reduce<Order["status"]>((status, { type }) => statusAfter[type] ?? status, "pending")

const readable: Check = {
  says: "everything can be read",
  find: ({ unreadable }) => unreadable
}

const ended: Check = {
  says: "every saga has ended within 60 s of the last fault (I-20, I-50)",
  find: (auditInput) => {
    const limit = Date.parse(auditInput.lastFaultAt) + settleMsMax
    return [...groupBy(eventsOf(auditInput, "order"), ({ stream }) => stream)].flatMap(
      ([stream, events]) => {
        const status = statusOf(events)
        if (!hasEnded(status)) return [`${stream} is still ${status}`]
        const last = events.findLast(({ type }) => /^Order(Confirmed|Cancelled)$/.test(type))
        return last !== undefined && Date.parse(last.recordedAt) > limit
          ? [`${stream} ended only at ${last.recordedAt}`]
          : []
      }
    )
  }
}

const shown: Check = {
  says: "every order of the journal is shown, and as the journal tells it",
  find: (auditInput) =>
    [...groupBy(eventsOf(auditInput, "order"), (event) => streamOf(event).id)].flatMap(
      ([id, events]) => {
        const order = auditInput.orders.get(id)
        if (order === undefined) return [`${id} is not shown`]
        const told = `${order.status} at version ${order.version}`
        const true_ = `${statusOf(events)} at version ${events.length}`
        return told === true_ ? [] : [`${id}: shown ${told}; journal ${true_}`]
      }
    )
}

const added: Check = {
  says: "an order's total is what its lines, tax and shipping come to (I-34)",
  find: ({ orders }) =>
    [...orders.values()].flatMap(({ id, lines, shipping, subtotal, tax, total }) => {
      const sum = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice.amountMinor, 0)
      const due = sum + tax.amountMinor + shipping.amountMinor
      return subtotal.amountMinor === sum && total.amountMinor === due
        ? []
        : [`${id}: lines come to ${sum}, all to ${due}; total is ${total.amountMinor}`]
    })
}

/** Each of these may only stand after the other. */
const orderOfSteps = [
  ["OrderShipmentBooked", "OrderPaymentAuthorized"],
  ["OrderPaymentCaptured", "OrderShipmentBooked"],
  ["OrderConfirmed", "OrderPaymentCaptured"],
  ["OrderShipped", "OrderConfirmed"],
  ["OrderDelivered", "OrderShipped"],
  ["OrderCancelled", "OrderCancellationStarted"]
] as const

const stepwise: Check = {
  says: "no step is taken before the one it rests on, and none after the end (I-20, I-21)",
  find: (auditInput) =>
    [...groupBy(eventsOf(auditInput, "order"), ({ stream }) => stream)].flatMap(
      ([stream, events]) => {
        const types = events.map(({ type }) => type)
        const hasty = orderOfSteps.filter(([later, earlier]) => {
          const at = types.indexOf(later)
          return at >= 0 && !types.slice(0, at).includes(earlier)
        })
        const end = types.findIndex((type) => /^Order(Cancelled|Delivered)$/.test(type))
        return [
          ...hasty.map(([later, earlier]) => `${stream}: ${later} without ${earlier} before it`),
          ...(end >= 0 && end < types.length - 1
            ? [`${stream}: ${types[end + 1]} after ${types[end]}`]
            : [])
        ]
      }
    )
}

export const orderChecks: ReadonlyArray<Check> = [readable, ended, shown, added, stepwise]
