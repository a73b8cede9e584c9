/** `souk stock`: what is on the shelf. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Quantity } from "@souk/domain/kernel/Quantity"
import { text } from "@souk/domain/kernel/Text"
import type { Stock } from "@souk/http/inventory/StockApi"
import { Effect, Option, Schema } from "effect"
import * as Attempt from "../Attempt.ts"
import { changingOptions, commonOptions } from "../CommonOptions.ts"
import { Misuse } from "../Misuse.ts"
import { Output } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Shop from "../Shop.ts"
import { pairs } from "../Table.ts"
import * as Values from "../Values.ts"
import { adjust, adjustPage } from "./AdjustCli.ts"
import { bulkReceive } from "./BulkReceive.ts"
import { history, historyPage } from "./StockHistoryCli.ts"
import { verify, verifyPage } from "./StockVerifyCli.ts"

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

const show = Command.make("show", { sku: Values.sku, ...commonOptions }, ({ keyFile, sku }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const stock = yield* shop.ask((client) => client.inventory.get({ path: { sku } }))
    yield* output.data(stock, () => inWords(stock))
  })
).pipe(Command.withDescription("How many of a product there are, and how many are held."))

const receiveOptions = {
  sku: Args.optional(Values.sku),
  file: Values.optional("file", {
    placeholder: "<path>",
    says: "Receive what this CSV file says instead; - reads it from stdin.",
    schema: Schema.NonEmptyString,
    expects: "a path"
  }),
  quantity: Values.optional("quantity", {
    placeholder: "<units>",
    says: "How many units arrived.",
    schema: Schema.compose(Values.whole, Quantity),
    expects: "a whole number from 1 to 1000000"
  }),
  reference: Values.optional("reference", {
    placeholder: "<text>",
    says: "What the delivery is known by, such as a purchase order.",
    schema: text(200),
    expects: "a text of 1 to 200 characters"
  }),
  reason: Values.optional("reason", {
    placeholder: "<text>",
    says: "Why, for the history of the stock.",
    schema: text(500),
    expects: "a text of 1 to 500 characters"
  }),
  ...changingOptions,
  ...commonOptions
}

const onlyFile = new Misuse({
  message: "--file says which products, how many and why: give nothing of that beside it",
  hint: "See: souk help stock receive"
})

const needed = <A>(value: Option.Option<A>, name: string) =>
  Effect.mapError(
    value,
    () => new Misuse({ message: `${name} is missing`, hint: "See: souk help stock receive" })
  )

const repeated = "That was done before, under the same key: nothing was added now."

const receive = Command.make("receive", receiveOptions, (given) =>
  Effect.gen(function* () {
    const { file, reason, reference } = given
    const output = yield* Output
    if (Option.isSome(file)) {
      const others = [given.sku, given.quantity, reason, reference]
      if (others.some(({ _tag }) => _tag === "Some")) return yield* onlyFile
      const shop = yield* Shop.connect(given.keyFile)
      const batch = Option.getOrElse(given.idempotencyKey, () => "")
      return yield* bulkReceive(shop, { path: file.value, batch, dryRun: given.dryRun })
    }
    const sku = yield* needed(given.sku, "<sku>")
    const quantity = yield* needed(given.quantity, "--quantity <units>")
    const shop = yield* Shop.connect(given.keyFile)
    const payload = {
      quantity,
      ...(Option.isSome(reference) && { reference: reference.value }),
      ...(Option.isSome(reason) && { reason: reason.value })
    }
    if (given.dryRun) {
      const stock = yield* shop.ask((client) => client.inventory.get({ path: { sku } }))
      const change = `${stock.onHand} on hand would become ${stock.onHand + quantity}`
      yield* output.data({ dryRun: true, sku, ...payload, stock }, () => `${sku}: ${change}.`)
      return yield* output.say("This was a dry run: nothing was changed.")
    }
    yield* Attempt.once(given.idempotencyKey, (key) =>
      Effect.gen(function* () {
        const headers = { "idempotency-key": key }
        const request = { path: { sku }, headers, payload, withResponse: true } as const
        const [stock, reply] = yield* shop.ask((client) => client.inventory.receive(request))
        const { available, onHand, reserved } = stock
        const now = `${onHand} on hand, ${reserved} reserved, ${available} available`
        yield* output.data(stock, () => `Received ${quantity} of ${sku}: ${now}.`)
        const isRepeat = reply.headers["idempotent-replayed"] === "true"
        yield* output.say(isRepeat ? repeated : `Next: souk stock show ${sku}`)
      })
    )
  })
).pipe(Command.withDescription("Goods arrived: add units to the stock of a product."))

export const stock = Command.make("stock").pipe(
  Command.withSubcommands([adjust, history, receive, show, verify])
)

export const stockPages = [
  Page.make("stock", receive, {
    verb: "receive",
    examples: [
      ["souk stock receive TEA-MINT --quantity 20 --reference PO-881", "Twenty packs arrived."],
      ["souk stock receive TEA-MINT --quantity 20 --dry-run", "What would that change?"],
      ["souk stock receive --file stock.csv", "A whole delivery."]
    ],
    notes: [
      "Each attempt has an idempotency key. When it fails, the key is printed: with",
      "--idempotency-key it can be tried again, and is done once at most.",
      "--json prints the stock as `souk stock show --json` does.",
      "",
      "A file has the columns sku and quantity, and reference and reason if wanted, by the names",
      "in its first line; at most 10000 rows and 4 MiB. All rows are checked before the first is",
      "sent; wrong ones are told by their lines, and then nothing is sent. Each row has a key",
      "that follows from the file and the line: sent again, a file goes on where it stopped, and",
      "repeats nothing. A changed file is another delivery; for two deliveries with the very same",
      "file, give each an --idempotency-key. Ends with 7 when some rows were refused.",
      "--json prints one row a line: {line, sku, quantity, isRepeat, stock}."
    ]
  }),
  Page.make("stock", show, {
    verb: "show",
    examples: [
      ["souk stock show TEA-MINT", "The stock of one product."],
      ["souk stock show TEA-MINT --json | jq .available", "How many could be ordered now."]
    ],
    notes: [
      "--json prints {sku, onHand, reserved, available, reorderPoint, reorderQuantity, version};",
      "onHand = reserved + available, and the reorder fields are null until they are set."
    ]
  }),
  adjustPage,
  historyPage,
  verifyPage
]
