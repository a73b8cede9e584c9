/** Secrets that are told once, and told again to a repeat of the request. */
import { createHmac, hkdfSync, randomBytes } from "node:crypto"
import { SecretAnswers } from "@souk/actors/auth/SecretAnswers"
import { canonical } from "@souk/domain/kernel/Text"
import { Effect, Redacted, Schema } from "effect"
import { AdminKey } from "../auth/AdminKey.ts"
import { KeyReused } from "../Problem.ts"
import * as Keys from "./Keys.ts"

interface Request<A, I> {
  readonly path: string
  readonly body: unknown
  /** Without one, a repeat is another request. */
  readonly idempotencyKey: string | undefined
  /** Of the answer without its secret. */
  readonly answer: Schema.Schema<A, I>
}

/** Gives the answer and its secret: 256 bits that nobody can guess, in 43 characters. */
export const make = Effect.gen(function* () {
  const adminKey = yield* AdminKey
  const answers = yield* SecretAnswers
  // Every process of a shop has the same key, made from the admin key, that tells nothing of it.
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
        id: yield* Keys.secretId(path, idempotencyKey),
        // With another admin key the secret would be another one, and the repeat another request.
        fingerprint: keyed("request", canonical({ path, body })),
        salt: randomBytes(16).toString("base64url")
      }
      const secretOf = (salt: string) => keyed("secret", salt)
      const first = yield* answers.once(
        request,
        perform(secretOf(request.salt)).pipe(
          Effect.flatMap((told) => Effect.orDie(Schema.encode(answer)(told))),
          Effect.provide(context)
        )
      )
      if (first.fingerprint !== request.fingerprint) return yield* new KeyReused()
      const told = yield* Effect.orDie(Schema.decodeUnknown(answer)(first.answer))
      return { answer: told, secret: secretOf(first.salt) }
    })
})
