/** `souk journal verify`: whether the journal is consistent, from its own events alone. */
import { FileSystem } from "@effect/platform"
import type { Snapshot } from "@souk/http/journal/JournalApi"
import { Effect, Option, Schema } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { UsageError } from "../UsageError.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import * as Progress from "../Progress.ts"
import type * as Shop from "../Shop.ts"
import { CommandFailed } from "../CommandFailed.ts"
import { type Columns, pairs } from "../Table.ts"
import * as Values from "../Values.ts"
import { type Finding, JournalVerifier, type Mark } from "./JournalVerifier.ts"
import { lastPosition, readAll } from "./JournalRows.ts"

const Earlier = Schema.parseJson(
  Schema.Struct({
    position: Schema.NonNegativeInt,
    events: Schema.NonNegativeInt,
    sha256: Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/))
  })
)

/** What an earlier run has printed. */
const readMark = (path: string) =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const text = yield* fileSystem.readFileString(path)
    return yield* Schema.decode(Earlier)(text)
  }).pipe(
    Effect.mapError(
      () =>
        new UsageError({
          message: `--against ${path}: not what \`souk journal verify --json\` has printed`,
          hint: "Keep what it prints: souk journal verify --json > journal.mark"
        })
    )
  )

/** Of streams that grow, so that there are few of them. */
const readSnapshots = (shop: Shop.Shop) =>
  Effect.gen(function* () {
    const all: Array<Snapshot> = []
    for (let after: string | null = ""; after !== null;) {
      const urlParams: { readonly after: string } = { after }
      const page: { readonly data: ReadonlyArray<Snapshot>; readonly next: string | null } =
        yield* shop.ask((client) => client.journal.snapshots({ urlParams }))
      all.push(...page.data)
      after = page.next
    }
    return all
  })

const audit = (shop: Shop.Shop, against: Mark | undefined) =>
  Effect.gen(function* () {
    // Before the journal, so that no snapshot is newer than what is read of it.
    const book = new JournalVerifier(yield* readSnapshots(shop), against)
    yield* Progress.reaching(lastPosition(shop), (show) =>
      readAll(shop, 0, (rows) => {
        for (const row of rows) book.add(row)
        return show(book.position)
      })
    )
    while (book.again.size > 0) {
      const streams = book.readAgain()
      yield* Progress.reaching(Effect.succeed(book.position), (show) =>
        readAll(
          shop,
          0,
          (rows) => {
            for (const row of rows) if (streams.has(row.stream)) book.addAgain(row)
            return show(rows.at(-1)?.position ?? 0)
          },
          book.position
        )
      )
    }
    book.end()
    return book
  })

const inWords = (book: JournalVerifier): string => {
  const { events, position, sha256 } = book.mark
  const streams = [...book.streamsByRoom].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return pairs([
    ["events", String(events)],
    ...streams.map(([category, count]) => [`${category} streams`, String(count)] as const),
    ["snapshots", String(book.snapshotsChecked)],
    ["position", String(position)],
    ["sha256", sha256]
  ]).join("\n")
}

const columns: Columns<Finding> = [
  { title: "POSITION", cell: ({ position }) => String(position), isNumber: true },
  { title: "STREAM", cell: ({ stream }) => stream || "-" },
  { title: "VERSION", cell: ({ version }) => String(version || "-"), isNumber: true },
  { title: "PROBLEM", cell: ({ problem }) => problem, paint: () => "bad" },
  { title: "DETAIL", cell: ({ detail }) => detail.replaceAll(/\s+/g, " ").slice(0, 200) }
]

/** What a person does about it. */
const nextFor = ({ problem }: Finding): string =>
  problem === "snapshot"
    ? "A snapshot only saves time: empty the table snapshot, and restart the shop."
    : "Stop the shop, keep a copy of the database, and compare it with the newest backup."

export const verify = Resource.command({
  verb: "verify",
  summary: "Verify the journal from its own events.",
  examples: [
    ["souk journal verify", "Is the whole journal consistent?"],
    ["souk journal verify --json > journal.mark", "The same, and keep the result as a mark."],
    ["souk journal verify --against journal.mark", "Has any event changed since?"]
  ],
  notes: [
    "Reads the whole journal and folds it here, not in the shop. Positions must rise; the versions",
    "of each stream be 1, 2, 3 and so on; each command have its effect on a stream once; every",
    "event be readable, and follow from those before it; no stock fall below zero or below what is",
    "held; each payment keep 0 <= refunded <= captured <= authorised; and each snapshot be what",
    "the events up to its version make.",
    "The digest is the SHA-256 of all events up to the position, each as a line of JSON with its",
    "members sorted by name: {position, stream, version, type, schemaVersion, payload, metadata,",
    "recordedAt}, with the type under which it is stored. It needs no more memory for more events,",
    "but for some bytes of each.",
    "Exits with 0 when the journal is consistent, and with 7 when it is not.",
    "--json prints {position, events, sha256, streams, snapshots, findingsCount, findings}; of the",
    "findings the first hundred, each {problem, position, stream, version, detail}."
  ],
  options: {
    against: Values.optional("against", {
      ...Values.path,
      says: "Also see that the journal begins as it did when this file was printed."
    })
  },
  run: ({ against }, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const mark = yield* Effect.transposeMapOption(against, readMark)
      const shop = yield* connect
      const book = yield* audit(shop, Option.getOrUndefined(mark))
      const { findings, findingsCount, snapshotsChecked } = book
      const streams = Object.fromEntries(book.streamsByRoom)
      const told = { ...book.mark, streams, snapshots: snapshotsChecked, findingsCount, findings }
      yield* output.data(told, () => inWords(book))
      const [first] = findings
      if (first === undefined) return yield* output.say("The journal is sound.")
      if (!output.isJson) yield* output.rows(findings, columns)
      return yield* new CommandFailed({
        code: "journal_unsound",
        message: `${findingsCount === 1 ? "1 thing is" : `${findingsCount} things are`} wrong`,
        hint: nextFor(first),
        exitCode: ExitCode.partlyDone
      })
    })
})
