/** `souk stock verify`: compares the stock of each product with its events, and repairs it. */
import { createHash } from "node:crypto"
import * as Args from "@effect/cli/Args"
import type { Sku } from "@souk/domain/kernel/Ids"
import {
  type RepairedStock,
  rowsDefault,
  type StockRepair,
  type VerifiedStock,
  type VerifiedStocks
} from "@souk/http/inventory/StockVerificationApi"
import type { Option } from "effect"
import { Effect } from "effect"
import * as IdempotentCall from "../IdempotentCall.ts"
import { changingOptions } from "../CommonOptions.ts"
import * as Confirmation from "../Confirmation.ts"
import { ExitCode } from "../ExitCode.ts"
import { UsageError } from "../UsageError.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import type * as Shop from "../Shop.ts"
import { CommandFailed } from "../CommandFailed.ts"
import type { Columns } from "../Table.ts"
import * as Values from "../Values.ts"

type Difference = VerifiedStock["differences"][number]
type Row = Difference & Pick<VerifiedStock, "sku">

/** How much of what is said is shown in a table. */
const cellMax = 60

const clipped = (text: string): string =>
  text.length > cellMax ? `${text.slice(0, cellMax - 3)}...` : text

const rowsOf = ({ differences, sku }: VerifiedStock): ReadonlyArray<Row> =>
  differences.map((difference) => ({ ...difference, sku }))

const nextFor = ({ orderId, problem, sku }: Row): string => {
  switch (problem) {
    case "journal_unsound":
      return "souk journal verify"
    case "actor_differs":
      return "restart the shop, so that it reads its journal again"
    case "orphan_hold":
    case "list_differs":
      return `souk stock verify ${sku} --repair`
    case "wrong_hold":
      return `souk order timeline ${orderId}`
    case "list_behind":
      return "souk db status"
  }
}

