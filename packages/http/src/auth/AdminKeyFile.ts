/** Where the admin key comes from: the configuration, or a file made on the first start. */
import { FileSystem, Path } from "@effect/platform"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Effect, Layer, Option, Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"
import { AdminKey } from "./AdminKey.ts"

/** Shorter keys can be guessed. */
const lengthMin = 16

/** A key that is no secret. */
export class AdminKeyTooShort extends Schema.TaggedError<AdminKeyTooShort>()("AdminKeyTooShort", {
  source: Schema.String
}) {
  override get message() {
    return `the admin key in ${this.source} is shorter than ${lengthMin} characters: take another`
  }
}

/** The file with the key can be neither read nor made. */
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

/** The key in the data folder, which is made when it is not there: nobody else can read it. */
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

/** For a shell: what prints the file, whatever characters its path has. */
export const printing = (path: string): string =>
  /^\w[\w./-]*$|^[./][\w./-]*$/.test(path)
    ? `$(cat ${path})`
    : `$(cat -- '${path.replaceAll("'", String.raw`'\''`)}')`

/** How a person at a shell gets at the key, without it being printed. */
export const hint: Effect.Effect<string, ConfigError.ConfigError> = Effect.map(
  config,
  ({ dataDir, key }) => (Option.isSome(key) ? "$SOUK_ADMIN_KEY" : printing(`${dataDir}/admin-key`))
)
