/** `souk stock adjust`: the books were wrong. */
import * as Command from "@effect/cli/Command"
import { text } from "@souk/domain/kernel/Text"
import { onHandMax } from "@souk/domain/inventory/StockEvent"
import { Effect, Schema } from "effect"
import * as Attempt from "../Attempt.ts"
import { changingOptions, commonOptions } from "../CommonOptions.ts"
import * as Confirmation from "../Confirmation.ts"
import { ExitCode } from "../ExitCode.ts"
import { Output } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Shop from "../Shop.ts"
import { Stopped } from "../Stopped.ts"
import * as Values from "../Values.ts"

/** A change as people write it: `3`, `+3` or `-3`. */
const Delta = Schema.compose(
  Schema.String.pipe(Schema.pattern(/^[+-]?\d{1,10}$/)),
  Schema.NumberFromString
).pipe(Schema.filter((delta) => delta !== 0 && Math.abs(delta) <= onHandMax))

const options = {
  sku: Values.sku,
  delta: Values.required("delta", {
    placeholder: "<units>",
    says: "By how many units: 3 more, or -3 to write off.",
    schema: Delta,
    expects: "a whole number other than 0, such as 3 or -3"
  }),
  reason: Values.required("reason", {
    placeholder: "<text>",
    says: "Why, for the history of the stock.",
    schema: text(500),
    expects: "a text of 1 to 500 characters"
  }),
  ...Confirmation.confirmingOptions,
  ...changingOptions,
  ...commonOptions
}

const repeated = "That was done before, under the same key: nothing was changed now."

const counted = (units: number, what: string): string => `${units} ${what}`

export const adjust = Command.make("adjust", options, (given) =>
  Effect.gen(function* () {
    const { delta, reason, sku, yes } = given
    const output = yield* Output
    const isWriteOff = delta < 0
    if (isWriteOff && !given.dryRun) yield* Confirmation.possible(yes)
    const shop = yield* Shop.connect(given.keyFile)
    if (given.dryRun) {
      const stock = yield* shop.ask((client) => client.inventory.get({ path: { sku } }))
      const after = stock.onHand + delta
      if (after < stock.reserved) {
        return yield* new Stopped({
          code: "adjustment_below_reserved",
          message: `${stock.reserved} of ${sku} are reserved, and ${after} would be left`,
          hint: `See: souk stock show ${sku}`,
          exitCode: ExitCode.conflict
        })
      }
      const change = `${counted(stock.onHand, "on hand")} would become ${after}`
      yield* output.data({ dryRun: true, sku, delta, reason, stock }, () => `${sku}: ${change}.`)
      return yield* output.say("This was a dry run: nothing was changed.")
    }
    if (isWriteOff) yield* Confirmation.ask(yes, `Write off ${-delta} of ${sku}?`)
    yield* Attempt.once(given.idempotencyKey, (key) =>
      Effect.gen(function* () {
        const headers = { "idempotency-key": key }
        const payload = { delta, reason }
        const request = { path: { sku }, headers, payload, withResponse: true } as const
        const [stock, reply] = yield* shop.ask((client) => client.inventory.adjust(request))
        const { available, onHand, reserved } = stock
        const now = `${onHand} on hand, ${reserved} reserved, ${available} available`
        const signed = delta > 0 ? `+${delta}` : String(delta)
        yield* output.data(stock, () => `Adjusted ${sku} by ${signed}: ${now}.`)
        const isRepeat = reply.headers["idempotent-replayed"] === "true"
        yield* output.say(isRepeat ? repeated : `Next: souk stock history ${sku}`)
      })
    )
  })
).pipe(Command.withDescription("The books were wrong: add or write off units."))

export const adjustPage = Page.make("stock", adjust, {
  verb: "adjust",
  examples: [
    ['souk stock adjust TEA-MINT --delta -3 --reason "water damage"', "Three packs are lost."],
    ['souk stock adjust TEA-MINT --delta 2 --reason "counted twice"', "Two more were found."],
    ["souk stock adjust TEA-MINT --delta -3 --reason count --dry-run", "What would that leave?"]
  ],
  notes: [
    "Stock that is reserved cannot be written off: cancel the orders first.",
    "A write-off is asked about first. Where stdin or stderr is no terminal nobody can be",
    "asked, and --yes is required.",
    "Each attempt has an idempotency key. When it fails, the key is printed: with",
    "--idempotency-key it can be tried again, and is done once at most.",
    "--json prints the stock as `souk stock show --json` does."
  ]
})
