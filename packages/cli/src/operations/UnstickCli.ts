/** `souk order unstick` and `souk saga due`: what hangs, and a look at it now. */
import * as Command from "@effect/cli/Command"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { type DueRow, dueRowsMax } from "@souk/http/operations/OperationsApi"
import { Effect, Option } from "effect"
import { commonOptions } from "../CommonOptions.ts"
import * as Listing from "../Listing.ts"
import { Output, type Paint } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Shop from "../Shop.ts"
import { moment, printable, table } from "../Table.ts"
import * as Values from "../Values.ts"

const options = { id: Values.orderId, ...commonOptions }

export const unstick = Command.make("unstick", options, ({ id, keyFile }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const told = yield* shop.ask((client) => client.operations.remind({ path: { id } }))
    const open = told.waitsFor.map((what) => `  it waits for ${printable(what)}`)
    const rest = told.isAtRest ? "nothing is owed" : "something is still owed"
    const payment = told.payment === null ? "" : `, its payment ${told.payment}`
    yield* output.data(told, () =>
      [`${id} is ${told.status}${payment}: ${rest}.`, ...open].join("\n")
    )
    if (told.waitsFor.length > 0) yield* output.say(`Next: souk payments reconcile ${id}`)
  })
).pipe(Command.withDescription("Have an order look at itself now, and say what it waits for."))

export const unstickPage = Page.make("order", unstick, {
  verb: "unstick",
  examples: [
    ["souk order unstick ord_3f8a2c9d1b7e4a60", "Why does it not get on?"],
    ["souk order unstick ord_3f8a2c9d1b7e4a60 --json | jq .waitsFor", "The same, for a script."]
  ],
  notes: [
    "The shop does the same by itself, from every five seconds to once a minute. The order, its",
    "payment and its shipment are reminded, and given five seconds; nothing is done twice.",
    "--json prints {id, status, version, isAtRest, waitsFor, payment}."
  ]
})

/** Overdue for so long, a row is more than a moment's delay. */
export const stuckMs = 60_000

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

const inTable = (rows: ReadonlyArray<DueRow>, paint: Paint): string =>
  table<DueRow>(
    [
      { title: "STREAM", cell: ({ stream }) => stream },
      { title: "DUE", cell: ({ dueAt }) => moment(dueAt) },
      {
        title: "OVERDUE",
        cell: ({ overdueMs }) => (overdueMs > 0 ? seconds(overdueMs) : "-"),
        isNumber: true,
        paint: (cell, { overdueMs }) => (overdueMs > stuckMs ? paint.bad(cell) : cell)
      },
      { title: "LOOKS", cell: ({ attempts }) => String(attempts), isNumber: true }
    ],
    rows,
    paint
  )

const dueOptions = {
  limit: Listing.limitOption("rows", dueRowsMax),
  ...commonOptions
}

export const due = Command.make("due", dueOptions, ({ keyFile, limit }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const { data } = yield* shop.ask((client) => client.operations.due({ urlParams: { limit } }))
    if (output.isJson) yield* Effect.forEach(data, (row) => output.data(row, String))
    if (data.length === 0) return yield* output.say("Nothing is due: all orders are at rest.")
    if (!output.isJson) yield* output.print(inTable(data, output.paint))
    const [id] = data.flatMap(({ stream }) => Option.toArray(OrderAggregate.idOf(stream)))
    if (id !== undefined) yield* output.say(`Next: souk order unstick ${id}`)
  })
).pipe(Command.withDescription("Orders and payments that are not at rest, oldest first."))

export const saga = Command.make("saga").pipe(Command.withSubcommands([due]))

export const sagaPages = [
  Page.make("saga", due, {
    verb: "due",
    examples: [
      ["souk saga due", "What is under way, and for how long?"],
      ["souk saga due --json | jq -r 'select(.overdueMs > 60000).stream'", "What hangs."]
    ],
    notes: [
      "A row comes with the first event of a saga and goes with the last. LOOKS is how often the",
      "shop has looked at it since its last event.",
      "--json prints one row a line: {stream, dueAt, overdueMs, attempts}."
    ]
  })
]
