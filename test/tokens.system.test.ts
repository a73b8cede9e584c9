/** Forged, expired and stolen credentials, against a process whose key the test knows. */
import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign
} from "node:crypto"
import { createServer, type Server } from "node:http"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Answer, Client, decode } from "./support/Client.ts"
import { eventually } from "./support/Eventually.ts"
import { noBugs, refused, untouched } from "./support/Refusals.ts"
import { Shop } from "./support/Shop.ts"
import { must, problem } from "./support/Storefront.ts"

const SignedIn = Schema.Struct({
  user: Schema.Struct({ id: Schema.String }),
  accessToken: Schema.String,
  refreshToken: Schema.String
})

const ToldKey = Schema.Struct({ id: Schema.String, key: Schema.String })

const SecurityEvents = Schema.Struct({
  data: Schema.Array(Schema.Struct({ type: Schema.String, subject: Schema.String }))
})

const Keys = Schema.Struct({ keys: Schema.Array(Schema.Struct({ kid: Schema.String })) })

const password = "correct horse battery"

const pair = generateKeyPairSync("ed25519")
const { privateKey } = pair

let shop: Shop
let kid: string
let customer: typeof SignedIn.Type

/** A server that a token names as the place of a key; the shop must never connect to it. */
let trap: Server
let trapUrl: string
let visits = 0

beforeAll(async () => {
  trap = createServer((_, response) => response.end("{}"))
  trap.on("connection", () => visits++)
  await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve))
  const address = trap.address()
  trapUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/keys.json`
  const key = JSON.stringify(privateKey.export({ format: "jwk" }))
  shop = await Shop.start({ SOUK_AUTH_KEY: key, SOUK_RATE_LIMIT_AUTH: "0" })
  const { keys } = await shop.client.read(Keys, "/.well-known/jwks.json")
  kid = keys[0]?.kid ?? ""
  customer = await register("customer@example.com")
})

afterAll(async () => {
  await shop?.close()
  trap?.close()
})

const auth = (path: string, body: object) => shop.client.post(`/v1/auth/${path}`, body)

const register = async (email: string) =>
  decode(SignedIn, await auth("register", { email, password, name: "Ada" }))

const as = (token: string) => new Client(shop.baseUrl, token)

type Claims = Readonly<Record<string, unknown>>

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

const seconds = () => Math.floor(Date.now() / 1_000)

/** A valid token except for the changed claims; null removes a claim. */
const forge = (header: Claims = {}, claims: Claims = {}, key: KeyObject = privateKey): string => {
  const at = seconds()
  const all = {
    role: "customer",
    sub: customer.user.id,
    iss: "souk",
    aud: "souk",
    iat: at,
    nbf: at,
    exp: at + 900,
    ...claims
  }
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
  const text = `${encode({ alg: "EdDSA", typ: "at+jwt", kid, ...header })}.${encode(kept)}`
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`
}

/** The header and claims of a token, under another signature. */
const resigned = (header: Claims, signature: (text: string) => string): string => {
  const [, claims = ""] = forge().split(".")
  const text = `${encode({ typ: "at+jwt", kid, ...header })}.${claims}`
  return `${text}.${signature(text)}`
}

const publicJwk = (): JsonWebKey => createPublicKey(privateKey).export({ format: "jwk" })

type Forgeries = ReadonlyArray<readonly [what: string, token: string]>

