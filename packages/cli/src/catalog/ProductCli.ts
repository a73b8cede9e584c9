/** `souk product`: what is sold, and for how much. */
import * as Command from "@effect/cli/Command"
import { Sku } from "@souk/domain/kernel/Ids"
import * as Money from "@souk/domain/kernel/Money"
import { name, text } from "@souk/domain/kernel/Text"
import type { Product } from "@souk/http/catalog/ProductApi"
import { Effect, Option } from "effect"
import * as Amount from "../Amount.ts"
import { changingOptions, commonOptions } from "../CommonOptions.ts"
import * as Listing from "../Listing.ts"
import { Misuse } from "../Misuse.ts"
import { Output, type Paint } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Shop from "../Shop.ts"
import { moment, pairs, printable, table } from "../Table.ts"
import * as Values from "../Values.ts"

const inWords = (product: Product): string =>
  pairs([
    ["SKU", product.sku],
    ["name", printable(product.name)],
    ["price", Money.format(product.price)],
    ["available", String(product.available)],
    ["description", printable(product.description ?? "-")],
    ["listed", moment(product.listedAt)],
    ["updated", moment(product.updatedAt)]
  ]).join("\n")

const inTable = (products: ReadonlyArray<Product>, paint: Paint): string =>
  table<Product>(
    [
      { title: "SKU", cell: ({ sku }) => sku },
      { title: "NAME", cell: ({ name }) => name },
      { title: "PRICE", cell: ({ price }) => Money.format(price), isNumber: true },
      {
        title: "AVAILABLE",
        cell: ({ available }) => String(available),
        isNumber: true,
        paint: (cell, { available }) => (available === 0 ? paint.bad(cell) : cell)
      },
      { title: "UPDATED", cell: ({ updatedAt }) => moment(updatedAt) }
    ],
    products,
    paint
  )

const show = Command.make("show", { sku: Values.sku, ...commonOptions }, ({ keyFile, sku }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const product = yield* shop.ask((client) => client.products.get({ path: { sku } }))
    yield* output.data(product, () => inWords(product))
  })
).pipe(Command.withDescription("One product: its name, its price, and how many there are."))

const listOptions = {
  limit: Listing.limitOption("products"),
  after: Values.optional("starting-after", {
    placeholder: "<sku>",
    says: "Only products listed before this one, to go on with a list.",
    schema: Sku,
    expects: "a SKU: capital letters, digits and dashes, such as TEA-MINT"
  }),
  ...commonOptions
}

const list = Command.make("list", listOptions, ({ keyFile, ...wish }) =>
  Effect.gen(function* () {
    const shop = yield* Shop.connect(keyFile)
    yield* Listing.tellList(
      {
        page: (urlParams) => shop.ask((client) => client.products.list({ urlParams, headers: {} })),
        idOf: ({ sku }: Product) => sku,
        inTable,
        none: "There are no such products."
      },
      wish
    )
  })
).pipe(Command.withDescription("Products, newest first."))

const setOptions = {
  sku: Values.sku,
  name: Values.optional("name", {
    placeholder: "<text>",
    says: "What customers call it.",
    schema: name(200),
    expects: "a text of 1 to 200 characters"
  }),
  price: Values.optional("price", {
    placeholder: "<amount>",
    says: "What one costs, such as 12.50.",
    schema: Amount.AmountText,
    expects: Amount.expected
  }),
  currency: Values.optional("currency", {
    ...Amount.currency,
    says: "The currency of the price; EUR unless given, or what it had."
  }),
  description: Values.optional("description", {
    placeholder: "<text>",
    says: "What it is, for those who have not seen one.",
    schema: text(5000),
    expects: "a text of 1 to 5000 characters"
  }),
  dryRun: changingOptions.dryRun,
  ...commonOptions
}

interface Said {
  readonly name: Option.Option<string>
  readonly price: Option.Option<string>
  readonly currency: Option.Option<Money.Currency>
  readonly description: Option.Option<string>
}

