/**
 * Requests without permission, and fields that clients may not set, on every path of the served
 * contract: a new path is included by itself, with its body of the contract.
 */
import { Predicate, Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Answer, Client, decode } from "./support/Client.ts"
import { inParallel } from "./support/Eventually.ts"
import { head, talk } from "./support/Raw.ts"
import { noBugs, refused, untouched } from "./support/Refusals.ts"
import { Shop } from "./support/Shop.ts"
import { must, Storefront } from "./support/Storefront.ts"
import { orderBody } from "./support/RequestGenerator.ts"

const width = 4

const text = Schema.String
const Operation = Schema.Struct({
  requestBody: Schema.optional(
    Schema.Struct({
      content: Schema.Struct({
        "application/json": Schema.Struct({
          schema: Schema.Struct({
            properties: Schema.optional(Schema.Record({ key: text, value: Schema.Unknown }))
          }),
          examples: Schema.Record({ key: text, value: Schema.Struct({ $ref: text }) })
        })
      })
    })
  )
})
const Contract = Schema.Struct({
  components: Schema.Struct({
    examples: Schema.Record({ key: text, value: Schema.Struct({ value: Schema.Unknown }) })
  }),
  paths: Schema.Record({ key: text, value: Schema.Record({ key: text, value: Operation }) })
})

const SignedIn = Schema.Struct({
  user: Schema.Struct({ id: text }),
  accessToken: text
})

interface Endpoint {
  readonly name: string
  readonly method: string
  /** The path with an order, a product and a user in place of its parameters. */
  readonly path: string
  /** The fields that it accepts; undefined where it takes no JSON. */
  readonly fields: ReadonlySet<string> | undefined
  /** The example of its body in the contract. */
  readonly body: object | undefined
}

let shop: Shop
let front: Storefront
let endpoints: ReadonlyArray<Endpoint>
let paths: ReadonlyArray<readonly [string, ReadonlyArray<string>]>
/** The methods of paths that end with a name, without that name. */
let named: ReadonlySet<string>
let orderId: string
let sku: string
let keyId: string
let owner: typeof SignedIn.Type
let other: typeof SignedIn.Type

const key = () => ({ "idempotency-key": front.name("trespass") })

const register = async (name: string) => {
  const body = { email: `${name}@example.com`, password: "correct horse battery", name }
  return decode(SignedIn, await front.post("/v1/auth/register", body))
}

beforeAll(async () => {
  shop = await Shop.start({ SOUK_RATE_LIMIT: "0", SOUK_RATE_LIMIT_AUTH: "0" })
  front = new Storefront(shop.client)
  sku = await front.putUp(10, 500)
  owner = await register("owner")
  other = await register("other")
  const { customerId: _, ...body } = orderBody([{ sku, quantity: 1 }])
  const headers = { ...key(), prefer: "wait=30" }
  const placed = await new Client(shop.baseUrl, owner.accessToken).post("/v1/orders", body, headers)
  orderId = decode(Schema.Struct({ id: text }), placed).id
  const made = await front.post("/v1/api-keys", { name: "a key", scopes: ["orders:read"] })
  keyId = decode(Schema.Struct({ id: text }), made).id
  const contract = await shop.client.read(Contract, "/openapi.json")
  const filled = (path: string) =>
    path
      .replace("{sku}", sku)
      .replace("{orderId}", orderId)
      .replace("users/{id}", `users/${owner.user.id}`)
      .replace("api-keys/{id}", `api-keys/${keyId}`)
      .replace("{id}", orderId)
  endpoints = Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => {
      const json = requestBody?.content["application/json"]
      const fields = json && new Set(Object.keys(json.schema.properties ?? {}))
      const [example] = Object.values(json?.examples ?? {})
      const named = contract.components.examples[example?.$ref.split("/").at(-1) ?? ""]
      const upper = method.toUpperCase()
      return {
        name: `${upper} ${path}`,
        method: upper,
        path: filled(path),
        fields,
        body: Predicate.isRecord(named?.value) ? named.value : undefined
      }
    })
  )
  named = new Set(
    Object.entries(contract.paths).flatMap(([path, methods]) =>
      path.endsWith("}")
        ? Object.keys(methods).map(
            (method) => `${method.toUpperCase()} ${path.slice(0, path.lastIndexOf("/"))}`
          )
        : []
    )
  )
  paths = Object.entries(contract.paths).map(([path, methods]) => [
    filled(path),
    Object.keys(methods).map((method) => method.toUpperCase())
  ])
})

afterAll(async () => {
  await shop?.close()
})

