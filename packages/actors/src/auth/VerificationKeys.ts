/** The public keys for the access tokens that the processes of this shop sign. */
import { Context, type Effect, Schema } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

/** More than the processes that share one database; limits the map of keys. */
export const keysMax = 64

export const VerificationKey = Schema.Struct({
  kid: Schema.String,
  kty: Schema.Literal("OKP"),
  crv: Schema.Literal("Ed25519"),
  x: Schema.String,
  alg: Schema.Literal("EdDSA"),
  use: Schema.Literal("sig")
}).annotations({ identifier: "VerificationKey" })
export type VerificationKey = typeof VerificationKey.Type

export class VerificationKeys extends Context.Tag("@souk/actors/VerificationKeys")<
  VerificationKeys,
  {
    /** Publishes a key to all processes for a time. */
    readonly publish: (
      key: VerificationKey,
      goodMs: number
    ) => Effect.Effect<void, JournalUnavailable>
    /** The valid keys, at most `keysMax`. */
    readonly all: Effect.Effect<ReadonlyArray<VerificationKey>, JournalUnavailable>
  }
>() {}
