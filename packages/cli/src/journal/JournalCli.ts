/** `souk journal`: all that ever happened, in its order. */
import * as Command from "@effect/cli/Command"
import type { JournalRow } from "@souk/http/journal/JournalApi"
import { FileSystem } from "@effect/platform"
import { Clock, Effect, Option, Schema } from "effect"
import { commonOptions } from "../CommonOptions.ts"
import * as Listing from "../Listing.ts"
import { Misuse } from "../Misuse.ts"
import { Output } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Shop from "../Shop.ts"
import { OutputLost, Streams } from "../Streams.ts"
import { moment, printable } from "../Table.ts"
import * as Values from "../Values.ts"
import { lastPosition, readAll } from "./JournalPages.ts"
import { verify, verifyPage } from "./JournalVerifyCli.ts"

const inWords = ({ metadata, position, recordedAt, stream, type, version }: JournalRow): string =>
  printable(
    `${String(position).padStart(8)}  ${moment(recordedAt)}  ${stream}@${version}  ` +
      `${type}  by ${metadata.who}`
  )

/** How often a followed journal is looked at. */
const lookEveryMs = 1_000
/** The longest one command follows it: a day. */
const followSecondsMax = 86_400

const tailOptions = {
  after: Values.optional("after", {
    placeholder: "<position>",
    says: "Begin after this position; 20 events before the end unless given.",
    schema: Values.whole,
    expects: "a whole number"
  }),
  seconds: Values.withDefault(
    "for",
    {
      placeholder: "<seconds>",
      says: `Follow for so long, at most ${followSecondsMax}; a day unless given, 0 not at all.`,
      schema: Schema.compose(Values.whole, Schema.Number.pipe(Schema.between(0, followSecondsMax))),
      expects: `a whole number from 0 to ${followSecondsMax}`
    },
    followSecondsMax
  ),
  ...commonOptions
}

/** How many events before the end a tail begins. */
const tailRows = 20

export const tail = Command.make("tail", tailOptions, ({ after, keyFile, seconds }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const deadlineMs = (yield* Clock.currentTimeMillis) + seconds * 1_000
    const tell = (rows: ReadonlyArray<JournalRow>) =>
      Effect.forEach(rows, (row) => output.data(row, () => inWords(row)), { discard: true })
    let last = Option.isSome(after)
      ? after.value
      : Math.max(0, (yield* lastPosition(shop)) - tailRows)
    for (;;) {
      last = yield* readAll(shop, last, tell)
      if ((yield* Clock.currentTimeMillis) + lookEveryMs > deadlineMs) {
        return yield* output.say(`To go on: souk journal tail --after ${last}`)
      }
      yield* Effect.sleep(lookEveryMs)
    }
  })
).pipe(Command.withDescription("The newest events, and those that come."))

const exportOptions = {
  file: Values.optional("file", {
    placeholder: "<path>",
    says: "Into this new file, which is there only when it is whole; else to stdout.",
    schema: Schema.NonEmptyString,
    expects: "a path"
  }),
  after: Listing.afterOption("position", "events"),
  ...commonOptions
}

const line = (row: JournalRow): string => `${JSON.stringify(row)}\n`

/** All at once or not at all: it is written beside its place, and put there when it is whole. */
const intoFile = <E, R>(
  path: string,
  fill: (write: (text: string) => Effect.Effect<void, OutputLost>) => Effect.Effect<number, E, R>
) =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const lost = ({ message }: { readonly message: string }) => new OutputLost({ reason: message })
    if (yield* Effect.mapError(fileSystem.exists(path), lost)) {
      return yield* new Misuse({
        message: `--file ${path}: there is such a file already`,
        hint: "Name another, or move that one away: nothing is overwritten."
      })
    }
    const part = `${path}.part`
    const opened = Effect.mapError(fileSystem.open(part, { flag: "w", mode: 0o600 }), lost)
    const last = yield* Effect.scoped(
      Effect.gen(function* () {
        const file = yield* opened
        const write = (text: string) =>
          Effect.mapError(file.writeAll(new TextEncoder().encode(text)), lost)
        const last = yield* fill(write)
        yield* Effect.mapError(file.sync, lost)
        return last
      })
    ).pipe(Effect.onError(() => Effect.ignore(fileSystem.remove(part, { force: true }))))
    yield* Effect.mapError(fileSystem.rename(part, path), lost)
    return last
  })

export const exported = Command.make("export", exportOptions, ({ after, file, keyFile }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { stdout } = yield* Streams
    const shop = yield* Shop.connect(keyFile)
    let count = 0
    const fill = <E>(write: (text: string) => Effect.Effect<void, E>) =>
      readAll(shop, after, (rows) => {
        count += rows.length
        return write(rows.map(line).join(""))
      })
    const last = yield* Option.match(file, {
      onNone: () => fill(stdout.write),
      onSome: (path) => intoFile(path, fill)
    })
    yield* output.say(`Exported ${count} events. To go on later: --after ${last}`)
  })
).pipe(Command.withDescription("Every event as one line of JSON, in the order of commits."))

export const journal = Command.make("journal").pipe(
  Command.withSubcommands([exported, tail, verify])
)

export const journalPages = [
  Page.make("journal", exported, {
    verb: "export",
    examples: [
      ["souk journal export --file journal.ndjson", "For the auditor."],
      ["souk journal export --after 120000 | gzip > since.ndjson.gz", "What came since."]
    ],
    notes: [
      "Each line is {position, stream, version, type, schemaVersion, payload, metadata,",
      "recordedAt}; where a type was renamed since, the name it is stored under is storedType.",
      "The file is new, readable by you alone, and there only when it is whole.",
      "Accounts, logins and keys are not in the journal."
    ]
  }),
  Page.make("journal", tail, {
    verb: "tail",
    examples: [
      ["souk journal tail", "What is happening."],
      ["souk journal tail --for 0 --json | jq -r .type", "The last twenty, and no waiting."]
    ],
    notes: [
      "Ctrl-C stops following. No event is missed, and none told twice.",
      "--json prints one event a line, as `souk journal export` does."
    ]
  }),
  verifyPage
]
