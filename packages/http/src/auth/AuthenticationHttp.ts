/** Proves who asks, by the key they send. */
import { createHash, timingSafeEqual } from "node:crypto"
import { HttpServerRequest } from "@effect/platform"
import { Effect, Layer, Redacted } from "effect"
import { AdminKey } from "./AdminKey.ts"
import { Authentication, type Caller, Unauthorized } from "./Authentication.ts"

const bearer = /^Bearer +([\x21-\x7e]{1,1000})$/i

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

const admin: Caller["Type"] = { who: "admin" }

export const layer: Layer.Layer<Authentication, never, AdminKey> = Layer.effect(
  Authentication,
  Effect.map(AdminKey, (adminKey) => {
    // Digests have one length, and comparing them tells nothing about how much of a key is right.
    const expected = digest(Redacted.value(adminKey))
    // The platform cuts seven characters off whatever comes, so the header is read here.
    const prove = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => {
      const key = bearer.exec(headers["authorization"] ?? "")?.[1]
      const isAdmin = key !== undefined && timingSafeEqual(digest(key), expected)
      return isAdmin ? Effect.succeed(admin) : Effect.fail(new Unauthorized())
    })
    return Authentication.of({ bearer: () => prove })
  })
)
