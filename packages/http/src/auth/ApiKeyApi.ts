/** Contract of API keys. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { ApiKey } from "@souk/actors/auth/ApiKeys"
import { Scope } from "@souk/domain/auth/Role"
import { ApiKeyId } from "@souk/domain/kernel/Ids"
import { name } from "@souk/domain/kernel/Text"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { body, list, listQuery, path, query, withStatus } from "../Contract.ts"
import { keyReused, optionalKey } from "../command/RequestHeaders.ts"
import { problem } from "../Problem.ts"
import { at, later, page } from "../docs/ExampleShop.ts"
import { Access } from "./Access.ts"
import { Authentication } from "./Authentication.ts"

/** An API key with its secret, which only this response and its replays contain. */
export const ToldApiKey = Schema.Struct({
  ...ApiKey.fields,
  key: Schema.Redacted(Schema.String)
}).annotations({ identifier: "ToldApiKey" })

/** Maximum time that the previous secret stays valid after a rotation: a week. */
export const overlapSecondsMax = 604_800

/** By default a day, to distribute the new secret. */
export const overlapSecondsDefault = 86_400

export class ApiKeyNotFound extends Schema.TaggedError<ApiKeyNotFound>()("ApiKeyNotFound", {}) {
  override get message() {
    return "API key not found or revoked."
  }
}

/** A caller grants only scopes that it has, and no key can create keys or change roles. */
export class ScopesNotGrantable extends Schema.TaggedError<ScopesNotGrantable>()(
  "ScopesNotGrantable",
  { scopes: Schema.Array(Scope) }
) {
  override get message() {
    return `You cannot grant ${this.scopes.join(", ")}. Remove these scopes.`
  }
}

const keyPath = path({ id: ApiKeyId }, () => new ApiKeyNotFound())

const notFound = problem(ApiKeyNotFound, { status: 404, title: "API key not found" })

const till = {
  id: "key_8hT2mQx5Vb1nK7cRw4Zd",
  name: "till",
  scopes: ["orders:read", "orders:all"],
  hint: "sk_…Zd3f",
  createdAt: at
}

const nextKey = {
  ...till,
  previousGoodUntil: "2026-03-02T09:30:00.000Z",
  key: "sk_the-next-key-told-once"
}

const create = HttpApiEndpoint.post("create", "/v1/api-keys")
  .annotate(Access, "keys:write")
  .annotate(OpenApi.Summary, "Create an API key; the secret is returned once")
  .annotate(Examples, {
    request: { ApiKeyRequest: { name: till.name, scopes: till.scopes } },
    response: { ToldApiKey: { ...till, key: "sk_the-key-told-once" } }
  })
  .setPayload(
    body({
      name: name(100),
      scopes: Schema.NonEmptyArray(Scope).pipe(Schema.maxItems(Scope.literals.length))
    })
  )
  .setHeaders(Schema.Struct(optionalKey))
  .addSuccess(withStatus(ToldApiKey, 201))
  .addError(keyReused)
  .addError(
    problem(ScopesNotGrantable, {
      status: 403,
      title: "Scopes not grantable",
      source: "#/scopes"
    })
  )

export const listed = HttpApiEndpoint.get("list", "/v1/api-keys")
  .annotate(Access, "keys:read")
  .annotate(OpenApi.Summary, "List API keys including revoked ones, newest first")
  .annotate(Examples, { response: { ApiKeys: page("/v1/api-keys", till) } })
  .setUrlParams(query(listQuery(ApiKeyId)))
  .addSuccess(list(ApiKey))

const rotate = HttpApiEndpoint.post("rotate", "/v1/api-keys/:id/rotation")
  .annotate(Access, "keys:write")
  .annotate(
    OpenApi.Summary,
    "Rotate an API key; the previous secret stays valid for a grace period"
  )
  .annotate(Examples, {
    request: { Rotation: { overlapSeconds: 3_600 } },
    response: { RotatedApiKey: nextKey }
  })
  .setPath(keyPath)
  .setPayload(
    body({
      overlapSeconds: Schema.optionalWith(Schema.Int.pipe(Schema.between(0, overlapSecondsMax)), {
        exact: true
      })
    })
  )
  .setHeaders(Schema.Struct(optionalKey))
  .addSuccess(withStatus(ToldApiKey, 201))
  .addError(keyReused)
  .addError(notFound)

const revoke = HttpApiEndpoint.del("revoke", "/v1/api-keys/:id")
  .annotate(Access, "keys:write")
  .annotate(OpenApi.Summary, "Revoke an API key")
  .annotate(Examples, { response: { RevokedApiKey: { ...till, revokedAt: later } } })
  .setPath(keyPath)
  .addSuccess(ApiKey)
  .addError(notFound)

export const ApiKeyApi = HttpApiGroup.make("apiKeys")
  .add(create)
  .add(listed)
  .add(rotate)
  .add(revoke)
  .middleware(Authentication)
