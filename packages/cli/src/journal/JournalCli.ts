/** `souk journal`: all that ever happened, in its order. */
import type { JournalRow } from "@souk/http/journal/JournalApi"
import { FileSystem } from "@effect/platform"
import { Clock, Effect, Option } from "effect"
import * as Listing from "../Listing.ts"
import { UsageError } from "../UsageError.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import { OutputLost, Streams } from "../Streams.ts"
import { moment, printable } from "../Table.ts"
import * as Values from "../Values.ts"
import { lastPosition, readAll } from "./JournalRows.ts"
import { verify } from "./JournalVerifyCli.ts"

const inWords = ({ metadata, position, recordedAt, stream, type, version }: JournalRow): string =>
  printable(
    `${String(position).padStart(8)}  ${moment(recordedAt)}  ${stream}@${version}  ` +
      `${type}  by ${metadata.who}`
  )

/** How often a followed journal is looked at. */
const lookEveryMs = 1_000
/** The longest one command follows it: a day. */
const followSecondsMax = 86_400

/** How many events before the end a tail begins. */
const tailRows = 20

const tail = Resource.command({
  verb: "tail",
  summary: "Print the newest events and follow new ones.",
  examples: [
    ["souk journal tail", "The newest events, then each new one."],
    ["souk journal tail --for 0 --json | jq -r .type", "The last twenty, without waiting."]
  ],
  notes: [
    "Ctrl-C stops following. No event is missed or printed twice.",
    "--json prints one event a line, as `souk journal export` does."
  ],
  options: {
    after: Values.optional("after", {
      placeholder: "<position>",
      says: "Begin after this position; 20 events before the end unless given.",
      schema: Values.whole,
      expects: "a whole number"
    }),
    seconds: Values.forSeconds(
      `How long to follow, at most ${followSecondsMax}; a day unless given, 0 not at all.`,
      0,
      followSecondsMax,
      followSecondsMax
    )
  },
  run: ({ after, seconds }, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const shop = yield* connect
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
})

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
      return yield* new UsageError({
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

const exported = Resource.command({
  verb: "export",
  summary: "Export every event as one line of JSON, in commit order.",
  examples: [
    ["souk journal export --file journal.ndjson", "All events, for auditors."],
    ["souk journal export --after 120000 | gzip > since.ndjson.gz", "The events since then."]
  ],
  notes: [
    "Each line is {position, stream, version, type, schemaVersion, payload, metadata,",
    "recordedAt}; where a type was renamed since, the name it is stored under is storedType.",
    "The file is new, readable by you alone, and there only when it is whole.",
    "Accounts, logins and keys are not in the journal."
  ],
  options: {
    file: Values.optional("file", {
      ...Values.path,
      says: "Into this new file, which is there only when it is whole; else to stdout."
    }),
    after: Listing.afterOption("position", "events")
  },
  run: ({ after, file }, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const { stdout } = yield* Streams
      const shop = yield* connect
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
})

export const journal = Resource.room("journal", [exported, tail, verify])
