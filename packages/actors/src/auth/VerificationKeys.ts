/** The public halves of the keys that the processes of this shop sign access tokens with. */
import { Context, type Effect, Schema } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

/** More processes than share one database; bounds what a map of keys can hold. */
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
    /** Makes a key known to all processes, for so long. */
    readonly publish: (
      key: VerificationKey,
      goodMs: number
    ) => Effect.Effect<void, JournalUnavailable>
    /** Those that are good now, at most `keysMax`. */
    readonly all: Effect.Effect<ReadonlyArray<VerificationKey>, JournalUnavailable>
  }
>() {}
