/** `souk order resume` and `souk reminder list`: what is in progress, and how to resume it. */
import * as Command from "@effect/cli/Command"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { type Reminder, remindersMax } from "@souk/http/operations/OperationsApi"
import { Effect, Option } from "effect"
import { commonOptions } from "../CommonOptions.ts"
import * as Listing from "../Listing.ts"
import { Output, type Paint } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Shop from "../Shop.ts"
import { moment, printable, table } from "../Table.ts"
import * as Values from "../Values.ts"

const options = { id: Values.orderId, ...commonOptions }

export const resume = Command.make("resume", options, ({ id, keyFile }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const told = yield* shop.ask((client) => client.operations.resume({ path: { id } }))
    const open = told.waitsFor.map((what) => `  it waits for ${printable(what)}`)
    const rest = told.isAtRest ? "nothing is owed" : "something is still owed"
    const payment = told.payment === null ? "" : `, its payment ${told.payment}`
    yield* output.data(told, () =>
      [`${id} is ${told.status}${payment}: ${rest}.`, ...open].join("\n")
    )
    if (told.waitsFor.length > 0) yield* output.say(`Next: souk payments reconcile ${id}`)
  })
).pipe(Command.withDescription("Resume an order now, and say what it waits for."))

export const resumePage = Page.make("order", resume, {
  verb: "resume",
  examples: [
    ["souk order resume ord_3f8a2c9d1b7e4a60", "Why does it not get on?"],
    ["souk order resume ord_3f8a2c9d1b7e4a60 --json | jq .waitsFor", "The same, for a script."]
  ],
  notes: [
    "The shop does the same by itself, from every five seconds to once a minute. The order, its",
    "payment and its shipment resume, and the answer waits five seconds; nothing is done twice.",
    "--json prints {id, status, version, isAtRest, waitsFor, payment}."
  ]
})

/** Overdue for so long, a row is more than a moment's delay. */
export const stuckMs = 60_000

/** How much of an error a line of the table shows. */
const errorColumns = 80

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

const inTable = (rows: ReadonlyArray<Reminder>, paint: Paint): string =>
  table<Reminder>(
    [
      { title: "STREAM", cell: ({ stream }) => stream },
      { title: "NAME", cell: ({ name }) => name },
      { title: "DUE", cell: ({ dueAt }) => moment(dueAt) },
      {
        title: "OVERDUE",
        cell: ({ overdueMs }) => (overdueMs > 0 ? seconds(overdueMs) : "-"),
        isNumber: true,
        paint: (cell, { overdueMs }) => (overdueMs > stuckMs ? paint.bad(cell) : cell)
      },
      { title: "ATTEMPTS", cell: ({ attempts }) => String(attempts), isNumber: true },
      {
        title: "LAST ERROR",
        cell: ({ lastError }) => printable(lastError ?? "").slice(0, errorColumns)
      }
    ],
    rows,
    paint
  )

const listOptions = {
  limit: Listing.limitOption("reminders", remindersMax),
  ...commonOptions
}

const list = Command.make("list", listOptions, ({ keyFile, limit }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const { data } = yield* shop.ask((client) =>
      client.operations.reminders({ urlParams: { limit } })
    )
    if (output.isJson) yield* Effect.forEach(data, (row) => output.data(row, String))
    if (data.length === 0)
      return yield* output.say("There are no reminders: no order or payment is in progress.")
    if (!output.isJson) yield* output.print(inTable(data, output.paint))
    const [id] = data.flatMap(({ stream }) => Option.toArray(OrderAggregate.idOf(stream)))
    if (id !== undefined) yield* output.say(`Next: souk order resume ${id}`)
  })
).pipe(Command.withDescription("Orders and payments that are in progress, oldest first."))

export const reminder = Command.make("reminder").pipe(Command.withSubcommands([list]))

export const reminderPages = [
  Page.make("reminder", list, {
    verb: "list",
    examples: [
      ["souk reminder list", "What is under way, and for how long?"],
      ["souk reminder list --json | jq -r 'select(.overdueMs > 60000).stream'", "What hangs."]
    ],
    notes: [
      "A reminder is set by the first event of a saga and cleared by the last. ATTEMPTS counts how",
      "often the shop has told the order or payment to resume since then.",
      "--json prints one reminder a line: {stream, name, dueAt, overdueMs, attempts, lastError}."
    ]
  })
]
