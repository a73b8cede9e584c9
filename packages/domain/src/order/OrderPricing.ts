/** What an order costs: lines of one SKU added up, one currency, and every sum within the cap. */
import { Array as Arr } from "effect"
import { accept, type Decision, refuse } from "../kernel/Decider.ts"
import * as Money from "../kernel/Money.ts"
import { quantityMax } from "../kernel/Quantity.ts"
import {
  MixedCurrencies,
  type OrderRejection,
  OrderTooLarge,
  type PlaceOrder
} from "./OrderCommand.ts"
import { linesMax, type OrderLine, type OrderPlaced } from "./OrderEvent.ts"

type Asked = PlaceOrder["lines"][number]
type Priced = Pick<OrderPlaced, "lines" | "subtotal" | "tax" | "shipping" | "total">

/** Lines of the same SKU become one line, where the SKU first stood. */
const merge = (lines: Arr.NonEmptyReadonlyArray<Asked>): Arr.NonEmptyReadonlyArray<Asked> => {
  const bySku = new Map<string, Asked>()
  for (const line of lines) {
    const before = bySku.get(line.sku)
    const quantity = line.quantity + (before?.quantity ?? 0)
    bySku.set(line.sku, { ...(before ?? line), quantity })
  }
  const [first, ...rest] = bySku.values()
  return [first ?? lines[0], ...rest]
}

const totalled = (line: Asked): OrderLine => ({
  sku: line.sku,
  name: line.name,
  quantity: line.quantity,
  unitPrice: line.unitPrice,
  total: Money.times(line.unitPrice, line.quantity)
})

/** Prices include tax, and delivery is free, until a tax and a delivery table say otherwise. */
export const price = (
  { lines: asked, stepMinor = 1 }: Pick<PlaceOrder, "lines" | "stepMinor">,
  toEvent: (priced: Priced) => OrderPlaced
): Decision<OrderPlaced, OrderRejection> => {
  const merged = merge(asked)
  if (merged.length > linesMax) return refuse(new OrderTooLarge({ what: "lines", max: linesMax }))
  const tooMany = merged.find((line) => line.quantity > quantityMax)
  if (tooMany !== undefined) {
    return refuse(new OrderTooLarge({ what: "quantity", sku: tooMany.sku, max: quantityMax }))
  }
  const currency = merged[0].unitPrice.currency
  const currencies = Arr.dedupe(merged.map((line) => line.unitPrice.currency))
  if (currencies.length > 1) return refuse(new MixedCurrencies({ currencies }))
  const lines = Arr.map(merged, totalled)
  const subtotal = Money.sum(
    currency,
    lines.map((line) => line.total)
  )
  if (!lines.every((line) => Money.isWithinCap(line.total)) || !Money.isWithinCap(subtotal)) {
    return refuse(new OrderTooLarge({ what: "total", max: Money.amountMinorMax }))
  }
  if (!Money.isMultiple(subtotal, stepMinor)) {
    return refuse(new Money.AmountNotPayable({ amount: subtotal, stepMinor }))
  }
  const nothing = Money.zero(currency)
  return accept(toEvent({ lines, subtotal, tax: nothing, shipping: nothing, total: subtotal }))
}
