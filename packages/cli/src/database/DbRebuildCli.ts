/** `souk db rebuild`: a list is emptied and filled again from the journal, as the shop serves. */
import type { ReadModel } from "@souk/http/operations/DatabaseApi"
import { Clock, Effect, Schema } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import * as Progress from "../Progress.ts"
import type * as Shop from "../Shop.ts"
import { CommandFailed } from "../CommandFailed.ts"
import * as Values from "../Values.ts"

/** How often the state is read, and the longest that one command waits: a day. */
const lookEveryMs = 500
const secondsMax = 86_400
const secondsDefault = 600

const find = (shop: Shop.Shop, name: string) =>
  Effect.map(
    shop.ask((client) => client.database.report()),
    ({ readModels }) => readModels.find((model) => model.name === name)
  )

/** Whether the rebuild up to `to` is done, regardless of a later one. */
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

export const rebuild = Resource.change({
  verb: "rebuild",
  summary: "Rebuild a read model while the server is running.",
  examples: [
    ["souk db rebuild order_list", "Rebuild the list of orders from the journal."],
    ["souk db rebuild payment_list --yes --for 0", "Start it without waiting."]
  ],
  notes: [
    "Orders, stock and payments are not affected. Until the rebuild is done the list lacks what",
    "was not folded yet, the newest last. The shop rebuilds page by page, and continues after a",
    "crash, and when this command is interrupted; a second request joins the first.",
    "Asks for a confirmation. Without a terminal at stdin or stderr, --yes is required.",
    "Exits with 1 when the rebuild is not done in time.",
    "--json prints {name, to, isJoined, isDone}."
  ],
  options: {
    name: Values.operand("read-model", {
      says: "The list: order_list, payment_list or product_list.",
      schema: Schema.String.pipe(Schema.pattern(/^[a-z_]{1,63}$/)),
      expects: "the name of a read model, such as order_list"
    }),
    seconds: Values.forSeconds(
      `How long to wait for the end, at most ${secondsMax}; ${secondsDefault} unless given.`,
      0,
      secondsMax,
      secondsDefault
    )
  },
  confirms: true,
  isKeyed: false,
  plan: ({ name, seconds }, shop) => ({
    preview: Effect.map(
      shop.ask((client) => client.database.report()),
      ({ head }) => ({
        data: { name, to: head },
        words: `${name} would be emptied, and filled again up to position ${head}.`
      })
    ),
    question: `Empty ${name}, and fill it again while the shop serves?`,
    send: () =>
      Effect.gen(function* () {
        const output = yield* Output
        const begun = yield* shop.ask((client) => client.database.rebuild({ path: { name } }))
        if (begun.isJoined)
          yield* output.say("A rebuild was already in progress: this request has joined it.")
        const isDone = yield* waitFor(shop, name, begun.to, seconds)
        const data = { ...begun, isDone }
        if (isDone) {
          const words = `${name} is rebuilt, up to position ${begun.to}.`
          return { data, words, say: "Next: souk db status" }
        }
        const stop = new CommandFailed({
          code: "still_rebuilding",
          message: `${name} is not rebuilt after ${seconds} seconds; the shop continues with it`,
          hint: "See: souk db status",
          exitCode: ExitCode.failure
        })
        return { data, words: `${name} is on its way to position ${begun.to}.`, stop }
      })
  })
})
