/** Orders as people read them. */
import * as Money from "@souk/domain/kernel/Money"
import type { OrderLine } from "@souk/domain/order/OrderEvent"
import type { OrderStatus, OrderView } from "@souk/domain/order/OrderView"
import type { Order } from "@souk/http/order/OrderApi"
import { Array as Arr } from "effect"
import type { Paint } from "../Output.ts"
import { type Columns, moment, pairs, printable, table } from "../Table.ts"

const paintOf = (status: OrderStatus): keyof Paint => {
  switch (status) {
    case "pending":
    case "cancelling":
      return "busy"
    case "cancelled":
      return "bad"
    case "confirmed":
    case "shipped":
    case "delivered":
      return "good"
  }
}

const unitsOf = (order: OrderView): number =>
  order.lines.reduce((units, { quantity }) => units + quantity, 0)

export const columns: Columns<OrderView> = [
  { title: "ORDER", cell: ({ id }) => id },
  { title: "STATUS", cell: ({ status }) => status, paint: ({ status }) => paintOf(status) },
  { title: "TOTAL", cell: ({ total }) => Money.format(total), isNumber: true },
  { title: "UNITS", cell: (order) => String(unitsOf(order)), isNumber: true },
  { title: "CUSTOMER", cell: ({ customerId }) => customerId },
  { title: "PLACED", cell: ({ placedAt }) => moment(placedAt) }
]

/** An order, whole. */
export const inWords = (order: Order, paint: Paint): string =>
  [
    facts(order, paint).join("\n"),
    table(lineColumns, order.lines, paint),
    amounts(order).join("\n")
  ].join("\n\n")

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
    ["status", paint[paintOf(order.status)](order.status)],
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

const lineColumns: Columns<OrderLine> = [
  { title: "SKU", cell: ({ sku }) => sku },
  { title: "NAME", cell: ({ name }) => name },
  { title: "UNITS", cell: ({ quantity }) => String(quantity), isNumber: true },
  { title: "EACH", cell: ({ unitPrice }) => Money.format(unitPrice), isNumber: true },
  { title: "TOTAL", cell: ({ total }) => Money.format(total), isNumber: true }
]

const amounts = ({ shipping, subtotal, tax, total }: Order): ReadonlyArray<string> => {
  const texts = [subtotal, tax, shipping, total].map(Money.format)
  const columns = Math.max(...texts.map(({ length }) => length))
  const names = ["subtotal", "tax", "shipping", "total"]
  return pairs(Arr.zip(names, texts).map(([name, text]) => [name, text.padStart(columns)]))
}
