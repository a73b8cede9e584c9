/** Invalid access tokens are refused, always with the same problem. */
import { createHmac } from "node:crypto"
import { VerificationKeys } from "@souk/actors/auth/VerificationKeys"
import { Accounts } from "@souk/actors/auth/Accounts"
import { assert, layer } from "@effect/vitest"
import { SigningKey } from "@souk/http/auth/SigningKey"
import { Effect } from "effect"
import * as Jose from "jose"
import { type Answer, assertProblem, get, newCustomer, newPerson } from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const now = () => Math.floor(Date.now() / 1_000)

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

const asked = (token: string) => get("/v1/orders", { token })

const refused = (answer: Answer) => {
  assertProblem(answer, 401, "unauthorized")
  assert.strictEqual(answer.headers.get("www-authenticate"), 'Bearer realm="souk"')
  return answer.body.detail
}

/** A valid token but for the given changes. */
const forge = (
  header: Record<string, unknown> = {},
  claims: Record<string, unknown> = {},
  key?: Jose.CryptoKey
) =>
  Effect.gen(function* () {
    const { privateKey, publicKey } = yield* SigningKey
    const { user } = yield* newCustomer()
    const at = now()
    const all = {
      role: "customer",
      sub: user.id,
      iss: "souk",
      aud: "souk",
      iat: at,
      nbf: at,
      exp: at + 900,
      ...claims
    }
    const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
    return yield* Effect.promise(() =>
      new Jose.SignJWT(kept)
        .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: publicKey.kid, ...header })
        .sign(key ?? privateKey)
    )
  })

layer(TestHttpApp.layer, { excludeTestServices: true })("an access token", (it) => {
  it.effect("that is valid is accepted: so the others fail for their changes", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* asked(yield* forge())).status, 200)
    })
  )

  it.effect.each<readonly [string, Record<string, unknown>, Record<string, unknown>]>([
    ["another issuer", {}, { iss: "bazaar" }],
    ["another audience", {}, { aud: "bazaar" }],
    ["no audience", {}, { aud: null }],
    ["another type", { typ: "JWT" }, {}],
    ["no type", { typ: undefined }, {}],
    ["an end in the past", {}, { exp: now() - 60 }],
    ["no end", {}, { exp: null }],
    ["a beginning in the future", {}, { nbf: now() + 600 }],
    ["no beginning", {}, { nbf: null }],
    ["an age of an hour", {}, { iat: now() - 3_600 }],
    ["a far end, made an hour ago", {}, { iat: now() - 3_600, exp: now() + 86_400 }],
    ["no subject", {}, { sub: null }],
    ["a subject that is none", {}, { sub: "admin" }],
    ["a role that is none", {}, { role: "root" }],
    ["no role", {}, { role: null }],
    ["an unknown key", { kid: "unknown" }, {}],
    ["a key that is a path", { kid: "../../../../dev/null" }, {}],
    ["a key that is SQL", { kid: "' OR 1=1 --" }, {}],
    ["no key", { kid: undefined }, {}]
  ])("with %s is refused", ([, header, claims]) =>
    Effect.gen(function* () {
      refused(yield* asked(yield* forge(header, claims)))
    })
  )

  it.effect("signed with another key is refused, even if it contains that key", () =>
    Effect.gen(function* () {
      const { privateKey, publicKey } = yield* Effect.promise(() =>
        Jose.generateKeyPair("EdDSA", { extractable: true })
      )
      const jwk = yield* Effect.promise(() => Jose.exportJWK(publicKey))
      for (const header of [{}, { jwk }, { jku: "http://127.0.0.1:1/keys" }, { x5u: "http://x" }]) {
        refused(yield* asked(yield* forge(header, {}, privateKey)))
      }
    })
  )

  it.effect("that is modified is refused", () =>
    Effect.gen(function* () {
      const good = yield* forge()
      const [, claims = "", signature = ""] = good.split(".")
      const { publicKey } = yield* SigningKey
      const header = (alg: string) => encode({ alg, typ: "at+jwt", kid: publicKey.kid })
      const hmac = (text: string) =>
        createHmac("sha256", JSON.stringify(publicKey)).update(text).digest("base64url")
      const mine = encode({
        ...JSON.parse(Buffer.from(claims, "base64url").toString()),
        role: "admin"
      })
      const none = header("none")
      const hs = header("HS256")
      const crit = encode({ alg: "EdDSA", typ: "at+jwt", kid: publicKey.kid, crit: ["x"], x: 1 })
      const bad = [
        `${none}.${claims}.`,
        `${none}.${mine}.`,
        `${none}.${claims}.${signature}`,
        `${hs}.${claims}.${hmac(`${hs}.${claims}`)}`,
        `${header("EdDSA")}.${mine}.${signature}`,
        `${crit}.${claims}.${signature}`,
        `${good}x`,
        good.slice(0, -4),
        `${good}.`,
        "..",
        "a.b.c",
        "eyJ",
        `${encode({ alg: "EdDSA" })}.${encode([])}.${"A".repeat(86)}`,
        `e${"y".repeat(8_000)}.${claims}.${signature}`
      ]
      const details = new Set<string>()
      for (const token of bad) details.add(refused(yield* asked(token)))
      assert.strictEqual(details.size, 1)
      const huge = yield* asked(`${good}${"A".repeat(1_000_000)}`)
      assert.include([401, 431], huge.status)
    })
  )

  it.effect("of another process of the shop is accepted once its key is published", () =>
    Effect.gen(function* () {
      const { privateKey, publicKey } = yield* Effect.promise(() => Jose.generateKeyPair("EdDSA"))
      const { x = "" } = yield* Effect.promise(() => Jose.exportJWK(publicKey))
      const jwk = { kty: "OKP", crv: "Ed25519", x } as const
      const kid = yield* Effect.promise(() => Jose.calculateJwkThumbprint(jwk))
      refused(yield* asked(yield* forge({ kid }, {}, privateKey)))
      const { publish } = yield* VerificationKeys
      yield* publish({ ...jwk, kid, alg: "EdDSA", use: "sig" }, 60_000)
      yield* Effect.sleep("1100 millis")
      assert.strictEqual((yield* asked(yield* forge({ kid }, {}, privateKey))).status, 200)
      const { body, headers } = yield* get("/.well-known/jwks.json", { isAnonymous: true })
      assert.include(
        body.keys.map((key: { kid: string }) => key.kid),
        kid
      )
      assert.match(headers.get("cache-control") ?? "", /max-age=/)
      for (const key of body.keys) assert.notProperty(key, "d")
    })
  )

  it.effect("of staff identifies them; their role is looked up for every request", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const { accessToken: token, user } = yield* newPerson("admin")
      assert.strictEqual((yield* get("/v1/journal", { token })).status, 200)
      yield* accounts.setRole(user.id, "seller", "test")
      assertProblem(yield* get("/v1/journal", { token }), 403, "forbidden")
      yield* accounts.setRole(user.id, "admin", "test")
      assert.strictEqual((yield* get("/v1/journal", { token })).status, 200)
    })
  )
})