const columns: Columns<Row> = [
  { title: "SKU", cell: ({ sku }) => sku },
  {
    title: "PROBLEM",
    cell: ({ problem }) => problem.replaceAll("_", " "),
    paint: ({ isRepairable }) => (isRepairable ? "busy" : "bad")
  },
  { title: "JOURNAL", cell: ({ journal }) => clipped(journal) },
  { title: "FOUND", cell: ({ found }) => clipped(found) },
  { title: "NEXT", cell: nextFor }
]

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`

const pages = (shop: Shop.Shop) =>
  Effect.gen(function* () {
    const output = yield* Output
    const all: Array<VerifiedStock> = []
    let after: Sku | undefined
    for (let isMore = true; isMore;) {
      const urlParams: { readonly limit: number; readonly after?: Sku } = {
        limit: rowsDefault,
        ...(after !== undefined && { after })
      }
      const page: VerifiedStocks = yield* shop.ask((client) =>
        client.stockVerification.page({ urlParams })
      )
      all.push(...page.data)
      if (output.isJson) yield* Effect.forEach(page.data, (one) => output.data(one, String))
      after = page.next ?? undefined
      isMore = after !== undefined
    }
    return all
  })

const named = (shop: Shop.Shop, skus: ReadonlyArray<Sku>) =>
  Effect.forEach(skus, (sku) =>
    Effect.gen(function* () {
      const output = yield* Output
      const one = yield* shop.ask((client) => client.stockVerification.one({ path: { sku } }))
      if (output.isJson) yield* output.data(one, String)
      return one
    })
  )

/** Tells what differs, if anything does. */
const tell = (all: ReadonlyArray<VerifiedStock>) =>
  Effect.gen(function* () {
    const output = yield* Output
    const rows = all.flatMap(rowsOf)
    const holds = all.reduce((sum, one) => sum + one.holds, 0)
    if (!output.isJson) yield* output.rows(rows, columns)
    const looked = `Looked at ${count(all.length, "product")} and ${count(holds, "hold")}.`
    yield* output.say(rows.length === 0 ? `${looked} The books agree.` : looked)
    return rows
  })

const differ = (rows: ReadonlyArray<Row>) => {
  const [first] = rows
  return first === undefined
    ? Effect.void
    : new CommandFailed({
        code: "books_differ",
        message: `the books differ in ${count(rows.length, "place")}`,
        hint: `Next: ${nextFor(first)}`,
        exitCode: ExitCode.partlyDone
      })
}

const done = (sku: Sku, repair: StockRepair): string =>
  repair.kind === "hold_released"
    ? `${sku}: released ${repair.quantity} held for ${repair.orderId}.`
    : `${sku}: folded its row in ${repair.readModel} again.`

/** The key of one product's repair: the same for the same attempt. */
const keyOf = (attempt: string, sku: Sku): string =>
  createHash("sha256").update(`${attempt}\u0000${sku}`).digest("hex")

const repair = (shop: Shop.Shop, skus: ReadonlyArray<Sku>, earlier: Option.Option<string>) =>
  IdempotentCall.once(earlier, (key) =>
    Effect.forEach(skus, (sku) =>
      Effect.gen(function* () {
        const output = yield* Output
        const headers = { "idempotency-key": keyOf(key, sku) }
        const after: RepairedStock = yield* shop.ask((client) =>
          client.stockVerification.repair({ path: { sku }, headers })
        )
        if (output.isJson) yield* output.data(after, String)
        else yield* Effect.forEach(after.repairs, (one) => output.print(done(sku, one)))
        return after
      })
    )
  )

/** A product is named, or all are; not both. */
const chosen = (skus: ReadonlyArray<Sku>, isAll: boolean) =>
  isAll === skus.length > 0
    ? new UsageError({
        message: isAll ? "--all is for all products, and some are named" : "no product is named",
        hint: "Name products, or add --all."
      })
    : Effect.void

export const verify = Resource.command({
  verb: "verify",
  summary: "Verify stock against the journal, and repair it.",
  examples: [
    ["souk stock verify TEA-MINT", "Is the stock of this product what its events make of it?"],
    ["souk stock verify --all", "The same for all products."],
    ["souk stock verify --all --repair --dry-run", "What would be repaired?"],
    ["souk stock verify TEA-MINT --repair", "Repair it."]
  ],
  notes: [
    "Each stock is counted again from its events, by sums of its own, and held against what its",
    "actor says at the same version; the holds against their orders; the row in the list of",
    "products against the events up to where the list is. An order that is under way, a hold that",
    "has run out and a list that is some moments behind are no differences.",
    "--repair releases holds of orders that have ended or were never placed, which is recorded in",
    "the journal with who did it, and folds a wrong row of the list again. It asks first; where",
    "there is no terminal --yes is required. When it fails, the key is printed: with",
    "--idempotency-key it continues, and repeats nothing.",
    "Exits with 0 when the books agree, also after a repair, else with 7.",
    "--json prints one product a line: {sku, version, holds, differences}, and one more, with",
    "{repairs}, for each that was repaired; a difference is {problem, journal, found,",
    "isRepairable}, and orderId where it is about one."
  ],
  options: {
    skus: Args.repeated(Values.sku),
    all: Values.choice("all", "All products."),
    repair: Values.choice("repair", "Repair what can be repaired automatically, and verify again."),
    ...Confirmation.confirmingOptions,
    ...changingOptions
  },
  run: (given, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      yield* chosen(given.skus, given.all)
      const isRepair = given.repair && !given.dryRun
      if (isRepair) yield* Confirmation.possible(given.yes)
      const shop = yield* connect
      const all = yield* given.all ? pages(shop) : named(shop, given.skus)
      const rows = yield* tell(all)
      const repairable = rows.filter((row) => row.isRepairable)
      const skus = [...new Set(repairable.map(({ sku }) => sku))]
      if (given.repair && given.dryRun && skus.length > 0) {
        yield* output.say(
          `This was a dry run: ${count(repairable.length, "place")} would be mended.`
        )
      }
      if (!isRepair || skus.length === 0) return yield* differ(rows)
      const what = `${count(repairable.length, "place")} of ${count(skus.length, "product")}`
      yield* Confirmation.ask(given.yes, `Repair ${what}?`)
      const repaired = yield* repair(shop, skus, given.idempotencyKey)
      const untouched = rows.filter(({ sku }) => !skus.includes(sku))
      const left = [...repaired.flatMap(rowsOf), ...untouched]
      yield* output.say(left.length === 0 ? "The books agree now." : "Not everything is mended.")
      return yield* differ(left)
    })
})
