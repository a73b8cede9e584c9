/** The admin key: from the configuration, or from a file that the first start creates. */
import { FileSystem, Path } from "@effect/platform"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Effect, Layer, Option, Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"
import { AdminKey } from "./AdminKey.ts"

/** Shorter keys are too easy to guess. */
const lengthMin = 16

export class AdminKeyTooShort extends Schema.TaggedError<AdminKeyTooShort>()("AdminKeyTooShort", {
  source: Schema.String
}) {
  override get message() {
    return `the admin key in ${this.source} has fewer than ${lengthMin} characters: replace it`
  }
}

/** The key file can be neither read nor created. */
export class AdminKeyUnreadable extends Schema.TaggedError<AdminKeyUnreadable>()(
  "AdminKeyUnreadable",
  { path: Schema.String, reason: Schema.String }
) {
  override get message() {
    return `cannot keep the admin key in ${this.path} (${this.reason}): make that folder writable`
  }
}

export type AdminKeyError = AdminKeyTooShort | AdminKeyUnreadable | ConfigError.ConfigError

const config = Effect.all({ key: Configuration.adminKey, dataDir: Configuration.dataDir })

const longEnough = (key: string, source: string) =>
  key.length < lengthMin
    ? Effect.fail(new AdminKeyTooShort({ source }))
    : Effect.succeed(Redacted.make(key))

/** The key in the data folder. It is created if missing, readable by its owner only. */
const kept = (dataDir: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const path = (yield* Path.Path).join(dataDir, "admin-key")
    const read = Effect.gen(function* () {
      if (yield* files.exists(path)) return (yield* files.readFileString(path)).trim()
      const key = `sk_${randomBytes(24).toString("base64url")}`
      yield* files.makeDirectory(dataDir, { recursive: true })
      yield* files.writeFileString(path, `${key}\n`, { mode: 0o600, flag: "wx" })
      return key
    })
    const key = yield* Effect.mapError(
      read,
      ({ message }) => new AdminKeyUnreadable({ path, reason: message })
    )
    return yield* longEnough(key, path)
  })

export const layer: Layer.Layer<AdminKey, AdminKeyError, FileSystem.FileSystem | Path.Path> =
  Layer.effect(
    AdminKey,
    Effect.flatMap(config, ({ dataDir, key }) =>
      Option.match(key, {
        onNone: () => kept(dataDir),
        onSome: Effect.succeed
      })
    )
  )

/** A shell expression that prints the file, with its path quoted if needed. */
export const printing = (path: string): string =>
  /^\w[\w./-]*$|^[./][\w./-]*$/.test(path)
    ? `$(cat ${path})`
    : `$(cat -- '${path.replaceAll("'", String.raw`'\''`)}')`

/** A shell expression for the key, so that examples need not print it. */
export const hint: Effect.Effect<string, ConfigError.ConfigError> = Effect.map(
  config,
  ({ dataDir, key }) => (Option.isSome(key) ? "$SOUK_ADMIN_KEY" : printing(`${dataDir}/admin-key`))
)
