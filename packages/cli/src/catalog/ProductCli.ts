/** `souk product`: what is sold, and for how much. */
import type { Sku } from "@souk/domain/kernel/Ids"
import * as Money from "@souk/domain/kernel/Money"
import { name } from "@souk/domain/kernel/Text"
import type { Product } from "@souk/http/catalog/ProductApi"
import { Effect, Option } from "effect"
import * as Amount from "../Amount.ts"
import { UsageError } from "../UsageError.ts"
import * as Resource from "../Resource.ts"
import { moment, pairs, printable } from "../Table.ts"
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

const show = Resource.show({
  summary: "Show a product: name, price and availability.",
  examples: [
    ["souk product show TEA-MINT", "One product."],
    ["souk product show TEA-MINT --json | jq .price.amountMinor", "Its price in minor units."]
  ],
  notes: [
    "--json prints {sku, name, price, description, listedAt, updatedAt, available}; a product",
    "without a description has no such field."
  ],
  options: { sku: Values.sku },
  ask: (client, path) => client.products.get({ path }),
  inWords
})

const list = Resource.list({
  summary: "List products, newest first.",
  examples: [
    ["souk product list", "The newest products."],
    [
      "souk product list --limit 1000 --json | jq -r 'select(.available==0).sku'",
      "Products that are out of stock."
    ]
  ],
  notes: ["--json prints one product a line, with the fields of `souk product show --json`."],
  things: "products",
  options: {},
  after: { ...Values.aSku, says: "Only products listed before this one, to go on with a list." },
  page: (client, urlParams) => client.products.list({ urlParams, headers: {} }),
  idOf: ({ sku }: Product) => sku,
  columns: [
    { title: "SKU", cell: ({ sku }) => sku },
    { title: "NAME", cell: ({ name }) => name },
    { title: "PRICE", cell: ({ price }) => Money.format(price), isNumber: true },
    {
      title: "AVAILABLE",
      cell: ({ available }) => String(available),
      isNumber: true,
      paint: ({ available }) => (available === 0 ? "bad" : undefined)
    },
    { title: "UPDATED", cell: ({ updatedAt }) => moment(updatedAt) }
  ],
  none: "There are no such products."
})

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
      new UsageError({
        message: `${option} is missing: ${sku} is a new product`,
        hint: "A new product needs --name and --price. See: souk help product set"
      })
    const old = Option.getOrUndefined(before)
    const { name, price, currency, description } = said
    const nameNow = Option.getOrElse(name, () => old?.name)
    if (nameNow === undefined) return yield* lacks("--name")
    if (Option.isNone(price) && Option.isSome(currency)) {
      return yield* new UsageError({
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

const set = Resource.change({
  verb: "set",
  summary: "Create or update a product.",
  examples: [
    ['souk product set TEA-MINT --name "Mint tea" --price 4.50', "A new product."],
    ["souk product set TEA-MINT --price 4.80", "A new price; other fields are unchanged."]
  ],
  notes: [
    "A new product needs --name and --price; fields that are not given stay unchanged.",
    "Orders placed before keep their price.",
    "The command is idempotent: after a failure, run it again.",
    "--json prints the product as `souk product show --json` does."
  ],
  options: {
    sku: Values.sku,
    name: Values.optional("name", {
      ...Values.textTo(200),
      says: "The name that customers see.",
      schema: name(200)
    }),
    price: Values.optional("price", {
      placeholder: "<amount>",
      says: "The price of one unit, such as 12.50.",
      schema: Amount.AmountText,
      expects: Amount.expected
    }),
    currency: Values.optional("currency", {
      ...Amount.currency,
      says: "The currency of the price; the present one, or EUR, unless given."
    }),
    description: Values.optional("description", {
      ...Values.textTo(5000),
      says: "The description that customers see."
    })
  },
  isKeyed: false,
  plan: ({ sku, ...said }, shop) =>
    Effect.gen(function* () {
      const path = { sku }
      const before = yield* shop.ask((client) =>
        client.products.get({ path }).pipe(
          Effect.asSome,
          Effect.catchTag("ProductNotFound", () => Effect.succeedNone)
        )
      )
      const payload = yield* merged(sku, said, before)
      const what = `${sku}, ${printable(payload.name)}, for ${Money.format(payload.price)}`
      const isNew = Option.isNone(before)
      return {
        preview: Effect.succeed({
          data: { sku, ...payload, isNew },
          words: `Would ${isNew ? "list" : "revise"} ${what}.`
        }),
        send: () =>
          Effect.map(
            shop.ask((client) => client.products.put({ path, payload })),
            (data) => ({
              data,
              words: `${isNew ? "Listed" : "Revised"} ${what}.`,
              say: isNew
                ? `Next: souk stock receive ${sku} --quantity 20`
                : `Next: souk product show ${sku}`
            })
          )
      }
    })
})

export const product = Resource.room("product", [set, list, show])