/** What was said, and the rest as it was. A new product has no rest. */
const merged = (sku: Sku, said: Said, before: Option.Option<Product>) =>
  Effect.gen(function* () {
    const lacks = (option: string) =>
      new Misuse({
        message: `${option} is missing: ${sku} is a new product`,
        hint: "A new product needs --name and --price. See: souk help product set"
      })
    const old = Option.getOrUndefined(before)
    const { name, price, currency, description } = said
    const nameNow = Option.getOrElse(name, () => old?.name)
    if (nameNow === undefined) return yield* lacks("--name")
    if (Option.isNone(price) && Option.isSome(currency)) {
      return yield* new Misuse({
        message: "--currency is the currency of --price, which is missing",
        hint: "Give both. See: souk help product set"
      })
    }
    const currencyNow = Option.getOrElse(currency, () => old?.price.currency ?? "EUR")
    const priceNow = yield* Option.match(price, {
      onNone: () => (old === undefined ? lacks("--price") : Effect.succeed(old.price)),
      onSome: (amount) =>
        Amount.of(amount, currencyNow, { option: "--price", command: "product set" })
    })
    const descriptionNow = Option.getOrElse(description, () => old?.description)
    return {
      name: nameNow,
      price: priceNow,
      ...(descriptionNow !== undefined && { description: descriptionNow })
    }
  })

const set = Command.make("set", setOptions, ({ dryRun, keyFile, sku, ...said }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const before = yield* shop
      .ask((client) => client.products.get({ path: { sku } }))
      .pipe(
        Effect.asSome,
        Effect.catchIf(
          ({ failure }) => failure._tag === "ProductNotFound",
          () => Effect.succeedNone
        )
      )
    const payload = yield* merged(sku, said, before)
    const what = `${sku}, ${printable(payload.name)}, for ${Money.format(payload.price)}`
    const isNew = Option.isNone(before)
    if (dryRun) {
      const told = { dryRun: true, sku, ...payload, isNew }
      yield* output.data(told, () => `Would ${isNew ? "list" : "revise"} ${what}.`)
      return yield* output.say("This was a dry run: nothing was changed.")
    }
    const product = yield* shop.ask((client) => client.products.put({ path: { sku }, payload }))
    yield* output.data(product, () => `${isNew ? "Listed" : "Revised"} ${what}.`)
    const next = isNew ? `souk stock receive ${sku} --quantity 20` : `souk product show ${sku}`
    yield* output.say(`Next: ${next}`)
  })
).pipe(Command.withDescription("Say what a product is: list a new one, or revise it."))

export const product = Command.make("product").pipe(Command.withSubcommands([list, set, show]))

export const productPages = [
  Page.make("product", set, {
    verb: "set",
    examples: [
      ['souk product set TEA-MINT --name "Mint tea" --price 4.50', "A new product."],
      ["souk product set TEA-MINT --price 4.80", "Another price; the rest stays as it is."]
    ],
    notes: [
      "A new product needs --name and --price; what is not said of an old one stays.",
      "Orders placed before keep the price they were placed at.",
      "Setting twice is setting once: after a failure, run it again as it is.",
      "--json prints the product as `souk product show --json` does."
    ]
  }),
  Page.make("product", list, {
    verb: "list",
    examples: [
      ["souk product list", "The newest products."],
      [
        "souk product list --limit 1000 --json | jq -r 'select(.available==0).sku'",
        "What is sold out."
      ]
    ],
    notes: ["--json prints one product a line, with the fields of `souk product show --json`."]
  }),
  Page.make("product", show, {
    verb: "show",
    examples: [
      ["souk product show TEA-MINT", "One product."],
      ["souk product show TEA-MINT --json | jq .price.amountMinor", "Its price in minor units."]
    ],
    notes: [
      "--json prints {sku, name, price, description, listedAt, updatedAt, available}; a product",
      "without a description has no such field."
    ]
  })
]