const ask = (
  method: string,
  target: string,
  token: string | undefined,
  body = method === "GET" || method === "HEAD" ? undefined : "{}"
): Promise<Answer> =>
  talk(shop.baseUrl, [
    head(`${method} ${target}`, {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      "Idempotency-Key": front.name("trespass"),
      ...(body === undefined
        ? {}
        : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) })
    }),
    body ?? ""
  ])

/** Bodies of providers are signed, and may have any field. */
const signed = "POST /v1/webhooks/stripe"

/** Fields that a client may want to set. */
const coveted: Readonly<Record<string, unknown>> = {
  amount: { amountMinor: 1, currency: "EUR" },
  available: 1_000,
  balance: 1,
  captured: { amountMinor: 0, currency: "EUR" },
  constructor: { prototype: { role: "admin" } },
  createdAt: "2020-01-01T00:00:00Z",
  customerId: "usr_00000000000000000000000000000000",
  discount: 100,
  email: "admin@example.com",
  id: "ord_00000000000000000000000000000000",
  isAdmin: true,
  onHand: 1_000,
  orderId: "ord_00000000000000000000000000000000",
  passwordHash: "$argon2id$v=19$m=8,t=1,p=1$YQ$YQ",
  price: { amountMinor: 1, currency: "EUR" },
  reserved: 0,
  role: "admin",
  scopes: ["journal:read"],
  sku: "SKU-1",
  status: "delivered",
  total: { amountMinor: 1, currency: "EUR" },
  unitPrice: { amountMinor: 1, currency: "EUR" },
  userId: "usr_00000000000000000000000000000000",
  version: 1,
  who: "admin"
}

describe("a field that the client may not set", () => {
  it("is refused on every path that takes a body, for every credential", async () => {
    const taking = endpoints.filter(({ fields, name }) => fields !== undefined && name !== signed)
    expect(taking.length).toBeGreaterThan(15)
    const tries = taking.flatMap((endpoint) => {
      const { body } = endpoint
      if (body === undefined) throw new Error(`a body is missing for ${endpoint.name}`)
      return Object.entries(coveted)
        .filter(([name]) => endpoint.fields?.has(name) === false)
        .map(([name, value]) => ({ endpoint, name, body: { ...body, [name]: value } }))
    })
    expect(tries.length).toBeGreaterThan(300)
    await untouched(shop.client, () =>
      inParallel(tries, width, async ({ body, endpoint: { method, name, path }, name: field }) => {
        const answer = await ask(method, path, shop.adminKey, JSON.stringify(body))
        refused(answer, `${name} ${field}`, 400)
        expect(answer.text).toContain(`"#/${field}"`)
      })
    )
  })

  it("is refused in the parts of a body, too", async () => {
    const price = { amountMinor: 1, currency: "EUR" }
    const order = orderBody([{ sku, quantity: 1 }])
    const nested: ReadonlyArray<readonly [string, string, object]> = [
      ["POST", "/v1/orders", { ...order, lines: [{ sku, quantity: 1, unitPrice: price }] }],
      ["POST", "/v1/orders", { ...order, paymentMethod: { type: "card", token: "t", status: 1 } }],
      [
        "POST",
        "/v1/orders",
        { ...order, shippingAddress: { ...Object(order["shippingAddress"]), role: "admin" } }
      ],
      ["PUT", `/v1/products/${sku}`, { name: "Lamp", price: { ...price, status: "free" } }],
      ["POST", `/v1/payments/${orderId}/refunds`, { reason: "a", amount: { ...price, to: "me" } }]
    ]
    await untouched(shop.client, () =>
      inParallel(nested, width, async ([method, path, body]) =>
        refused(await ask(method, path, shop.adminKey, JSON.stringify(body)), path, 400)
      )
    )
  })

  it("cannot be set by a customer on their own order", async () => {
    const body = orderBody([{ sku, quantity: 1 }])
    await untouched(shop.client, async () => {
      const forAnother = JSON.stringify({ ...body, customerId: owner.user.id })
      refused(await ask("POST", "/v1/orders", other.accessToken, forAnother), "customerId", 400)
    })
  })
})

describe("another's order", () => {
  it("is not found, on any path, by any method", async () => {
    const about = endpoints.filter(({ path }) => path.includes(orderId))
    expect(about.length).toBeGreaterThan(8)
    await untouched(shop.client, () =>
      inParallel(about, width, async ({ body: given = {}, method, name, path }) => {
        const body = method === "GET" ? undefined : JSON.stringify(given)
        refused(await ask(method, path, other.accessToken, body), name, 403, 404)
        refused(await ask(method, path, undefined, body), name, 401)
      })
    )
  })
})

