/** The key that signs access tokens: from the configuration, or from a file. */
import { FileSystem, Path } from "@effect/platform"
import type { VerificationKey } from "@souk/actors/auth/VerificationKeys"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Context, Effect, Layer, Option, Redacted, Schema } from "effect"
import * as Jose from "jose"

/** An Ed25519 key pair as a JSON Web Key (RFC 8037). */
const PrivateKey = Schema.parseJson(
  Schema.Struct({
    kty: Schema.Literal("OKP"),
    crv: Schema.Literal("Ed25519"),
    x: Schema.String,
    d: Schema.String
  })
)

export class SigningKey extends Context.Tag("@souk/http/SigningKey")<
  SigningKey,
  { readonly privateKey: Jose.CryptoKey; readonly publicKey: VerificationKey }
>() {}

/** The key cannot be read or is malformed. */
export class SigningKeyUnusable extends Schema.TaggedError<SigningKeyUnusable>()(
  "SigningKeyUnusable",
  { source: Schema.String, reason: Schema.String }
) {
  override get message() {
    return (
      `${this.source} cannot sign access tokens (${this.reason}): ` +
      "it must be the private JWK of an Ed25519 key. Unset it to use a key in the data folder"
    )
  }
}

export type SigningKeyError = SigningKeyUnusable | ConfigError.ConfigError

const config = Effect.all({ key: Configuration.authKey, dataDir: Configuration.dataDir })

const unusable = (source: string) => (cause: unknown) =>
  new SigningKeyUnusable({
    source,
    reason: cause instanceof Error ? (cause.message.split("\n", 1)[0] ?? "") : String(cause)
  })

const decodePrivateKey = Schema.decodeUnknown(PrivateKey)

const read = (text: string, source: string) =>
  Effect.gen(function* () {
    const jwk = yield* Effect.mapError(decodePrivateKey(text), () =>
      unusable(source)("it is not the private JWK of an Ed25519 key")
    )
    const { privateKey, kid } = yield* Effect.tryPromise({
      try: async () => {
        const privateKey = await Jose.importJWK(jwk, "EdDSA")
        if (privateKey instanceof Uint8Array) throw new Error("it is a symmetric key")
        return { privateKey, kid: await Jose.calculateJwkThumbprint(jwk) }
      },
      catch: unusable(source)
    })
    const { crv, kty, x } = jwk
    return SigningKey.of({ privateKey, publicKey: { kid, kty, crv, x, alg: "EdDSA", use: "sig" } })
  })

const generated = Effect.tryPromise({
  try: async () => {
    const { privateKey } = await Jose.generateKeyPair("EdDSA", { extractable: true })
    const { crv, d, kty, x } = await Jose.exportJWK(privateKey)
    return JSON.stringify({ kty, crv, x, d })
  },
  catch: unusable("a new key")
})

/** The key in the data folder. It is created if missing, readable by its owner only. */
const kept = (dataDir: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const path = (yield* Path.Path).join(dataDir, "auth-key.json")
    const make = Effect.gen(function* () {
      const text = yield* generated
      yield* files.makeDirectory(dataDir, { recursive: true })
      yield* files.writeFileString(path, `${text}\n`, { mode: 0o600, flag: "wx" })
    })
    const text = yield* Effect.gen(function* () {
      if (!(yield* files.exists(path))) yield* make
      return yield* files.readFileString(path)
    }).pipe(Effect.mapError(unusable(path)))
    return yield* read(text, path)
  })

/** Fails if the configured key is malformed. */
export const checkGiven = Effect.flatMap(
  Configuration.authKey,
  Option.match({
    onNone: () => Effect.void,
    onSome: (key) => Effect.asVoid(read(Redacted.value(key), "SOUK_AUTH_KEY"))
  })
)

export const layer: Layer.Layer<SigningKey, SigningKeyError, FileSystem.FileSystem | Path.Path> =
  Layer.effect(
    SigningKey,
    Effect.flatMap(config, ({ dataDir, key }) =>
      Option.match(key, {
        onNone: () => kept(dataDir),
        onSome: (key) => read(Redacted.value(key), "SOUK_AUTH_KEY")
      })
    )
  )

/** A new key for the lifetime of the process. */
export const layerGenerated: Layer.Layer<SigningKey, SigningKeyUnusable> = Layer.effect(
  SigningKey,
  Effect.flatMap(generated, (text) => read(text, "a new key"))
)
