/** `souk stock adjust`: corrects the on-hand units. */
import { onHandMax } from "@souk/domain/inventory/StockEvent"
import type { Stock } from "@souk/http/inventory/StockApi"
import { Effect, Schema } from "effect"
import * as IdempotentCall from "../IdempotentCall.ts"
import { ExitCode } from "../ExitCode.ts"
import * as Resource from "../Resource.ts"
import { CommandFailed } from "../CommandFailed.ts"
import * as Values from "../Values.ts"

/** A change as people write it: `3`, `+3` or `-3`. */
const Delta = Schema.compose(
  Schema.String.pipe(Schema.pattern(/^[+-]?\d{1,10}$/)),
  Schema.NumberFromString
).pipe(Schema.filter((delta) => delta !== 0 && Math.abs(delta) <= onHandMax))

/** How much there is, after a change. */
export const counts = ({ available, onHand, reserved }: Stock): string =>
  `${onHand} on hand, ${reserved} reserved, ${available} available`

const repeated = "That was done before, under the same key: nothing was changed now."

export const adjust = Resource.change({
  verb: "adjust",
  summary: "Adjust stock: add or write off units.",
  examples: [
    ['souk stock adjust TEA-MINT --delta -3 --reason "water damage"', "Write off three packs."],
    ['souk stock adjust TEA-MINT --delta 2 --reason "counted twice"', "Add two packs."],
    ["souk stock adjust TEA-MINT --delta -3 --reason count --dry-run", "What would that leave?"]
  ],
  notes: [
    "Reserved stock cannot be written off: cancel the orders first.",
    "A write-off asks for a confirmation. Without a terminal at stdin or stderr, --yes is",
    "required.",
    ...IdempotentCall.notes,
    "--json prints the stock as `souk stock show --json` does."
  ],
  options: {
    sku: Values.sku,
    delta: Values.required("delta", {
      placeholder: "<units>",
      says: "By how many units: 3 more, or -3 to write off.",
      schema: Delta,
      expects: "a whole number other than 0, such as 3 or -3"
    }),
    reason: Values.required("reason", {
      ...Values.textTo(500),
      says: "The reason, for the history of the stock."
    })
  },
  confirms: ({ delta }) => delta < 0,
  plan: ({ delta, reason, sku }, shop) => ({
    preview: Effect.gen(function* () {
      const stock = yield* shop.ask((client) => client.inventory.get({ path: { sku } }))
      const after = stock.onHand + delta
      if (after < stock.reserved) {
        return yield* new CommandFailed({
          code: "adjustment_below_reserved",
          message: `${stock.reserved} of ${sku} are reserved, and ${after} would be left`,
          hint: `See: souk stock show ${sku}`,
          exitCode: ExitCode.conflict
        })
      }
      return {
        data: { sku, delta, reason, stock },
        words: `${sku}: ${stock.onHand} on hand would become ${after}.`
      }
    }),
    question: `Write off ${-delta} of ${sku}?`,
    send: (headers) => {
      const payload = { delta, reason }
      const request = { path: { sku }, headers, payload, withResponse: true } as const
      return Effect.map(
        shop.ask((client) => client.inventory.adjust(request)),
        ([stock, reply]) => ({
          data: stock,
          words: `Adjusted ${sku} by ${delta > 0 ? "+" : ""}${delta}: ${counts(stock)}.`,
          say: IdempotentCall.isReplayed(reply) ? repeated : `Next: souk stock history ${sku}`
        })
      )
    }
  })
})
