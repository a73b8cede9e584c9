/** Output of `souk`: data on stdout, messages on stderr, colours on terminals. */
import { Configuration } from "@souk/actors/configuration/Configuration"
import { Context, Effect, Option } from "effect"
import { type Sink, Streams, type WriteError } from "./Streams.ts"
import { type Columns, table } from "./Table.ts"

/** Decorations of text; on a pipe or a file, none. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly busy: (text: string) => string
}

export interface Output {
  /** JSON output: one document a line. */
  readonly isJson: boolean
  /** Only data and errors. */
  readonly isQuiet: boolean
  /** For what goes to stdout. */
  readonly paint: Paint
  /** Lines of text to stdout. */
  readonly print: (text: string) => Effect.Effect<void, WriteError>
  /** Data to stdout: as one line of JSON, or as text. */
  readonly data: (json: object, text: () => string) => Effect.Effect<void, WriteError>
  /** Rows to stdout: one line of JSON each, or a table; nothing where there are none. */
  readonly rows: <Row extends object>(
    rows: ReadonlyArray<Row>,
    columns: Columns<Row>
  ) => Effect.Effect<void, WriteError>
  /** Messages to stderr. Under --quiet, none. */
  readonly say: (words: string) => Effect.Effect<void>
  /** The error, to stderr: one line of JSON, or text. */
  readonly printError: (json: object, words: (paint: Paint) => string) => Effect.Effect<void>
}

export const Output = Context.GenericTag<Output>("@souk/cli/Output")

const sgr = (start: number, end: number) => (text: string) =>
  `\u001B[${start}m${text}\u001B[${end}m`

const coloured: Paint = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  good: sgr(32, 39),
  bad: sgr(31, 39),
  busy: sgr(33, 39)
}

const unchanged = (text: string) => text

const plain: Paint = {
  bold: unchanged,
  dim: unchanged,
  good: unchanged,
  bad: unchanged,
  busy: unchanged
}

const environment = Effect.all({
  noColor: Configuration.noColor,
  terminal: Configuration.terminal
})

/** By the options and the environment. */
export const make = (options: ReadonlySet<string>): Effect.Effect<Output, never, Streams> =>
  Effect.gen(function* () {
    const { stderr, stdout } = yield* Streams
    // Reading them cannot fail: both have a default, and any text is valid.
    const { noColor, terminal } = yield* Effect.orDie(environment)
    const isDumb = Option.contains(terminal, "dumb")
    const isPlain = Option.isSome(noColor) || isDumb || options.has("--no-color")
    const paintFor = (sink: Sink) => (isPlain || !sink.isTerminal ? plain : coloured)
    const isJson = options.has("--json")
    const isQuiet = options.has("--quiet") || options.has("-q")
    const print = (text: string) => stdout.write(`${text}\n`)
    // Without stderr the error cannot be reported.
    const toStderr = (text: string) => Effect.ignore(stderr.write(`${text}\n`))
    const paint = paintFor(stdout)
    return Output.of({
      isJson,
      isQuiet,
      paint,
      print,
      rows: (rows, columns) => {
        if (isJson)
          return Effect.forEach(rows, (row) => print(JSON.stringify(row)), { discard: true })
        return rows.length === 0 ? Effect.void : print(table(columns, rows, paint))
      },
      data: (json, text) => print(isJson ? JSON.stringify(json) : text()),
      say: (words) => (isQuiet ? Effect.void : toStderr(words)),
      printError: (json, words) => toStderr(isJson ? JSON.stringify(json) : words(paintFor(stderr)))
    })
  })
