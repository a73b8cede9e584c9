/** `souk db rebuild`: a list is emptied and filled again from the journal, as the shop serves. */
import type { ReadModel } from "@souk/http/operations/DatabaseApi"
import { Clock, Effect, Schema, Struct } from "effect"
import { changingOptions } from "../CommonOptions.ts"
import * as Confirmation from "../Confirmation.ts"
import { ExitCode } from "../ExitCode.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import * as Progress from "../Progress.ts"
import type * as Shop from "../Shop.ts"
import { Stopped } from "../Stopped.ts"
import * as Values from "../Values.ts"

/** How often it is looked at, and the longest one command waits: a day. */
const lookEveryMs = 500
const secondsMax = 86_400
const secondsDefault = 600

const find = (shop: Shop.Shop, name: string) =>
  Effect.map(
    shop.ask((client) => client.database.report()),
    ({ readModels }) => readModels.find((model) => model.name === name)
  )

/** Whether the rebuild up to `to` is over; a later one is another story. */
const isOver = (model: ReadModel | undefined, to: number): boolean =>
  model !== undefined && (model.rebuildTo !== to || model.position >= to)

const waitFor = (shop: Shop.Shop, name: string, to: number, seconds: number) =>
  Effect.gen(function* () {
    const deadlineMs = (yield* Clock.currentTimeMillis) + seconds * 1_000
    return yield* Progress.reaching(Effect.succeed(to), (show) =>
      Effect.gen(function* () {
        for (;;) {
          const model = yield* find(shop, name)
          if (isOver(model, to)) return true
          yield* show(model?.position ?? 0)
          if ((yield* Clock.currentTimeMillis) + lookEveryMs > deadlineMs) return false
          yield* Effect.sleep(lookEveryMs)
        }
      })
    )
  })

export const rebuild = Resource.command({
  verb: "rebuild",
  summary: "Empty a read model and fill it again, while the shop serves.",
  examples: [
    ["souk db rebuild order_list", "The list of orders, anew from the journal."],
    ["souk db rebuild payment_list --yes --for 0", "Begin it, and do not wait."]
  ],
  notes: [
    "Orders, stock and payments themselves are not touched, and go on. Until it is done the list",
    "lacks what was not folded yet, the newest last. It is done by the shop, page by page, and",
    "goes on after a crash, and when this command is interrupted; asked for twice, it is one.",
    "It asks first. Where stdin or stderr is no terminal nobody can be asked, and --yes is",
    "required. It ends with 1 when it is not done in time.",
    "--json prints {name, to, isJoined, isDone}."
  ],
  options: {
    name: Values.operand("read-model", {
      says: "Which one: order_list, payment_list or product_list.",
      schema: Schema.String.pipe(Schema.pattern(/^[a-z_]{1,63}$/)),
      expects: "the name of a read model, such as order_list"
    }),
    seconds: Values.withDefault(
      "for",
      {
        placeholder: "<seconds>",
        says: `Wait so long for the end, at most ${secondsMax}; ${secondsDefault} unless given.`,
        schema: Schema.compose(Values.whole, Schema.Number.pipe(Schema.between(0, secondsMax))),
        expects: `a whole number from 0 to ${secondsMax}`
      },
      secondsDefault
    ),
    ...Confirmation.confirmingOptions,
    ...Struct.pick(changingOptions, "dryRun")
  },
  run: (given, connect) =>
    Effect.gen(function* () {
      const { dryRun, name, seconds, yes } = given
      const output = yield* Output
      if (!dryRun) yield* Confirmation.possible(yes)
      const shop = yield* connect
      if (dryRun) {
        const { head } = yield* shop.ask((client) => client.database.report())
        yield* output.data(
          { dryRun: true, name, to: head },
          () => `${name} would be emptied, and filled again up to position ${head}.`
        )
        return yield* output.say("This was a dry run: nothing was changed.")
      }
      yield* Confirmation.ask(yes, `Empty ${name}, and fill it again while the shop serves?`)
      const begun = yield* shop.ask((client) => client.database.rebuild({ path: { name } }))
      if (begun.isJoined)
        yield* output.say("A rebuild was under way already: this is the same one.")
      const isDone = yield* waitFor(shop, name, begun.to, seconds)
      yield* output.data({ ...begun, isDone }, () =>
        isDone
          ? `${name} is rebuilt, up to position ${begun.to}.`
          : `${name} is on its way to position ${begun.to}.`
      )
      if (isDone) return yield* output.say("Next: souk db status")
      return yield* new Stopped({
        code: "still_rebuilding",
        message: `${name} is not rebuilt after ${seconds} seconds; the shop goes on with it`,
        hint: "See: souk db status",
        exitCode: ExitCode.failure
      })
    })
})
