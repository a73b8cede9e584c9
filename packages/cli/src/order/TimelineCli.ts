/** `souk order timeline` and `watch`: what happened to an order, and what is happening. */
import * as Command from "@effect/cli/Command"
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { OrderStatus } from "@souk/domain/order/OrderView"
import type { TimelineEntry } from "@souk/http/order/OrderApi"
import { Clock, Effect, Schema } from "effect"
import { commonOptions } from "../CommonOptions.ts"
import { ExitCode } from "../ExitCode.ts"
import { Output, type Paint } from "../Output.ts"
import * as Shop from "../Shop.ts"
import { Stopped } from "../Stopped.ts"
import { moment, printable, table } from "../Table.ts"
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

const entriesOf = (shop: Shop.Shop, id: OrderId) =>
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

/** How often a watched order is looked at, and for how long at most. */
const lookEveryMs = 1_000
const watchSecondsMax = 3_600
const watchSecondsDefault = 300

/** The shop has nothing more to do for an order in these; only people have. */
const isSettled = (status: OrderStatus): boolean => status !== "pending" && status !== "cancelling"

const watchOptions = {
  id: Values.orderId,
  seconds: Values.withDefault(
    "for",
    {
      placeholder: "<seconds>",
      says: `For how long, at most ${watchSecondsMax}; ${watchSecondsDefault} unless given.`,
      schema: Schema.compose(Values.whole, Schema.Number.pipe(Schema.between(1, watchSecondsMax))),
      expects: `a whole number from 1 to ${watchSecondsMax}`
    },
    watchSecondsDefault
  ),
  ...commonOptions
}

export const watch = Command.make("watch", watchOptions, ({ id, keyFile, seconds }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const deadlineMs = (yield* Clock.currentTimeMillis) + seconds * 1_000
    for (let told = 0; ;) {
      // The order before its timeline: what is settled by then has its last entry there.
      const { status } = yield* shop.ask((client) =>
        client.orders.get({ path: { id }, headers: {} })
      )
      const { data } = yield* entriesOf(shop, id)
      for (const entry of data.filter(({ version }) => version > told)) {
        const { at, summary } = entry
        yield* output.data(entry, () => `${moment(at)}  ${printable(summary)}`)
      }
      told = data.at(-1)?.version ?? told
      if (isSettled(status)) return yield* output.say(`${id} is ${status}.`)
      if ((yield* Clock.currentTimeMillis) + lookEveryMs > deadlineMs) {
        return yield* new Stopped({
          code: "not_settled",
          message: `after ${seconds} seconds ${id} is still ${status}`,
          hint: `To have it looked at again now: souk order unstick ${id}`,
          exitCode: ExitCode.failure
        })
      }
      yield* Effect.sleep(lookEveryMs)
    }
  })
).pipe(Command.withDescription("Follow an order until the shop has nothing more to do for it."))
