/** The admin key: never on the command line, where every process could read it. */
import { type Error as PlatformError, FileSystem, Path } from "@effect/platform"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { asGiven } from "@souk/actors/configuration/Variable"
import { Effect, Option, Redacted, Schema } from "effect"
import { UsageError } from "./UsageError.ts"
import { Streams } from "./Streams.ts"

/** There is no key to show, so there is no use in asking. */
export class NoKey extends Schema.TaggedError<NoKey>()("NoKey", {
  message: Schema.String,
  hint: Schema.String
}) {}

// The shop checks the key: any of its API keys is accepted as well.
const environment = Effect.all({
  key: asGiven(Configuration.adminKey),
  dataDir: Configuration.dataDir
})

/** The first of: `--key-file`, `SOUK_ADMIN_KEY`, and the key of a shop on this machine. */
export const find = (keyFile: Option.Option<string>, isLocalShop: boolean) =>
  Effect.gen(function* () {
    // Reading them cannot fail: both have a default, and any text is valid.
    const { dataDir, key } = yield* Effect.orDie(environment)
    if (Option.isSome(keyFile)) return yield* fromFile(keyFile.value)
    if (Option.isSome(key)) return yield* usable("SOUK_ADMIN_KEY", Redacted.value(key.value))
    if (!isLocalShop) {
      return yield* new NoKey({
        message: "no admin key: the one in the data dir is shown to a shop on this machine only",
        hint: "Set SOUK_ADMIN_KEY, or give --key-file <path>."
      })
    }
    return yield* fromDataDir(dataDir)
  })

const fromFile = (path: string) =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    if (path === "-") return yield* Effect.flatMap(fromStdin, (text) => usable("stdin", text))
    const text = yield* fileSystem.readFileString(path).pipe(
      Effect.mapError(
        (error) =>
          new UsageError({
            message: `--key-file ${path}: ${reasonOf(error)}`,
            hint: "Give another."
          })
      )
    )
    return yield* usable(path, text)
  })

const fromStdin = Effect.gen(function* () {
  const { stdin } = yield* Streams
  if (stdin.isTerminal) {
    return yield* new UsageError({
      message: "--key-file - reads the key from a pipe, and stdin is a terminal",
      hint: "For instance: pass show souk | souk order list --key-file -"
    })
  }
  return yield* stdin.readAll
})

const fromDataDir = (dataDir: string) =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const file = path.resolve(dataDir, "admin-key")
    const text = yield* fileSystem.readFileString(file).pipe(
      Effect.mapError(
        (error) =>
          new NoKey({
            message: `no admin key: ${file}: ${reasonOf(error)}`,
            hint: "Set SOUK_ADMIN_KEY, give --key-file <path>, or run this beside the data dir."
          })
      )
    )
    return yield* usable(file, text)
  })

const reasonOf = (error: PlatformError.PlatformError): string => {
  if (error._tag === "BadArgument") return error.message
  switch (error.reason) {
    case "NotFound":
      return "there is no such file"
    case "PermissionDenied":
      return "it may not be read by you"
    default:
      return error.description ?? error.message
  }
}

/** A key is one line of characters that fit in a header. The text itself is never repeated. */
const usable = (source: string, text: string) => {
  const key = text.trim()
  return /^[\x21-\x7E]+$/.test(key)
    ? Effect.succeed(Redacted.make(key))
    : new UsageError({
        message: `${source} holds no key`,
        hint: "A key is one line of printable characters without spaces."
      })
}
