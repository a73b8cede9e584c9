/** Whether the stock adds up: after every event, at the end, and against the orders it went to. */
import { Schema } from "effect"
import type { JournalEvent, Order } from "../Wire.ts"
import { type Check, type AuditInput, eventsOf, groupBy, isKept, streamOf } from "./AuditInput.ts"

interface Hold {
  readonly quantity: number
  readonly expiresAt: string
}

/** The shelf of one SKU as its own events tell it. Not the shop's fold: that one is under audit. */
interface Shelf {
  onHand: number
  received: number
  adjusted: number
  committed: number
  returned: number
  readonly holds: Map<string, Hold>
  readonly complaints: Array<string>
}

const Payload = Schema.Struct({
  quantity: Schema.optionalWith(Schema.Int, { default: () => 0 }),
  delta: Schema.optionalWith(Schema.Int, { default: () => 0 }),
  orderId: Schema.optionalWith(Schema.String, { default: () => "" }),
  expiresAt: Schema.optionalWith(Schema.String, { default: () => "" })
})
const payloadOf = Schema.decodeUnknownSync(Payload)

const empty = (): Shelf => ({
  onHand: 0,
  received: 0,
  adjusted: 0,
  committed: 0,
  returned: 0,
  holds: new Map(),
  complaints: []
})

const heldOn = (shelf: Shelf): number =>
  [...shelf.holds.values()].reduce((sum, { quantity }) => sum + quantity, 0)

const endHold = (shelf: Shelf, orderId: string, quantity: number): void => {
  const hold = shelf.holds.get(orderId)
  if (hold?.quantity !== quantity) {
    shelf.complaints.push(`${quantity} of ${orderId} end, ${hold?.quantity ?? 0} were held`)
  }
  shelf.holds.delete(orderId)
}

const apply = (shelf: Shelf, event: JournalEvent): void => {
  const { delta, expiresAt, orderId, quantity } = payloadOf(event.payload)
  switch (event.type) {
    case "StockReceived":
      shelf.received += quantity
      shelf.onHand += quantity
      return
    case "StockAdjusted":
      shelf.adjusted += delta
      shelf.onHand += delta
      return
    case "StockReserved":
      if (shelf.holds.has(orderId)) shelf.complaints.push(`${orderId} holds twice`)
      shelf.holds.set(orderId, { quantity, expiresAt })
      return
    case "ReservationReleased":
    case "ReservationExpired":
      return endHold(shelf, orderId, quantity)
    case "StockCommitted":
      endHold(shelf, orderId, quantity)
      shelf.committed += quantity
      shelf.onHand -= quantity
      return
    case "StockReturned":
      shelf.returned += quantity
      shelf.onHand += quantity
      return
    case "ReorderPointSet":
    case "LowStockDetected":
      return
    default:
      shelf.complaints.push(`unknown effect of ${event.type} on stock`)
  }
}

/** All shelves; `judge` looks at each one after every event. */
const shelves = (
  auditInput: AuditInput,
  judge: (shelf: Shelf, event: JournalEvent) => void = () => undefined
): ReadonlyMap<string, Shelf> => {
  const all = new Map<string, Shelf>()
  for (const event of eventsOf(auditInput, "inventory")) {
    const sku = streamOf(event).id
    const shelf = all.get(sku) ?? empty()
    all.set(sku, shelf)
    apply(shelf, event)
    judge(shelf, event)
  }
  return all
}

const complaintsOf = (all: ReadonlyMap<string, Shelf>): ReadonlyArray<string> =>
  [...all].flatMap(([sku, { complaints }]) => complaints.map((text) => `${sku}: ${text}`))

const addsUp: Check = {
  says: "available + reserved + committed = restocked + adjusted, none below 0 (I-40, I-41)",
  find: (auditInput) =>
    complaintsOf(
      shelves(auditInput, (shelf, { version }) => {
        const held = heldOn(shelf)
        const available = shelf.onHand - held
        const left = available + held + shelf.committed
        if (left !== shelf.received + shelf.returned + shelf.adjusted) {
          shelf.complaints.push(`does not add up after version ${version}`)
        }
        if (available < 0 || shelf.onHand < 0) {
          shelf.complaints.push(`oversold by ${-available} after version ${version}`)
        }
      })
    )
}

const shown: Check = {
  says: "the stock that is shown is the stock of the journal",
  find: (auditInput) => {
    const all = shelves(auditInput)
    return [...auditInput.stock].flatMap(([sku, { available, onHand, reserved }]) => {
      const shelf = all.get(sku) ?? empty()
      const held = heldOn(shelf)
      const told = `onHand ${onHand}, reserved ${reserved}, available ${available}`
      const true_ = `onHand ${shelf.onHand}, reserved ${held}, available ${shelf.onHand - held}`
      return told === true_ ? [] : [`${sku}: shown ${told}; journal ${true_}`]
    })
  }
}

const released: Check = {
  says: "no reservation outlives its order (I-42)",
  find: (auditInput) =>
    [...shelves(auditInput)].flatMap(([sku, { holds }]) =>
      [...holds].map(([orderId, { quantity }]) => {
        const status = auditInput.orders.get(orderId)?.status ?? "unknown"
        return `${sku}: ${orderId} (${status}) still holds ${quantity}`
      })
    )
}

/** How many units of each SKU an order has in the end, and how often it reserved any. */
const unitsOf = (auditInput: AuditInput): ReadonlyMap<string, ReadonlyArray<JournalEvent>> =>
  groupBy(eventsOf(auditInput, "inventory"), (event) => {
    const { orderId } = payloadOf(event.payload)
    return orderId === "" ? undefined : `${orderId} ${streamOf(event).id}`
  })

const sumOf = (events: ReadonlyArray<JournalEvent>, type: string): number =>
  events
    .filter((event) => event.type === type)
    .reduce((sum, { payload }) => sum + payloadOf(payload).quantity, 0)

const judgeLine = (
  { id, status }: Order,
  { quantity, sku }: Order["lines"][number],
  events: ReadonlyArray<JournalEvent>
): ReadonlyArray<string> => {
  const reserved = events.filter(({ type }) => type === "StockReserved")
  const sold = sumOf(events, "StockCommitted") - sumOf(events, "StockReturned")
  const due = isKept(status) ? quantity : 0
  return [
    ...(reserved.length > 1 ? [`${id} reserved ${sku} ${reserved.length} times`] : []),
    ...(reserved.every(({ payload }) => payloadOf(payload).quantity === quantity)
      ? []
      : [`${id} reserved another quantity of ${sku} than the ${quantity} of its line`]),
    ...(sold === due ? [] : [`${id} (${status}) has ${sold} of ${sku}, should have ${due}`])
  ]
}

const went: Check = {
  says: "each kept order has exactly its lines, and a cancelled one nothing (I-22, I-43)",
  find: (auditInput) => {
    const units = unitsOf(auditInput)
    return [...auditInput.orders.values()].flatMap((order) =>
      order.lines.flatMap((line) =>
        judgeLine(order, line, units.get(`${order.id} ${line.sku}`) ?? [])
      )
    )
  }
}

const known: Check = {
  says: "stock moves only for orders that exist, and for SKUs on their lines",
  find: (auditInput) =>
    [...unitsOf(auditInput).keys()].filter((name) => {
      const [orderId = "", sku] = name.split(" ")
      return auditInput.orders.get(orderId)?.lines.some((line) => line.sku === sku) !== true
    })
}

export const stockChecks: ReadonlyArray<Check> = [addsUp, shown, released, went, known]
