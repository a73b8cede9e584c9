/** `souk order watch`: what happens to an order, from the shop's live stream of it. */
import * as Command from "@effect/cli/Command"
import { Clock, Effect, Schema } from "effect"
import { commonOptions } from "../CommonOptions.ts"
import { ExitCode } from "../ExitCode.ts"
import { Output } from "../Output.ts"
import * as Shop from "../Shop.ts"
import { Stopped } from "../Stopped.ts"
import { moment, printable } from "../Table.ts"
import * as Values from "../Values.ts"
import * as Following from "./Following.ts"

const watchSecondsMax = 3_600
const watchSecondsDefault = 300

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
    const order = yield* shop.ask((client) => client.orders.get({ path: { id }, headers: {} }))
    const deadlineMs = (yield* Clock.currentTimeMillis) + seconds * 1_000
    const place = Following.start(order)
    const settled = Following.untilSettled(shop, place, ({ at, summary, type, version }) =>
      output.data({ version, type, at, summary }, () => `${moment(at)}  ${printable(summary)}`)
    )
    const remainingMs = deadlineMs - (yield* Clock.currentTimeMillis)
    yield* Effect.timeoutFail(settled, {
      duration: Math.max(0, remainingMs),
      onTimeout: () =>
        new Stopped({
          code: "not_settled",
          message: `after ${seconds} seconds ${id} is still ${place.status}`,
          hint: `To resume it now: souk order resume ${id}`,
          exitCode: ExitCode.failure
        })
    })
    yield* output.say(`${id} is ${place.status}.`)
  })
).pipe(Command.withDescription("Follow an order until the shop has nothing more to do for it."))
