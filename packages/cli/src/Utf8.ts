/** Where bytes become text: only text that is UTF-8 throughout, so that nothing is sent mangled. */
import { FileSystem } from "@effect/platform"
import { Effect } from "effect"
import { UsageError } from "./UsageError.ts"

/** What the system's own decoding, and that of most programs, puts where bytes are no text. */
const replacement = "\uFFFD"

const newline = 0x0a

const convert = "Convert it, for instance: iconv -f WINDOWS-1252 -t UTF-8"

const notUtf8 = (what: string, hint: string) =>
  new UsageError({ message: `${what} is not UTF-8`, hint })

const decodeOrNone = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** No character of UTF-8 has the byte of a newline in it, so that lines can be tried one by one. */
const firstBadLine = (bytes: Uint8Array): number => {
  for (let line = 1, start = 0; ; line++) {
    const end = bytes.indexOf(newline, start)
    const isLast = end === -1
    if (isLast || decodeOrNone(bytes.subarray(start, end)) === undefined) return line
    start = end + 1
  }
}

export const decode = (bytes: Uint8Array, source: string): Effect.Effect<string, UsageError> => {
  const text = decodeOrNone(bytes)
  return text === undefined
    ? notUtf8(`line ${firstBadLine(bytes)} of ${source}`, convert)
    : Effect.succeed(text)
}

/** A whole file. */
export const readFile = (path: string, source: string) =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    return yield* decode(yield* fileSystem.readFile(path), source)
  })

/** Refuses a command line that was not UTF-8: the system has decoded it already. */
export const checkArguments = (args: ReadonlyArray<string>): Effect.Effect<void, UsageError> => {
  const bad = args.findIndex((arg) => arg.includes(replacement))
  return bad === -1
    ? Effect.void
    : notUtf8(`argument ${bad + 1}, ${JSON.stringify(args[bad])},`, "Use a UTF-8 locale.")
}
