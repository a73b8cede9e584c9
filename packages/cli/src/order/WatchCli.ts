/** `souk order watch`: what happens to an order, from the shop's live stream of it. */
import { Clock, Effect } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import { CommandFailed } from "../CommandFailed.ts"
import { moment, printable } from "../Table.ts"
import * as Values from "../Values.ts"
import * as OrderFollower from "./OrderFollower.ts"

const watchSecondsMax = 3_600
const watchSecondsDefault = 300

const order = "ord_3f8a2c9d1b7e4a60"

export const watch = Resource.command({
  verb: "watch",
  summary: "Follow an order until it is settled.",
  examples: [
    [`souk order watch ${order}`, "Its events so far, and each new one."],
    [`souk order watch ${order} --for 30 --quiet`, "Does it settle within half a minute?"]
  ],
  notes: [
    "Exits with 0 when the order is confirmed, cancelled, shipped or delivered, and with 1 when",
    "it is still in progress after --for. Ctrl-C stops watching, and changes nothing.",
    "When the connection breaks, or the server restarts, it resumes: no event is missed or",
    "printed twice. It gives up after half a minute without a shop.",
    "--json prints one entry a line: {version, type, at, summary}."
  ],
  options: {
    id: Values.orderId,
    seconds: Values.forSeconds(
      `How long to watch, at most ${watchSecondsMax}; ${watchSecondsDefault} unless given.`,
      1,
      watchSecondsMax,
      watchSecondsDefault
    )
  },
  run: ({ id, seconds }, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const shop = yield* connect
      const order = yield* shop.ask((client) => client.orders.get({ path: { id }, headers: {} }))
      const deadlineMs = (yield* Clock.currentTimeMillis) + seconds * 1_000
      const place = OrderFollower.start(order)
      const settled = OrderFollower.untilSettled(shop, place, ({ at, summary, type, version }) =>
        output.data({ version, type, at, summary }, () => `${moment(at)}  ${printable(summary)}`)
      )
      const remainingMs = deadlineMs - (yield* Clock.currentTimeMillis)
      yield* Effect.timeoutFail(settled, {
        duration: Math.max(0, remainingMs),
        onTimeout: () =>
          new CommandFailed({
            code: "not_settled",
            message: `after ${seconds} seconds ${id} is still ${place.status}`,
            hint: `To resume it now: souk order resume ${id}`,
            exitCode: ExitCode.failure
          })
      })
      yield* output.say(`${id} is ${place.status}.`)
    })
})
