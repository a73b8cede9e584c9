/** `souk order resume` and `souk reminder list`: what is in progress, and how to resume it. */
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { type Reminder, remindersMax } from "@souk/http/operations/OperationsApi"
import { Effect, Option } from "effect"
import * as Listing from "../Listing.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import { type Columns, moment, printable } from "../Table.ts"
import * as Values from "../Values.ts"

export const resume = Resource.command({
  verb: "resume",
  summary: "Resume an order now, and say what it waits for.",
  examples: [
    ["souk order resume ord_3f8a2c9d1b7e4a60", "What does it wait for?"],
    ["souk order resume ord_3f8a2c9d1b7e4a60 --json | jq .waitsFor", "The same, for a script."]
  ],
  notes: [
    "The shop does the same by itself, from every five seconds to once a minute. The order, its",
    "payment and its shipment resume, and the answer waits five seconds; nothing is done twice.",
    "--json prints {id, status, version, isAtRest, waitsFor, payment}."
  ],
  options: { id: Values.orderId },
  run: ({ id }, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const shop = yield* connect
      const told = yield* shop.ask((client) => client.operations.resume({ path: { id } }))
      const open = told.waitsFor.map((what) => `  it waits for ${printable(what)}`)
      const rest = told.isAtRest ? "it is settled" : "it has pending intents"
      const payment = told.payment === null ? "" : `, its payment ${told.payment}`
      yield* output.data(told, () =>
        [`${id} is ${told.status}${payment}: ${rest}.`, ...open].join("\n")
      )
      if (told.waitsFor.length > 0) yield* output.say(`Next: souk payments reconcile ${id}`)
    })
})

/** Overdue for so long, a row is more than a moment's delay. */
export const stuckMs = 60_000

/** How much of an error a line of the table shows. */
const errorColumns = 80

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

const columns: Columns<Reminder> = [
  { title: "STREAM", cell: ({ stream }) => stream },
  { title: "NAME", cell: ({ name }) => name },
  { title: "DUE", cell: ({ dueAt }) => moment(dueAt) },
  {
    title: "OVERDUE",
    cell: ({ overdueMs }) => (overdueMs > 0 ? seconds(overdueMs) : "-"),
    isNumber: true,
    paint: ({ overdueMs }) => (overdueMs > stuckMs ? "bad" : undefined)
  },
  { title: "ATTEMPTS", cell: ({ attempts }) => String(attempts), isNumber: true },
  {
    title: "LAST ERROR",
    cell: ({ lastError }) => printable(lastError ?? "").slice(0, errorColumns)
  }
]

const list = Resource.command({
  verb: "list",
  summary: "List orders and payments in progress, oldest first.",
  examples: [
    ["souk reminder list", "What is in progress, and for how long?"],
    ["souk reminder list --json | jq -r 'select(.overdueMs > 60000).stream'", "What hangs."]
  ],
  notes: [
    "A reminder is set by the first event of a saga and cleared by the last. ATTEMPTS counts how",
    "often the shop has resumed the order or payment since then.",
    "--json prints one reminder a line: {stream, name, dueAt, overdueMs, attempts, lastError}."
  ],
  options: { limit: Listing.limitOption("reminders", remindersMax) },
  run: (urlParams, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const shop = yield* connect
      const { data } = yield* shop.ask((client) => client.operations.reminders({ urlParams }))
      yield* output.rows(data, columns)
      if (data.length === 0)
        return yield* output.say("There are no reminders: no order or payment is in progress.")
      const [id] = data.flatMap(({ stream }) => Option.toArray(OrderAggregate.idOf(stream)))
      if (id !== undefined) yield* output.say(`Next: souk order resume ${id}`)
    })
})

export const reminder = Resource.room("reminder", [list])
