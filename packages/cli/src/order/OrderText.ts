/** Orders as people read them. */
import * as Money from "@souk/domain/kernel/Money"
import type { OrderLine } from "@souk/domain/order/OrderEvent"
import type { OrderStatus, OrderView } from "@souk/domain/order/OrderView"
import type { Order } from "@souk/http/order/OrderApi"
import { Array as Arr } from "effect"
import type { Paint } from "../Output.ts"
import { lines, moment, pairs, printable } from "../Table.ts"

const paintOf = (paint: Paint, status: OrderStatus): ((text: string) => string) => {
  switch (status) {
    case "pending":
    case "cancelling":
      return paint.busy
    case "cancelled":
      return paint.bad
    case "confirmed":
    case "shipped":
    case "delivered":
      return paint.good
  }
}

const unitsOf = (order: OrderView): number =>
  order.lines.reduce((units, { quantity }) => units + quantity, 0)

/** One line per order, under a title. */
export const inTable = (orders: ReadonlyArray<OrderView>, paint: Paint): string => {
  const [title, ...rows] = lines<OrderView>(
    [
      { title: "ORDER", cell: ({ id }) => id },
      {
        title: "STATUS",
        cell: ({ status }) => status,
        paint: (cell, { status }) => paintOf(paint, status)(cell)
      },
      { title: "TOTAL", cell: ({ total }) => Money.format(total), isNumber: true },
      { title: "UNITS", cell: (order) => String(unitsOf(order)), isNumber: true },
      { title: "CUSTOMER", cell: ({ customerId }) => customerId },
      { title: "PLACED", cell: ({ placedAt }) => moment(placedAt) }
    ],
    orders
  )
  return [paint.bold(title), ...rows].join("\n")
}

/** An order, whole. */
export const inWords = (order: Order, paint: Paint): string =>
  [facts(order, paint), lineTable(order, paint), amounts(order)]
    .map((part) => part.join("\n"))
    .join("\n\n")

const facts = (order: Order, paint: Paint): ReadonlyArray<string> => {
  const known: ReadonlyArray<readonly [name: string, is: string | undefined]> = [
    ["because", reasonOf(order)],
    ["customer", order.customerId],
    ["placed", moment(order.placedAt)],
    ["updated", moment(order.updatedAt)],
    ["version", String(order.version)],
    ["confirmation", order.confirmationNumber],
    ["tracking", order.trackingNumber],
    ["ships to", placeOf(order)],
    ...Object.entries(order.metadata).map(([key, value]) => [`metadata.${key}`, value] as const)
  ]
  return pairs([
    ["order", order.id],
    ["status", paintOf(paint, order.status)(order.status)],
    ...known.flatMap(([name, is]) =>
      is === undefined ? [] : [[printable(name), printable(is)] as const]
    )
  ])
}

const reasonOf = ({ cancellation }: Order): string | undefined => {
  if (cancellation === undefined) return undefined
  const { declineCode, note, reason, skus = [] } = cancellation
  const details = [...skus, ...(declineCode === undefined ? [] : [declineCode])]
  const detail = details.length === 0 ? "" : ` (${details.join(", ")})`
  return reason.replaceAll("_", " ") + detail + (note === undefined ? "" : `: ${note}`)
}

const placeOf = ({ shippingAddress: to }: Order): string => {
  const city = [to.postalCode, to.city, to.region ?? "", to.country].filter(Boolean).join(" ")
  return [to.name, to.line1, to.line2 ?? "", city].filter(Boolean).join(", ")
}

const lineTable = (order: Order, { bold }: Paint): ReadonlyArray<string> => {
  const [title, ...rows] = lines<OrderLine>(
    [
      { title: "SKU", cell: ({ sku }) => sku },
      { title: "NAME", cell: ({ name }) => name },
      { title: "UNITS", cell: ({ quantity }) => String(quantity), isNumber: true },
      { title: "EACH", cell: ({ unitPrice }) => Money.format(unitPrice), isNumber: true },
      { title: "TOTAL", cell: ({ total }) => Money.format(total), isNumber: true }
    ],
    order.lines
  )
  return [bold(title), ...rows]
}

const amounts = ({ shipping, subtotal, tax, total }: Order): ReadonlyArray<string> => {
  const texts = [subtotal, tax, shipping, total].map(Money.format)
  const columns = Math.max(...texts.map(({ length }) => length))
  const names = ["subtotal", "tax", "shipping", "total"]
  return pairs(Arr.zip(names, texts).map(([name, text]) => [name, text.padStart(columns)]))
}
