/** Read models, dead letters and the database report, in memory. */
import { DatabaseReports } from "@souk/actors/database/DatabaseReport"
import { Journal } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import { pageOf } from "../../../actors/test/support/PageMemory.ts"
import { ReadModels } from "@souk/actors/projection/ReadModels"
import {
  type DeadLetter,
  DeadLetterId,
  DeadLetters,
  type DeadLetterWithBody,
  type Selection
} from "@souk/actors/subscription/DeadLetters"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { Effect, Layer, Option, Stream } from "effect"

/** Incorrect rows of the list of products by SKU; tests may change it. */
export const wrongRows = new Map<string, Option.Option<object>>()

/** Number of rows that were rebuilt. */
export const refolded: Array<string> = []

/** What lists have waited for; tests may make the wait fail. */
export const waits = { asked: new Array<object>(), areInVain: false }

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
        }),
      waitFor: (name, written) =>
        Effect.sync(() => {
          waits.asked.push({
            name,
            written: written.map(({ stream, version }) => [stream, version])
          })
          return !waits.areInVain
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
        readModels: [{ name, position: head, behindMs: 0, rebuildTo: null, isDisabled: false }]
      }))
    })
  )
)

/** The dead letters, newest first; tests may change them. */
export const letters: Array<DeadLetterWithBody> = []

/** A dead letter as a subscription writes it. */
export const addLetter = (other: Partial<DeadLetterWithBody> = {}): DeadLetterWithBody => {
  const number = letters.length + 1
  const letter: DeadLetterWithBody = {
    id: DeadLetterId.make(`dl_${number}`),
    source: "order_list",
    fault: "ours",
    reason: "undecodable",
    detail: "not readable",
    attempts: 5,
    firstAt: fromMillis(0),
    diedAt: fromMillis(1_000 * number),
    body: "{}",
    ...other
  }
  letters.unshift(letter)
  return letter
}

const isSelected = (selection: Selection, letter: DeadLetter): boolean =>
  "ids" in selection
    ? selection.ids.includes(letter.id)
    : letter.source === selection.source &&
      letter.reason === (selection.reason ?? letter.reason) &&
      letter.diedAt <= (selection.until ?? letter.diedAt)

const resolve = (selection: Selection, resolution: "discarded" | "replayed", who: string) =>
  Effect.sync(() => {
    let resolved = 0
    for (const [index, letter] of letters.entries()) {
      if (letter.resolution !== undefined || !isSelected(selection, letter)) continue
      letters[index] = { ...letter, resolution, resolvedBy: who, resolvedAt: fromMillis(0) }
      resolved++
    }
    return { resolved, failed: [], hasMore: false }
  })

const deadLetters = Layer.succeed(
  DeadLetters,
  DeadLetters.of({
    list: ({ fault, reason, source, ...page }) =>
      Effect.suspend(() => {
        const open = letters.filter(
          (letter) =>
            letter.resolution === undefined &&
            letter.source === (source ?? letter.source) &&
            letter.reason === (reason ?? letter.reason) &&
            letter.fault === (fault ?? letter.fault)
        )
        const shown = open.map(({ body: _, ...letter }): DeadLetter => letter)
        return pageOf(shown, ({ id }) => id, page)
      }),
    get: (id) => Effect.sync(() => Option.fromNullable(letters.find((one) => one.id === id))),
    replay: (selection, who) => resolve(selection, "replayed", who),
    discard: (selection, _, who) => resolve(selection, "discarded", who)
  })
)

export const layer = Layer.mergeAll(readModels, reports, deadLetters)
