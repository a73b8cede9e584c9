/** Keys of programs over HTTP. */
import { randomBytes } from "node:crypto"
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import { type ApiKey, ApiKeys } from "@souk/actors/auth/ApiKeys"
import { digest } from "@souk/actors/cluster/Digest"
import { notGrantable } from "@souk/domain/auth/Role"
import { ApiKeyId } from "@souk/domain/kernel/Ids"
import { Effect, type Layer, Option, Redacted } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import * as Page from "../Page.ts"
import { ApiKeyNotFound, overlapSecondsDefault, ScopesNotGrantable } from "./ApiKeyApi.ts"
import { type Authentication, Caller } from "./Authentication.ts"
import { ShownKeys } from "./ShownKeys.ts"

/** How many characters of a key stay visible. */
const hintLength = 4

/** 256 random bits, and what is kept of them. */
const newKey = () => {
  const key = `sk_${randomBytes(32).toString("base64url")}`
  return { key, hash: digest(key), hint: key.slice(-hintLength) }
}

const newId = () => ApiKeyId.make(`key_${randomBytes(12).toString("hex")}`)

const told = (about: ApiKey, key: string) => ({ ...about, key: Redacted.make(key) })

const found = Option.match({
  onNone: () => new ApiKeyNotFound(),
  onSome: (key: ApiKey) => Effect.succeed(key)
})

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "apiKeys">,
  never,
  Authentication | ApiKeys | ShownKeys
> = HttpApiBuilder.group(Api, "apiKeys", (handlers) =>
  Effect.gen(function* () {
    const keys = yield* ApiKeys
    const shown = yield* ShownKeys
    return handlers
      .handle("create", ({ payload: { name, scopes } }) =>
        Effect.gen(function* () {
          const { scopes: held, userId, who } = yield* Caller
          const refused = notGrantable(scopes, held)
          if (refused.length > 0) return yield* new ScopesNotGrantable({ scopes: refused })
          const { hash, hint, key } = newKey()
          const given = { id: newId(), name, scopes: [...new Set(scopes)], ownerId: userId }
          const about = yield* Asking.orUnavailable(keys.create({ ...given, hash, hint }, who))
          return told(about, key)
        })
      )
      .handle("list", ({ urlParams: asked }) =>
        Effect.map(Page.read(asked, keys.list), (page) =>
          Page.reply({ url: "/v1/api-keys", asked, ...page, idOf: ({ id }) => id })
        )
      )
      .handle("rotate", ({ path: { id }, payload }) =>
        Effect.gen(function* () {
          const { who } = yield* Caller
          const { hash, hint, key } = newKey()
          const { overlapSeconds = overlapSecondsDefault } = payload
          const next = { hash, hint, overlapMs: overlapSeconds * 1_000 }
          const about = yield* Asking.orUnavailable(shown.changing(keys.rotate(id, next, who)))
          return told(yield* found(about), key)
        })
      )
      .handle("revoke", ({ path: { id } }) =>
        Effect.gen(function* () {
          const { who } = yield* Caller
          const about = yield* Asking.orUnavailable(shown.changing(keys.revoke(id, who)))
          return yield* found(about)
        })
      )
  })
)