describe("a path", () => {
  it("of the shop's staff is closed to customers and to callers without a credential", async () => {
    const areas = "journal|users|api-keys|security-events|sandbox|reminders|dead-letters|inventory"
    const ofOperators = new RegExp(`^/v1/(${areas})`)
    const closed = endpoints.filter(({ path }) => ofOperators.test(path))
    expect(closed.length).toBeGreaterThan(12)
    await untouched(shop.client, () =>
      inParallel(closed, width, async ({ body: given = {}, method, name, path }) => {
        const body = method === "GET" ? undefined : JSON.stringify(given)
        refused(await ask(method, path, owner.accessToken, body), name, 403)
        refused(await ask(method, path, undefined, body), name, 401)
      })
    )
  })

  it("accepts its methods, and no other", async () => {
    const all = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "LINK"]
    const swaps = paths.flatMap(([path, methods]) =>
      all.filter((method) => !methods.includes(method)).map((method) => [method, path] as const)
    )
    const none = ["get", "Get", "FOO", "G\tET", "GETT", "CONNECT"]
    await untouched(shop.client, async () => {
      await inParallel(swaps, width, async ([method, path]) => {
        const answer = await ask(method, path, shop.adminKey)
        // Where an id may be, as in /v1/payments/{orderId}, this is the id of nothing.
        const isName = named.has(`${method} ${path.slice(0, path.lastIndexOf("/"))}`)
        refused(answer, `${method} ${path}`, isName ? 404 : 405)
        expect((answer.headers.get("allow") ?? "").split(", ")).not.toContain(method)
      })
      for (const method of none) {
        refused(await ask(method, "/v1/orders", shop.adminKey), method, 400, 405)
      }
    })
  })

  it("is answered to HEAD as to GET, without a body", async () => {
    for (const [path, methods] of paths) {
      if (!methods.includes("GET") || path.endsWith("/stream")) continue
      const response = await fetch(shop.baseUrl + path, { method: "HEAD" })
      expect([path, await response.text()]).toEqual([path, ""])
      expect([path, [200, 401]]).toEqual([path, expect.arrayContaining([response.status])])
    }
  })

  it("has one spelling: no other leads there, for any credential", async () => {
    const spellings = (path: string): ReadonlyArray<string> => {
      const [, first = "", ...rest] = path.split("/")
      const last = rest.at(-1) ?? first
      const encoded = `%${(last.codePointAt(0) ?? 0).toString(16)}${last.slice(1)}`
      return [
        `/${path}`,
        `${path}/`,
        `${path}//`,
        `${path}/.`,
        `${path}/..`,
        `${path};x=1`,
        `${path}%00`,
        `${path}%2f`,
        `${path}%20`,
        `${path}.json`,
        `/.${path}`,
        `/..${path}`,
        `/%2e${path}`,
        `/%2e%2e${path}`,
        `/x/..${path}`,
        `/v1/products/..${path}`,
        `/v1/products/%2e%2e${path}`,
        `/v1/products/..%2f..${path}`,
        path.replaceAll("/", "\\"),
        path.replaceAll("/", "//"),
        path.replaceAll("/", "%2f"),
        path.replace(/^\/\w+/, (part) => part.toUpperCase()),
        // A parameter may be escaped, and is the same parameter.
        ...(/[{A-Z_]/.test(last) ? [] : [path.slice(0, -last.length) + encoded])
      ]
    }
    const tricks = endpoints
      .filter(({ path }) => path !== "/")
      .flatMap(({ method, path }) =>
        spellings(path).flatMap((target) => (target === path ? [] : [[method, target] as const]))
      )
    await untouched(shop.client, () =>
      inParallel(tricks, width, async ([method, target]) => {
        const answer = await ask(method, target, shop.adminKey)
        // A POST may match the path of a product, which has no such method.
        refused(answer, `${method} ${target}`, 400, 404, 405)
      })
    )
  })

  it("is not chosen by headers", async () => {
    const headers = {
      "X-HTTP-Method-Override": "DELETE",
      "X-Original-URL": "/v1/journal",
      "X-Rewrite-URL": "/v1/journal",
      "X-Forwarded-For": "127.0.0.1",
      "X-Forwarded-Prefix": "/v1/journal",
      "X-User": "admin"
    }
    const lines = (target: string) => head(`GET ${target}`, headers)
    refused(await talk(shop.baseUrl, [lines("/v1/orders")]), "headers", 401)
    const page = must(await talk(shop.baseUrl, [lines("/v1/products?limit=1")]), 200)
    expect(page.text).toContain('"object":"list"')
  })
})

it("the shop has logged no error", () => noBugs(shop))