/** Signed with another algorithm, or another key. */
const missigned = (): Forgeries => {
  const other = generateKeyPairSync("ed25519")
  const jwk = other.publicKey.export({ format: "jwk" })
  const pem = String(pair.publicKey.export({ format: "pem", type: "spki" }))
  const hmac = (alg: "sha256" | "sha512", secret: string) => (text: string) =>
    createHmac(alg, secret).update(text).digest("base64url")
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
  const rs256 = (text: string) => sign("sha256", Buffer.from(text), rsa).toString("base64url")
  const [, , signature = ""] = forge().split(".")
  return [
    ...["none", "None", "NONE", "nOnE", ""].flatMap((alg): Forgeries => [
      [`alg ${alg}`, resigned({ alg }, () => "")],
      [`alg ${alg}, signed`, resigned({ alg }, () => signature)]
    ]),
    ["no alg", resigned({}, () => signature)],
    ["HS256 with the public key", resigned({ alg: "HS256" }, hmac("sha256", pem))],
    ["HS256 with the JWK", resigned({ alg: "HS256" }, hmac("sha256", JSON.stringify(publicJwk())))],
    ["HS256 with x", resigned({ alg: "HS256" }, hmac("sha256", publicJwk().x ?? ""))],
    ["HS512 with nothing", resigned({ alg: "HS512" }, hmac("sha512", ""))],
    ["RS256 of its own", resigned({ alg: "RS256" }, rs256)],
    ["ES256", resigned({ alg: "ES256" }, () => signature)],
    ["another key", forge({}, {}, other.privateKey)],
    ["a jwk of its own", forge({ jwk }, {}, other.privateKey)],
    ["a jwk and no kid", forge({ jwk, kid: undefined }, {}, other.privateKey)],
    ["a jku", forge({ jku: trapUrl }, {}, other.privateKey)],
    ["an x5u", forge({ x5u: trapUrl }, {}, other.privateKey)],
    ["an x5c", forge({ x5c: [jwk.x] }, {}, other.privateKey)],
    ["a crit", forge({ crit: ["http://example.com/x"], "http://example.com/x": 1 })],
    ["a crit of nothing", forge({ crit: [] })],
    ["b64 off", forge({ b64: false, crit: ["b64"] })],
    ...[
      "../../../../dev/null",
      "/dev/null",
      "' OR '1'='1",
      "x'; DROP TABLE journal; --",
      "| cat /etc/passwd",
      trapUrl,
      "__proto__",
      "constructor",
      "a\u0000b",
      "x".repeat(4_000),
      ""
    ].map((kid): readonly [string, string] => [`kid ${kid.slice(0, 30)}`, forge({ kid })]),
    ["a kid that is none", forge({ kid: { $ne: null } })]
  ]
}

/** Correctly signed, with invalid claims; the times are those of the call. */
const missaid = (): Forgeries => {
  const at = seconds()
  return [
    ["another issuer", forge({}, { iss: "bazaar" })],
    ["no issuer", forge({}, { iss: null })],
    ["another audience", forge({}, { aud: "bazaar" })],
    ["no audience", forge({}, { aud: null })],
    ["another type", forge({ typ: "JWT" })],
    ["no type", forge({ typ: undefined })],
    ["an end in the past", forge({}, { exp: at - 60 })],
    ["no end", forge({}, { exp: null })],
    ["an expiry as text", forge({}, { exp: "never" })],
    ["an end beyond all numbers", forge({}, { exp: 1e300, iat: at - 7_200 })],
    ["a beginning in the future", forge({}, { nbf: at + 600 })],
    ["no beginning", forge({}, { nbf: null })],
    ["a birth in the future", forge({}, { iat: at + 3_600, exp: at + 4_500 })],
    ["a life of a day", forge({}, { iat: at - 3_600, exp: at + 86_400 })],
    ["no subject", forge({}, { sub: null })],
    ["a subject that is none", forge({}, { sub: "admin" })],
    ["a role that is none", forge({}, { role: "root" })]
  ]
}

/** Texts that are no tokens, or parts of one. */
const misshapen = (): Forgeries => {
  const [head = "", claims = "", signature = ""] = forge().split(".")
  return [
    ["another's claims", `${head}.${encode({ sub: "usr_1", role: "admin" })}.${signature}`],
    ["no signature", `${head}.${claims}.`],
    ["half a signature", `${head}.${claims}.${signature.slice(0, 40)}`],
    ["four parts", `${head}.${claims}.${signature}.`],
    ["five parts", `${head}..${claims}..${signature}`],
    ["nothing in it", ".."],
    [
      "a header that is no JSON",
      `${Buffer.from("{").toString("base64url")}.${claims}.${signature}`
    ],
    ["claims that are a list", `${head}.${encode([])}.${signature}`],
    ["14 KB", `${head}.${encode({ a: "x".repeat(10_000) })}.${signature}`]
  ]
}

describe("a forged token", () => {
  it("gets the same 401 for every fault, without a query", async () => {
    must(await as(forge()).get("/v1/orders"), 200)
    const told = new Set<string>()
    await untouched(shop.client, async () => {
      for (const [what, token] of [...missigned(), ...missaid(), ...misshapen()]) {
        const answer = await as(token).get("/v1/orders")
        refused(answer, what, 401)
        expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="souk"')
        told.add(JSON.parse(answer.text).detail)
      }
    })
    expect(told.size).toBe(1)
    expect(visits).toBe(0)
    must(await as(forge()).get("/v1/orders"), 200)
  })

  it("of 1 MB is refused before it is read", async () => {
    const answer = await as(`${forge()}${"A".repeat(1_000_000)}`)
      .get("/v1/orders")
      .catch(() => undefined)
    // The connection may be gone before all of it is sent.
    if (answer !== undefined) refused(answer, "1 MB", 431)
  })

  it("that claims to be of staff is looked up each time", async () => {
    const token = forge({}, { role: "admin" })
    await untouched(shop.client, async () => {
      const answer = await as(token).get("/v1/journal")
      expect([401, 403]).toContain(answer.status)
    })
  })
})

