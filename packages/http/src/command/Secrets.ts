/** Secrets that are returned once, and again to repeats of the request. They are not stored. */
import { createHmac, hkdfSync, randomBytes } from "node:crypto"
import { SecretAnswers } from "@souk/actors/auth/SecretAnswers"
import { canonical } from "@souk/domain/kernel/Text"
import { Effect, Redacted, Schema } from "effect"
import { AdminKey } from "../auth/AdminKey.ts"
import { KeyReused } from "../Problem.ts"
import * as ActorRequest from "./ActorRequest.ts"

interface Request<A, I> {
  readonly path: string
  readonly body: unknown
  /** Without a key, every request has a new secret. */
  readonly idempotencyKey: string | undefined
  /** Schema of the response without its secret. */
  readonly answer: Schema.Schema<A, I>
}

/** Makes a response and its secret: 256 random bits in 43 characters. */
export const make = Effect.gen(function* () {
  const adminKey = yield* AdminKey
  const answers = yield* SecretAnswers
  // Derived from the admin key, so that every process of a shop has the same key.
  const key = Buffer.from(hkdfSync("sha256", Redacted.value(adminKey), "", "souk secrets", 32))
  const keyed = (purpose: string, text: string): string =>
    createHmac("sha256", key).update(`${purpose}.${text}`).digest("base64url")

  return <A, I, E, R>(
    { answer, body, idempotencyKey, path }: Request<A, I>,
    perform: (secret: string) => Effect.Effect<A, E, R>
  ) =>
    Effect.gen(function* () {
      if (idempotencyKey === undefined) {
        const secret = randomBytes(32).toString("base64url")
        return { answer: yield* perform(secret), secret }
      }
      const context = yield* Effect.context<R>()
      const request = {
        id: yield* ActorRequest.secretId(path, idempotencyKey),
        // Depends on the admin key: with another admin key a repeat would get another secret.
        fingerprint: keyed("request", canonical({ path, body })),
        salt: randomBytes(16).toString("base64url")
      }
      const secretOf = (salt: string) => keyed("secret", salt)
      const first = yield* answers.once(
        request,
        perform(secretOf(request.salt)).pipe(
          Effect.flatMap((response) => Effect.orDie(Schema.encode(answer)(response))),
          Effect.provide(context)
        )
      )
      if (first.fingerprint !== request.fingerprint) return yield* new KeyReused()
      const response = yield* Effect.orDie(Schema.decodeUnknown(answer)(first.answer))
      return { answer: response, secret: secretOf(first.salt) }
    })
})
