/** The stub shop's verification and database, from a state that tests may change. */
import { HttpApiBuilder, HttpServerResponse } from "@effect/platform"
import { ProductNotFound } from "@souk/domain/catalog/ProductCommand"
import type { StockDifference } from "@souk/domain/inventory/StockVerification"
import { OrderId, Sku } from "@souk/domain/kernel/Ids"
import type { StockRepair } from "@souk/http/inventory/StockVerificationApi"
import { type DatabaseReport, ReadModelNotFound } from "@souk/http/operations/DatabaseApi"
import {
  DeadLetterId,
  DeadLetterNotFound,
  type DeadLetterWithBody
} from "@souk/http/operations/DeadLetterApi"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { Effect, Layer } from "effect"
import { Api } from "./StubApi.ts"

export const orphan: StockDifference = {
  problem: "orphan_hold",
  journal: "3 held for ord_0000000000000001",
  found: "the order is cancelled",
  orderId: OrderId.make("ord_0000000000000001"),
  isRepairable: true
}

export const unsound: StockDifference = {
  problem: "journal_unsound",
  journal: "-1 on hand after StockAdjusted",
  found: "-",
  isRepairable: false
}

/** How many products there are: more than a page has. */
export const productsCount = 40
const skuOf = (n: number): Sku => Sku.make(`SKU-${String(n).padStart(3, "0")}`)

/** The differences of each product. */
export const wrong = new Map<string, ReadonlyArray<StockDifference>>()

/** The keys of repairs, and what was done under each. */
export const repaired = new Map<string, ReadonlyArray<StockRepair>>()

const verified = (sku: Sku) => ({ sku, version: 3, holds: 1, differences: wrong.get(sku) ?? [] })

const books = HttpApiBuilder.group(Api, "stockVerification", (handlers) =>
  handlers
    .handle("one", ({ path: { sku } }) =>
      sku.startsWith("UNKNOWN") ? new ProductNotFound({ sku }) : Effect.succeed(verified(sku))
    )
    .handle("page", ({ urlParams: { after = "", limit = 16 } }) => {
      const skus = Array.from({ length: productsCount }, (_, n) => skuOf(n))
      const data = skus.filter((sku) => sku > after).slice(0, limit)
      const next = data.length === limit ? (data.at(-1) ?? null) : null
      return Effect.succeed({ data: data.map(verified), next })
    })
    .handle("repair", ({ headers, path: { sku } }) =>
      Effect.sync(() => {
        const key = headers["idempotency-key"] ?? ""
        const before = repaired.get(key)
        const differences = wrong.get(sku) ?? []
        const repairs = differences.flatMap(({ orderId }): ReadonlyArray<StockRepair> =>
          orderId === undefined ? [] : [{ kind: "hold_released", orderId, quantity: 3 }]
        )
        repaired.set(key, before ?? repairs)
        wrong.set(
          sku,
          differences.filter(({ isRepairable }) => !isRepairable)
        )
        return HttpServerResponse.unsafeJson({ ...verified(sku), repairs: before ?? repairs })
      })
    )
)

export const healthy: DatabaseReport = {
  postgres: "16.4",
  head: 3_702,
  migrations: [
    { number: 1, name: "0001_journal.sql", checksum: "a".repeat(64), state: "applied" },
    { number: 2, name: "0002_lists.sql", checksum: "b".repeat(64), state: "applied" }
  ],
  readModels: [
    { name: "order_list", position: 3_702, behindMs: 0, rebuildTo: null, isDisabled: false }
  ]
}

/** The state of the database. A rebuild advances `step` positions with each read. */
export const database = { report: healthy, step: 4_000, rebuilds: 0 }

const advanced = (report: DatabaseReport, step: number): DatabaseReport => ({
  ...report,
  readModels: report.readModels.map(({ name, position, rebuildTo }) => {
    const next = Math.min(report.head, position + step)
    const isDone = rebuildTo === null || next >= rebuildTo
    const state = { behindMs: 0, rebuildTo: isDone ? null : rebuildTo, isDisabled: false }
    return { name, position: next, ...state }
  })
})

