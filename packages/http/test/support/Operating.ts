/** What operators look at, in memory: read models that follow at once, and a database. */
import { DatabaseReports } from "@souk/actors/database/DatabaseReport"
import { Journal } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import { ReadModels } from "@souk/actors/projection/ReadModels"
import { Effect, Layer, Option, Stream } from "effect"

/** Rows of the list of products that are not what they should be, by SKU; tests may change it. */
export const wrongRows = new Map<string, Option.Option<object>>()

/** How many rows were folded again. */
export const refolded: Array<string> = []

const name = "product_list"

const rightRow = (journal: Journal["Type"], sku: string) =>
  Stream.runFold(events(journal, `catalog-${sku}`), Option.none<object>(), (before, recorded) => {
    const { payload, recordedAt } = recorded
    const at = "at" in payload ? payload.at : recordedAt
    const { at: _, ...fields } = { at, ...payload }
    const earlier = Option.getOrElse(before, () => ({}))
    return Option.some({ listedAt: at, ...earlier, ...fields, updatedAt: at })
  })

const readModels = Layer.effect(
  ReadModels,
  Effect.map(Journal, (journal) =>
    ReadModels.of({
      rebuild: (asked) =>
        asked === name
          ? Effect.map(journal.head, (to) => Option.some({ to, isJoined: false }))
          : Effect.succeedNone,
      row: (_, sku) =>
        Effect.gen(function* () {
          const doc = wrongRows.get(sku) ?? (yield* rightRow(journal, sku))
          return Option.some({ doc, position: yield* journal.head, isRebuilding: false })
        }),
      refold: (_, sku) =>
        Effect.sync(() => {
          wrongRows.delete(sku)
          refolded.push(sku)
        })
    })
  )
)

const reports = Layer.effect(
  DatabaseReports,
  Effect.map(Journal, (journal) =>
    DatabaseReports.of({
      read: Effect.map(journal.head, (head) => ({
        postgres: "16.4",
        head,
        migrations: [
          { number: 1, name: "0001_journal.sql", checksum: "00", state: "applied" as const }
        ],
        readModels: [{ name, position: head, behindMs: 0, rebuildTo: null }]
      }))
    })
  )
)

export const layer = Layer.mergeAll(readModels, reports)