describe("a refresh token that was stolen", () => {
  it("ends its login for thief and owner, and is a security event", async () => {
    const { refreshToken, user } = await register("owner@example.com")
    const refresh = (token: string) => auth("refresh", { refreshToken: token })
    const one = decode(SignedIn, await refresh(refreshToken))
    const two = decode(SignedIn, await refresh(one.refreshToken))
    for (const token of [refreshToken, two.refreshToken, one.refreshToken]) {
      problem(await refresh(token), 401, "login_over")
    }
    const { data } = await shop.client.read(SecurityEvents, "/v1/security-events?limit=1000")
    const told = data.filter(
      ({ subject, type }) => type === "RefreshTokenReused" && subject === user.id
    )
    expect(told.length).toBeGreaterThan(0)
  })

  it("is refused as well when it is invented, or of another login", async () => {
    const { refreshToken } = await register("another@example.com")
    const flipped = refreshToken.replace(/.$/, (last) => (last === "A" ? "B" : "A"))
    for (const token of [
      "rt_",
      `rt_${"A".repeat(65)}`,
      flipped,
      "' OR 1=1 --",
      refreshToken.slice(3)
    ]) {
      problem(await auth("refresh", { refreshToken: token }), 401, "login_over")
    }
  })
})

describe("a user with a revoked role", () => {
  const setRole = async (id: string, role: string) =>
    must(await shop.client.put(`/v1/users/${id}/role`, { role }), 200)

  it("is refused at once, with the earlier token", async () => {
    const { user } = await register("staff@example.com")
    await setRole(user.id, "admin")
    const login = await auth("login", { email: "staff@example.com", password })
    const staff = as(decode(SignedIn, login).accessToken)
    must(await staff.get("/v1/journal?limit=1"), 200)
    await setRole(user.id, "seller")
    problem(await staff.get("/v1/journal?limit=1"), 403, "forbidden")
    must(await staff.get("/v1/orders"), 200)
    await setRole(user.id, "customer")
    problem(await staff.get("/v1/inventory/SKU-1"), 403, "forbidden")
    problem(await staff.put(`/v1/users/${user.id}/role`, { role: "admin" }), 403, "forbidden")
  })

  it("is refused within seconds, with the earlier key", async () => {
    const made = await shop.client.post("/v1/api-keys", { name: "till", scopes: ["orders:read"] })
    const { id, key } = decode(ToldKey, made)
    must(await as(key).get("/v1/orders"), 200)
    problem(await as(key).get("/v1/journal"), 403, "forbidden")
    must(await shop.client.send("DELETE", `/v1/api-keys/${id}`), 200)
    await eventually("the key is forgotten", 15_000, async () =>
      (await as(key).get("/v1/orders")).status === 401 ? true : undefined
    )
  })
})

describe("a client that guesses passwords", () => {
  const median = (values: ReadonlyArray<number>) =>
    values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

  const timed = async (email: string): Promise<readonly [number, Answer]> => {
    const startMs = performance.now()
    const answer = await auth("login", { email, password: "not their password" })
    return [performance.now() - startMs, answer]
  }

  it("learns neither by text nor by time whether an account exists", async () => {
    const known: Array<number> = []
    const unknown: Array<number> = []
    const words = new Set<string>()
    for (let n = 0; n < 3; n++) {
      await register(`known-${n}@example.com`)
      // Five wrong guesses are free.
      for (let guess = 0; guess < 5; guess++) {
        for (const [email, times] of [
          [`known-${n}@example.com`, known],
          [`unknown-${n}@example.com`, unknown]
        ] as const) {
          const [ms, answer] = await timed(email)
          refused(answer, email, 401)
          words.add(JSON.stringify({ ...JSON.parse(answer.text), requestId: "" }))
          times.push(ms)
        }
      }
    }
    expect(words.size).toBe(1)
    const ratio = median(known) / median(unknown)
    // Without a dummy hash an unknown address would be answered ten times as fast.
    expect(ratio).toBeGreaterThan(0.6)
    expect(ratio).toBeLessThan(1.6)
  })
})

it("the shop has logged no error", () => noBugs(shop))