const databases = HttpApiBuilder.group(Api, "database", (handlers) =>
  handlers
    .handle("report", () =>
      Effect.sync(() => {
        const { report, step } = database
        if (report.readModels.some(({ rebuildTo }) => rebuildTo !== null)) {
          database.report = advanced(report, step)
        }
        return database.report
      })
    )
    .handle("rebuild", ({ path: { name } }) => {
      const { report } = database
      const model = report.readModels.find((one) => one.name === name)
      if (model === undefined) return new ReadModelNotFound({ name })
      const isJoined = model.rebuildTo !== null
      if (!isJoined) {
        database.rebuilds++
        database.report = {
          ...report,
          readModels: [
            { name, position: 0, behindMs: 90_000, rebuildTo: report.head, isDisabled: false }
          ]
        }
      }
      return Effect.succeed({ name, to: report.head, isJoined })
    })
)

/** How many dead letters there are, the newest first: more than a page has. */
export const lettersCount = 130

const letterOf = (number: number): DeadLetterWithBody => ({
  id: DeadLetterId.make(`dl_${number}`),
  source: number % 2 === 0 ? "order_list" : "product_list",
  fault: "ours",
  reason: "undecodable",
  detail: "not \u001B[31mreadable",
  attempts: 5,
  eventId: `evt_j00_${number}_9f3c2a1b`,
  type: "OrderPlaced",
  subject: "order/ord_0000000000000001",
  firstAt: fromMillis(1_000 * number),
  diedAt: fromMillis(1_000 * number),
  body: '{"payload":{}}'
})

/** The open dead letters, and the requests for them. Those of `failing` fail again. */
export const deadLetters = {
  open: new Array<DeadLetterWithBody>(),
  failing: new Set<string>(),
  asked: new Array<object>()
}

/** Sixty at a time, so that a larger request has to be sent again. */
const resolveMax = 60

type Selection = Partial<Record<"source" | "reason" | "until", string>> & {
  readonly ids?: ReadonlyArray<string>
}

const resolve = (selection: Selection) =>
  Effect.sync(() => {
    deadLetters.asked.push(selection)
    const { failing, open } = deadLetters
    const selected = open.filter(
      ({ diedAt, id, reason, source }) =>
        (selection.ids?.includes(id) ?? source === selection.source) &&
        reason === (selection.reason ?? reason) &&
        diedAt <= (selection.until ?? diedAt)
    )
    const taken = selected.slice(0, resolveMax)
    const done = taken.filter(({ id }) => !failing.has(id))
    deadLetters.open = open.filter((letter) => !done.includes(letter))
    const failed = taken
      .filter(({ id }) => failing.has(id))
      .map(({ id }) => ({ id, detail: "failed again" }))
    return { resolved: done.length, failed, hasMore: selected.length > taken.length }
  })

/** All of them are open again. */
export const resetLetters = () => {
  deadLetters.open = Array.from({ length: lettersCount }, (_, n) => letterOf(lettersCount - n))
  deadLetters.failing.clear()
  deadLetters.asked.length = 0
}

const letters = HttpApiBuilder.group(Api, "deadLetters", (handlers) =>
  handlers
    .handle("list", ({ urlParams: { limit = 10, reason, source, startingAfter } }) =>
      Effect.sync(() => {
        const all = deadLetters.open.filter(
          (one) => one.source === (source ?? one.source) && one.reason === (reason ?? one.reason)
        )
        const rest = all.slice(all.findIndex(({ id }) => id === startingAfter) + 1)
        const data = rest.slice(0, limit)
        const url = "/v1/dead-letters"
        return { object: "list" as const, data, hasMore: rest.length > limit, url }
      })
    )
    .handle("get", ({ path: { id } }) =>
      id === "dl_404" ? new DeadLetterNotFound() : Effect.succeed(letterOf(Number(id.slice(3))))
    )
    .handle("replay", ({ payload }) => resolve(payload))
    .handle("discard", ({ payload }) => resolve(payload))
)

export const layer = Layer.mergeAll(books, databases, letters)
