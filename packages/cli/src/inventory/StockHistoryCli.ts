/** `souk stock history`: why the stock is what it is. */
import type { StockChange } from "@souk/http/inventory/StockApi"
import { Effect } from "effect"
import * as Listing from "../Listing.ts"
import * as Resource from "../Resource.ts"
import { type Columns, moment } from "../Table.ts"
import * as Values from "../Values.ts"

/** `StockReceived` is what the machine calls it; people read `stock received`. */
const spelled = (type: string): string => type.replaceAll(/(?!^)(?=[A-Z])/g, " ").toLowerCase()

const columns: Columns<StockChange> = [
  { title: "VERSION", cell: ({ version }) => String(version), isNumber: true },
  { title: "AT", cell: ({ at }) => moment(at) },
  { title: "WHAT", cell: ({ type }) => spelled(type) },
  { title: "UNITS", cell: ({ quantity }) => String(quantity), isNumber: true },
  { title: "ORDER", cell: ({ orderId }) => orderId ?? "-" },
  { title: "BY", cell: ({ actor }) => actor },
  {
    title: "WHY",
    cell: ({ reason, reference }) =>
      [reference, reason].filter((part) => part !== undefined).join(": ") || "-"
  }
]

export const history = Resource.command({
  verb: "history",
  summary: "List stock changes, oldest first.",
  examples: [
    ["souk stock history TEA-MINT", "The first changes."],
    [
      "souk stock history TEA-MINT --limit 1000 --json | jq -r 'select(.orderId).orderId'",
      "The orders that touched it."
    ]
  ],
  notes: [
    "--json prints one change a line: {version, type, at, quantity, actor}, and orderId, reason",
    "and reference where there are such. quantity is the change, or the units concerned."
  ],
  options: {
    sku: Values.sku,
    after: Listing.afterOption("version", "changes"),
    limit: Listing.limitOption("changes")
  },
  run: ({ sku, ...wish }, connect) =>
    Effect.flatMap(connect, (shop) =>
      Listing.tellLog(
        {
          page: (urlParams) =>
            shop.ask((client) => client.inventory.history({ path: { sku }, urlParams })),
          columns,
          none: `Nothing has happened to the stock of ${sku}.`
        },
        wish
      )
    )
})
