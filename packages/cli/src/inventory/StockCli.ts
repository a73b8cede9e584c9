/** `souk stock`: what is on the shelf. */
import * as Args from "@effect/cli/Args"
import type { Sku } from "@souk/domain/kernel/Ids"
import { Quantity } from "@souk/domain/kernel/Quantity"
import type { Stock } from "@souk/http/inventory/StockApi"
import { Effect, Option, Schema } from "effect"
import * as IdempotentCall from "../IdempotentCall.ts"
import { changingOptions } from "../CommonOptions.ts"
import { UsageError } from "../UsageError.ts"
import * as Resource from "../Resource.ts"
import type * as Shop from "../Shop.ts"
import { pairs } from "../Table.ts"
import * as Values from "../Values.ts"
import { adjust, counts } from "./AdjustCli.ts"
import { bulkReceive } from "./BulkReceive.ts"
import { history } from "./StockHistoryCli.ts"
import { verify } from "./StockVerifyCli.ts"

const inWords = (stock: Stock): string => {
  const { reorderPoint, reorderQuantity } = stock
  return pairs([
    ["SKU", stock.sku],
    ["on hand", String(stock.onHand)],
    ["reserved", String(stock.reserved)],
    ["available", String(stock.available)],
    ["reorder", reorderPoint === null ? "-" : `${reorderQuantity} when ${reorderPoint} are left`],
    ["version", String(stock.version)]
  ]).join("\n")
}

const show = Resource.show({
  summary: "Show on-hand, reserved and available units of a product.",
  examples: [
    ["souk stock show TEA-MINT", "The stock of one product."],
    ["souk stock show TEA-MINT --json | jq .available", "How many could be ordered now."]
  ],
  notes: [
    "--json prints {sku, onHand, reserved, available, reorderPoint, reorderQuantity, version};",
    "onHand = reserved + available, and the reorder fields are null until they are set."
  ],
  options: { sku: Values.sku },
  ask: (client, path) => client.inventory.get({ path }),
  inWords
})

const onlyFile = new UsageError({
  message: "--file says which products, how many and why: give nothing of that beside it",
  hint: "See: souk help stock receive"
})

const needed = <A>(value: Option.Option<A>, name: string) =>
  Effect.mapError(
    value,
    () => new UsageError({ message: `${name} is missing`, hint: "See: souk help stock receive" })
  )

const repeated = "That was done before, under the same key: nothing was added now."

const received = (
  shop: Shop.Shop,
  sku: Sku,
  payload: {
    readonly quantity: typeof Quantity.Type
    readonly reference?: string
    readonly reason?: string
  }
): Resource.Plan => {
  const { quantity } = payload
  return {
    preview: Effect.map(
      shop.ask((client) => client.inventory.get({ path: { sku } })),
      (stock) => ({
        data: { sku, ...payload, stock },
        words: `${sku}: ${stock.onHand} on hand would become ${stock.onHand + quantity}.`
      })
    ),
    send: (headers) => {
      const request = { path: { sku }, headers, payload, withResponse: true } as const
      return Effect.map(
        shop.ask((client) => client.inventory.receive(request)),
        ([stock, reply]) => ({
          data: stock,
          words: `Received ${quantity} of ${sku}: ${counts(stock)}.`,
          say: IdempotentCall.isReplayed(reply) ? repeated : `Next: souk stock show ${sku}`
        })
      )
    }
  }
}

const receive = Resource.command({
  verb: "receive",
  summary: "Receive stock of a product.",
  examples: [
    [
      "souk stock receive TEA-MINT --quantity 20 --reference PO-881",
      "Twenty packs were delivered."
    ],
    ["souk stock receive TEA-MINT --quantity 20 --dry-run", "What would that change?"],
    ["souk stock receive --file stock.csv", "A whole delivery."]
  ],
  notes: [
    ...IdempotentCall.notes,
    "--json prints the stock as `souk stock show --json` does.",
    "",
    "A file has the columns sku and quantity, and reference and reason if wanted, by the names",
    "in its first line; at most 10000 rows and 4 MiB. All rows are checked before the first is",
    "sent; invalid ones are reported by line, and then nothing is sent. The key of a row is",
    "derived from the file and the line: sent again, a file resumes where it stopped, and",
    "repeats nothing. A changed file is another delivery; for two deliveries with the very same",
    "file, give each an --idempotency-key. Ends with 7 when some rows were refused.",
    "--json prints one row a line: {line, sku, quantity, isRepeat, stock}."
  ],
  options: {
    sku: Args.optional(Values.sku),
    file: Values.optional("file", {
      ...Values.path,
      says: "Receive the rows of this CSV file instead; - reads it from stdin."
    }),
    quantity: Values.optional("quantity", {
      placeholder: "<units>",
      says: "How many units arrived.",
      schema: Schema.compose(Values.whole, Quantity),
      expects: "a whole number from 1 to 1000000"
    }),
    reference: Values.optional("reference", {
      ...Values.textTo(200),
      says: "The reference of the delivery, such as a purchase order."
    }),
    reason: Values.optional("reason", {
      ...Values.textTo(500),
      says: "The reason, for the history of the stock."
    }),
    ...changingOptions
  },
  run: ({ dryRun, file, idempotencyKey, quantity, reason, reference, sku }, connect) =>
    Effect.gen(function* () {
      if (Option.isSome(file)) {
        const others = [sku, quantity, reason, reference]
        if (others.some(({ _tag }) => _tag === "Some")) return yield* onlyFile
        const batch = Option.getOrElse(idempotencyKey, () => "")
        return yield* bulkReceive(yield* connect, { path: file.value, batch, dryRun })
      }
      const which = yield* needed(sku, "<sku>")
      const units = yield* needed(quantity, "--quantity <units>")
      const payload = { quantity: units, ...Values.given({ reference, reason }) }
      const plan = received(yield* connect, which, payload)
      yield* Resource.carryOut(plan, { isPreview: dryRun, earlier: idempotencyKey })
    })
})

export const stock = Resource.room("stock", [receive, show, adjust, history, verify])
