/** Where words come from and go to: the three standard streams, or a test's. */
import { Context, Effect, Layer, Option, Schema } from "effect"
import { createInterface } from "node:readline"
import { buffer } from "node:stream/consumers"
import type { WriteStream } from "node:tty"
import type { UsageError } from "./UsageError.ts"
import * as Utf8 from "./Utf8.ts"

/** The reader of the output has closed it, as `head` does. This is not a failure. */
export class ReaderLeft extends Schema.TaggedError<ReaderLeft>()("ReaderLeft", {}) {}

/** The output cannot be written, for instance because the disk is full. */
export class OutputLost extends Schema.TaggedError<OutputLost>()("OutputLost", {
  reason: Schema.String,
  /** Under which a change was asked for, and made. */
  idempotencyKey: Schema.optionalWith(Schema.String, { exact: true })
}) {
  override get message() {
    return `the output cannot be written: ${this.reason}`
  }
}

export type WriteError = ReaderLeft | OutputLost

export interface Sink {
  /** Returns when the text has left this process, so that ending it cuts nothing off. */
  readonly write: (text: string) => Effect.Effect<void, WriteError>
  readonly isTerminal: boolean
}

export interface Source {
  /** Everything up to the end of the input, if all of it is text. */
  readonly readAll: Effect.Effect<string, UsageError>
  /** The next line; nothing when the input ends before. */
  readonly readLine: Effect.Effect<Option.Option<string>>
  readonly isTerminal: boolean
}

export class Streams extends Context.Tag("@souk/cli/Streams")<
  Streams,
  { readonly stdin: Source; readonly stdout: Sink; readonly stderr: Sink }
>() {}

const sink = (stream: WriteStream): Sink => {
  // Each write reports its own error; without a listener, Node would throw it a second time.
  stream.on("error", () => {})
  return {
    isTerminal: stream.isTTY === true,
    write: (text) =>
      Effect.async<void, WriteError>((resume) => {
        stream.write(text, (error) => resume(error ? Effect.fail(lost(error)) : Effect.void))
      })
  }
}

const lost = (error: NodeJS.ErrnoException): WriteError =>
  error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED"
    ? new ReaderLeft()
    : new OutputLost({ reason: error.message })

const readLine = Effect.async<Option.Option<string>>((resume) => {
  // Without an output it leaves the terminal as it is, so that Ctrl-C still reaches this process.
  const lines = createInterface({ input: process.stdin })
  lines.once("line", (line) => {
    resume(Effect.succeed(Option.some(line)))
    lines.close()
  })
  lines.once("close", () => resume(Effect.succeedNone))
  return Effect.sync(() => lines.close())
})

/** The streams of this process. */
export const layer: Layer.Layer<Streams> = Layer.sync(Streams, () => ({
  stdin: {
    isTerminal: process.stdin.isTTY === true,
    readAll: Effect.promise(() => buffer(process.stdin)).pipe(
      Effect.flatMap((bytes) => Utf8.decode(bytes, "stdin"))
    ),
    readLine
  },
  stdout: sink(process.stdout),
  stderr: sink(process.stderr)
}))
