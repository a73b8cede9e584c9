/** Handlers of API keys. */
import { randomBytes } from "node:crypto"
import { HttpApiBuilder } from "@effect/platform"
import { ApiKey, ApiKeys } from "@souk/actors/auth/ApiKeys"
import { digest } from "@souk/actors/cluster/Digest"
import { notGrantable } from "@souk/domain/auth/Role"
import { ApiKeyId } from "@souk/domain/kernel/Ids"
import { Effect, Option, Redacted } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { list } from "../command/List.ts"
import * as Secrets from "../command/Secrets.ts"
import { contract } from "../Contract.ts"
import {
  ApiKeyApi,
  ApiKeyNotFound,
  listed,
  overlapSecondsDefault,
  ScopesNotGrantable
} from "./ApiKeyApi.ts"
import { Caller } from "./Authentication.ts"
import { ShownKeys } from "./ShownKeys.ts"

/** Number of characters of a key that lists show. */
const hintLength = 4

/** The key for a secret, and what is stored of it. */
const keyOf = (secret: string) => {
  const key = `sk_${secret}`
  return { key, hash: digest(key), hint: key.slice(-hintLength) }
}

const newId = () => ApiKeyId.make(`key_${randomBytes(12).toString("hex")}`)

const withSecret = ({ answer, secret }: { readonly answer: ApiKey; readonly secret: string }) => ({
  ...answer,
  key: Redacted.make(keyOf(secret).key)
})

const found = Option.match({
  onNone: () => new ApiKeyNotFound(),
  onSome: (key: ApiKey) => Effect.succeed(key)
})

export const layer = HttpApiBuilder.group(contract.add(ApiKeyApi), "apiKeys", (handlers) =>
  Effect.gen(function* () {
    const keys = yield* ApiKeys
    const shown = yield* ShownKeys
    const once = yield* Secrets.make
    return handlers
      .handle("create", ({ headers, payload }) =>
        Effect.gen(function* () {
          const { name, scopes } = payload
          const { scopes: held, userId, principal } = yield* Caller
          const refused = notGrantable(scopes, held)
          if (refused.length > 0) return yield* new ScopesNotGrantable({ scopes: refused })
          const request = {
            path: "/v1/api-keys",
            body: payload,
            idempotencyKey: headers["idempotency-key"],
            answer: ApiKey
          }
          const answer = once(request, (secret) => {
            const { hash, hint } = keyOf(secret)
            const given = { id: newId(), name, scopes: [...new Set(scopes)], ownerId: userId }
            return keys.create({ ...given, hash, hint }, principal)
          })
          return withSecret(yield* ActorRequest.orUnavailable(answer))
        })
      )
      .handle(
        "list",
        list(listed, keys.list, ({ id }) => id)
      )
      .handle("rotate", ({ headers, path: { id }, payload }) =>
        Effect.gen(function* () {
          const { principal } = yield* Caller
          const { overlapSeconds = overlapSecondsDefault } = payload
          const request = {
            path: `/v1/api-keys/${id}/rotation`,
            body: { overlapSeconds },
            idempotencyKey: headers["idempotency-key"],
            answer: ApiKey
          }
          const answer = once(request, (secret) => {
            const { hash, hint } = keyOf(secret)
            const next = { hash, hint, overlapMs: overlapSeconds * 1_000 }
            return Effect.flatMap(keys.rotate(id, next, principal), found)
          })
          return withSecret(yield* ActorRequest.orUnavailable(shown.changing(answer)))
        })
      )
      .handle("revoke", ({ path: { id } }) =>
        Effect.gen(function* () {
          const { principal } = yield* Caller
          const revoked = yield* ActorRequest.orUnavailable(
            shown.changing(keys.revoke(id, principal))
          )
          return yield* found(revoked)
        })
      )
  })
)
