/** `souk order timeline`: what happened to an order. */
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { TimelineEntry } from "@souk/http/order/OrderApi"
import { Effect } from "effect"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import type * as Shop from "../Shop.ts"
import { type Columns, moment } from "../Table.ts"
import * as Values from "../Values.ts"

const columns: Columns<TimelineEntry> = [
  { title: "AT", cell: ({ at }) => moment(at) },
  { title: "WHAT", cell: ({ summary }) => summary },
  { title: "BY", cell: ({ actor }) => actor }
]

export const entriesOf = (shop: Shop.Shop, id: OrderId) =>
  shop.ask((client) => client.orders.timeline({ path: { id } }))

const id = "ord_3f8a2c9d1b7e4a60"

export const timeline = Resource.command({
  verb: "timeline",
  summary: "List the events of an order, oldest first.",
  examples: [
    [`souk order timeline ${id}`, "Its events, and who caused them."],
    [`souk order timeline ${id} --json | jq -r .type`, "The events, for a script."]
  ],
  notes: ["--json prints one entry a line: {version, type, at, summary, actor}."],
  options: { id: Values.orderId },
  run: ({ id }, connect) =>
    Effect.gen(function* () {
      const { rows } = yield* Output
      const { data } = yield* entriesOf(yield* connect, id)
      yield* rows(data, columns)
    })
})
