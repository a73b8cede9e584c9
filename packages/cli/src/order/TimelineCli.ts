/** `souk order timeline`: what happened to an order. */
import * as Command from "@effect/cli/Command"
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { TimelineEntry } from "@souk/http/order/OrderApi"
import { Effect } from "effect"
import { commonOptions } from "../CommonOptions.ts"
import { Output, type Paint } from "../Output.ts"
import * as Shop from "../Shop.ts"
import { moment, table } from "../Table.ts"
import * as Values from "../Values.ts"

const inTable = (entries: ReadonlyArray<TimelineEntry>, paint: Paint): string =>
  table<TimelineEntry>(
    [
      { title: "AT", cell: ({ at }) => moment(at) },
      { title: "WHAT", cell: ({ summary }) => summary },
      { title: "BY", cell: ({ actor }) => actor }
    ],
    entries,
    paint
  )

export const entriesOf = (shop: Shop.Shop, id: OrderId) =>
  shop.ask((client) => client.orders.timeline({ path: { id } }))

const timelineOptions = { id: Values.orderId, ...commonOptions }

export const timeline = Command.make("timeline", timelineOptions, ({ id, keyFile }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const { data } = yield* entriesOf(shop, id)
    if (output.isJson) yield* Effect.forEach(data, (entry) => output.data(entry, String))
    else yield* output.print(inTable(data, output.paint))
  })
).pipe(Command.withDescription("Everything that happened to an order, oldest first."))
