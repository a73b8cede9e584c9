/** `souk payments reconcile`: our payments held against the provider's own book. */
import * as Args from "@effect/cli/Args"
import * as Money from "@souk/domain/kernel/Money"
import type { Reconciled, Reconciliation } from "@souk/http/payment/ReconciliationApi"
import { Effect, Option } from "effect"
import { ExitCode } from "../ExitCode.ts"
import * as Listing from "../Listing.ts"
import { UsageError } from "../UsageError.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import type * as Shop from "../Shop.ts"
import { CommandFailed } from "../CommandFailed.ts"
import type { Columns } from "../Table.ts"
import * as Values from "../Values.ts"

/** How many payments one request compares, and how many one command does: beyond, go on. */
const pageMax = 16
const limitMax = 10_000
const limitDefault = 1_000

type Difference = Reconciled["differences"][number]
type Row = Difference & { readonly orderId: string }

const rowsOf = ({ differences, orderId }: Reconciled): ReadonlyArray<Row> =>
  differences.map((difference) => ({ ...difference, orderId }))

const columns: Columns<Row> = [
  { title: "ORDER", cell: ({ orderId }) => orderId },
  { title: "KIND", cell: ({ kind }) => kind },
  { title: "AMOUNT", cell: ({ amount }) => Money.format(amount), isNumber: true },
  {
    title: "PROBLEM",
    cell: ({ problem }) => problem.replaceAll("_", " "),
    paint: ({ problem }) => (problem === "unanswered" ? "busy" : "bad")
  },
  { title: "OURS", cell: ({ ours }) => ours },
  { title: "THEIRS", cell: ({ theirs }) => theirs ?? "-" },
  { title: "DETAIL", cell: ({ detail }) => detail }
]

const inTotal = ({ captured, payments, refunded, revenue }: Reconciliation["totals"][number]) => {
  const sum = ({ amountMinor, currency }: typeof revenue) => Money.format({ amountMinor, currency })
  const sums = `${sum(captured)} captured, ${sum(refunded)} refunded, ${sum(revenue)} kept`
  return `${payments} payments: ${sums}`
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`

/** Tells the table, and ends with 7 when there is something in it, or `expected` were not met. */
const judge = (all: ReadonlyArray<Reconciled>, expected = all.length) =>
  Effect.gen(function* () {
    const output = yield* Output
    const rows = all.flatMap(rowsOf)
    const checked = all.reduce((sum, one) => sum + one.checked, 0)
    const waiting = all.filter(({ isOpen }) => isOpen).length
    const open = waiting === 0 ? "" : ` ${count(waiting, "payment")} still waits for an answer.`
    const compared = `Compared ${count(checked, "entry").replace(/ys$/, "ies")}`
    const isShort = all.length !== expected
    const counts = isShort ? ` The totals count ${count(expected, "payment")}.` : ""
    const looked = `${compared} of ${count(all.length, "payment")}.${counts}${open}`
    if (rows.length === 0 && isShort) {
      yield* output.say(looked)
      return yield* new CommandFailed({
        code: "count_differs",
        message: `compared ${count(all.length, "payment")} of ${expected} in the totals`,
        hint: "Run it again. If the counts still differ, run: souk db rebuild payment_list",
        exitCode: ExitCode.partlyDone
      })
    }
    if (rows.length === 0) return yield* output.say(`${looked} The books agree.`)
    if (!output.isJson) yield* output.rows(rows, columns)
    yield* output.say(looked)
    return yield* new CommandFailed({
      code: "books_differ",
      message: `the books differ in ${count(rows.length, "entry").replace(/ys$/, "ies")}`,
      hint: `See: souk payments show ${rows[0]?.orderId}`,
      exitCode: ExitCode.partlyDone
    })
  })

interface Scope {
  readonly isAll: boolean
  readonly after: number
  readonly limit: number
}

/** Page after page, until there are no more or enough. All are as many as the totals say. */
const sweep = (shop: Shop.Shop, { after, isAll, limit }: Scope) =>
  Effect.gen(function* () {
    const output = yield* Output
    const all: Array<Reconciled> = []
    let totals: Reconciliation["totals"] = []
    let next: number | null = after
    while (next !== null && all.length < limit) {
      const scope = isAll ? ("all" as const) : ("overdue" as const)
      const urlParams = { scope, after: next, limit: Math.min(pageMax, limit - all.length) }
      const page: Reconciliation = yield* shop.ask((client) =>
        client.reconciliation.page({ urlParams })
      )
      all.push(...page.data)
      totals = page.totals
      next = page.next
      if (output.isJson) yield* Effect.forEach(page.data, (one) => output.data(one, String))
    }
    if (!output.isJson) yield* Effect.forEach(totals, (total) => output.print(inTotal(total)))
    if (next !== null) yield* output.say(`There may be more: add --after ${next}`)
    const isWhole = isAll && after === 0 && next === null
    const expected = isWhole ? totals.reduce((sum, { payments }) => sum + payments, 0) : all.length
    return yield* judge(all, expected)
  })

export const reconcile = Resource.command({
  verb: "reconcile",
  summary: "Reconcile payments with the provider and report differences.",
  examples: [
    ["souk payments reconcile", "Payments with a provider response overdue by a minute."],
    ["souk payments reconcile ord_3f8a2c9d1b7e4a60", "One payment, entry by entry."],
    ["souk payments reconcile --all --json | jq -c .differences[]", "All payments, for a script."]
  ],
  notes: [
    "A payment that waits is reminded first, so that it settles if the provider knows more.",
    "Nothing else is changed: a person has to check the remaining differences.",
    "Exits with 0 when the books agree, and with 7 when they differ, or when --all compared",
    "more or fewer payments than there are.",
    "The problems are: missing at provider, missing here, other status, other amount, and",
    "unanswered where the provider has not decided or could not be asked.",
    "--json prints one payment a line: {orderId, status, checked, isOpen, differences}."
  ],
  options: {
    id: Values.orderId.pipe(Args.optional),
    all: Values.choice("all", "Compare all payments, not only those whose answer is overdue."),
    after: Listing.afterOption("position", "payments that began"),
    limit: Listing.limitOption("payments", limitMax, limitDefault)
  },
  run: ({ after, all, id, limit }, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      if (Option.isSome(id) && all) {
        return yield* new UsageError({
          message: "--all is for all payments, and one order is named",
          hint: "Leave one of them out."
        })
      }
      const shop = yield* connect
      if (Option.isNone(id)) return yield* sweep(shop, { isAll: all, after, limit })
      const path = { orderId: id.value }
      const one = yield* shop.ask((client) => client.reconciliation.one({ path }))
      if (output.isJson) yield* output.data(one, String)
      yield* judge([one])
    })
})
