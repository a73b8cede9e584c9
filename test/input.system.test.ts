/** Invalid bodies, texts, numbers and keys, against a whole process. */
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Answer, Client } from "./support/Client.ts"
import { inParallel } from "./support/Eventually.ts"
import { withMemoryProbe, settledBytes } from "./support/MemoryProbe.ts"
import { sizeOf } from "./support/Processes.ts"
import { head, type Part, talk } from "./support/Raw.ts"
import { noBugs, refused, untouched } from "./support/Refusals.ts"
import { Shop } from "./support/Shop.ts"
import { must, problem, Storefront } from "./support/Storefront.ts"
import { orderBody } from "./support/RequestGenerator.ts"

const mebibyte = 2 ** 20

let shop: Shop
let front: Storefront
let sku: string

beforeAll(async () => {
  shop = await Shop.start({ ...withMemoryProbe, SOUK_RATE_LIMIT_AUTH: "0" })
  front = new Storefront(shop.client)
  sku = await front.putUp(10, 500)
})

afterAll(async () => {
  await shop?.close()
})

type Headers = Readonly<Record<string, string | number>>

/** Sends an order with exactly these headers and this body. */
const send = (body: Iterable<Part>, headers: Headers, isEnded = false): Promise<Answer> => {
  const lines = head("POST /v1/orders", {
    Authorization: `Bearer ${shop.adminKey}`,
    "Content-Type": "application/json",
    "Idempotency-Key": front.name("input"),
    ...headers
  })
  return talk(shop.baseUrl, [lines, ...body], { isEnded })
}

const sendWhole = (body: Part, headers: Headers = {}) =>
  send([body], { "Content-Length": Buffer.byteLength(body), ...headers })

const good = () => JSON.stringify(orderBody([{ sku, quantity: 1 }]))

/** A valid order with this JSON in place of its quantity. */
const quantity = (json: string) => good().replace('"quantity":1', `"quantity":${json}`)

/** 100 MB, created piece by piece. */
function* hundredMegabytes(open: string): Generator<Part> {
  const piece = Buffer.alloc(100_000, "x")
  yield open
  for (let n = 0; n < 1_000; n++) yield piece
}

describe("a body", () => {
  const bodies = (): ReadonlyArray<readonly [string, Part, number, Headers?]> => [
    ["half an object", '{"lines":[', 400],
    ["nothing", "", 400],
    ["a list", "[]", 400],
    ["a word", "order", 400],
    ["a trailing comma", good().replace(/}$/, ",}"), 400],
    ["two objects", `${good()}${good()}`, 400],
    ["text for a list", good().replace(/"lines":\[[^\]]*\]/, '"lines":"all"'), 400],
    ["a name twice", good().replace("{", '{"customerId":"cus_other",'), 400],
    ["a prototype", good().replace("{", '{"__proto__":{"role":"admin"},'), 400],
    ["a constructor", good().replace("{", '{"constructor":{"prototype":{"role":1}},'), 400],
    ["10^5 lists in each other", "[".repeat(100_000) + "]".repeat(100_000), 400],
    ["10^5 objects in each other", `${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}`, 400],
    ["10^5 values", `[${"0,".repeat(100_000)}0]`, 400],
    ["not UTF-8", Buffer.from(good().replace("Ada", "Zoë"), "latin1"), 400],
    ["UTF-16", Buffer.from(good(), "utf16le"), 400],
    ["of another type", good(), 415, { "Content-Type": "text/plain" }],
    ["of another charset", good(), 415, { "Content-Type": "application/json; charset=latin1" }],
    ["gzip", gzipSync(good()), 415, { "Content-Encoding": "gzip" }],
    ["gzip bomb", gzipSync(Buffer.alloc(50 * mebibyte)), 415, { "Content-Encoding": "gzip" }],
    ["gzip on the way", gzipSync(good()), 400, { "Transfer-Encoding": "gzip" }],
    ["of two lengths", good(), 400, { "Transfer-Encoding": "chunked" }],
    ["shorter than it is", good(), 400, { "Content-Length": 5 }],
    ["of negative length", good(), 400, { "Content-Length": -1 }],
    ["of no length a number holds", good(), 400, { "Content-Length": "9".repeat(40) }],
    ["a byte too long", `${good()}${" ".repeat(256 * 1024)}`, 413],
    ["of 100 MB, it says", "{", 413, { "Content-Length": 100_000_000 }]
  ]

  it("that is invalid is refused with a problem document, and appends nothing", async () => {
    await untouched(shop.client, () =>
      inParallel(bodies(), 4, async ([what, body, status, headers]) =>
        refused(await sendWhole(body, headers), what, status)
      )
    )
  })

  it("that ends before it is complete is dropped, and appends nothing", async () => {
    await untouched(shop.client, async () => {
      const lie = { "Content-Length": Buffer.byteLength(good()) + 1 }
      const answer = await send([good()], lie, true).catch(() => undefined)
      if (answer !== undefined) refused(answer, "cut", 400)
      const chunk = `${good().length.toString(16)}\r\n${good()}\r\n`
      const cut = await send([chunk], { "Transfer-Encoding": "chunked" }, true).catch(
        () => undefined
      )
      if (cut !== undefined) refused(cut, "cut", 400)
    })
  })

  it("of 100 MB is refused at once, without an increase of memory", async () => {
    const lie = { "Content-Length": 100_000_000 }
    const chunked = { "Transfer-Encoding": "chunked" }
    const flood = (times: number) =>
      inParallel([...Array(times).keys()], 4, async (n) => {
        const chunk = "5f5e100\r\n" // 100,000,000 in one chunk.
        const answer =
          n % 2 === 0
            ? await send(hundredMegabytes(""), lie)
            : await send(hundredMegabytes(chunk), chunked)
        refused(answer, "100 MB", 413)
      })
    await flood(4)
    const before = await settledBytes(shop)
    const { residentKib } = sizeOf(shop.process.pid)
    await untouched(shop.client, () => flood(16))
    // Where the system reports no sizes, both are 0.
    const grownKib = sizeOf(shop.process.pid).residentKib - residentKib
    expect(grownKib).toBeLessThan(200 * 1024)
    expect((await settledBytes(shop)) - before).toBeLessThan(8 * mebibyte)
  })
})

const register = (email: string, password = "correct horse battery") =>
  front.post("/v1/auth/register", { email, password, name: "Ada" })

describe("a text", () => {
  /** Every field of text, as a request with this text in it. */
  const places = (text: string): ReadonlyArray<readonly [string, () => Promise<Answer>]> => {
    const line = [{ sku, quantity: 1 }]
    const order = (change: Parameters<typeof orderBody>[1]) => () =>
      front.post("/v1/orders", orderBody(line, change), { "idempotency-key": front.name("text") })
    const post = (path: string, body: object) => () =>
      front.post(path, body, { "idempotency-key": front.name("text") })
    const price = { amountMinor: 1, currency: "EUR" }
    return [
      ["metadata", order({ metadata: { note: text } })],
      ["a key of metadata", order({ metadata: { [text]: "note" } })],
      ["an address", order({ shippingAddress: { name: text } })],
      ["a country", order({ country: text })],
      ["a card", order({ token: text })],
      ["a customer", order({ customerId: text })],
      ["a SKU", order({ lines: [{ sku: text, quantity: 1 }] })],
      ["a product", () => shop.client.put(`/v1/products/${sku}`, { name: text, price })],
      ["a delivery", post(`/v1/inventory/${sku}/receipts`, { quantity: 1, reference: text })],
      ["an adjustment", post(`/v1/inventory/${sku}/adjustments`, { delta: 1, reason: text })],
      ["a cancellation", post("/v1/orders/ord_0000000000000000/cancellation", { reason: text })],
      ["a refund", post("/v1/payments/ord_0000000000000000/refunds", { reason: text })],
      ["an e-mail address", () => register(`a${text}b@example.com`)],
      ["a password", () => register("unknown@example.com", `correct horse ${text}`)],
      ["a login", post("/v1/auth/login", { email: text, password: "correct horse" })],
      ["a refresh token", post("/v1/auth/refresh", { refreshToken: text })],
      ["an API key", post("/v1/api-keys", { name: text, scopes: ["orders:read"] })]
    ]
  }

  it.each([
    ["NUL", "a\u0000b", 400],
    ["a lone surrogate", "a\ud800b", 400],
    ["the other half of one", "\udc00", 400],
    ["1 MB", "x".repeat(1_000_000), 413]
  ] as const)("with %s is refused wherever it stands", async (_, text, status) => {
    await untouched(shop.client, () =>
      inParallel(places(text), 4, async ([where, ask]) => refused(await ask(), where, status))
    )
  })

  it("in a path or a query is not found or refused", async () => {
    const spellings = ["%00", "a%00b", "%ED%A0%80", "%C0%80", "%FF", "%E2%80%AE", "x".repeat(7_000)]
    await untouched(shop.client, () =>
      inParallel(spellings, 4, async (name) => {
        for (const path of ["orders", "payments", "products", "inventory"]) {
          refused(await front.client.get(`/v1/${path}/${name}`), `${path} ${name}`, 400, 404)
          const page = await front.client.get(`/v1/${path}?startingAfter=${name}`)
          refused(page, `?${path} ${name}`, 400, 404)
        }
      })
    )
  })

  it("of any script is stored unchanged", async () => {
    const note =
      "\u202Eعربى \u05E9\u05DC\u05D5\u05DD 日本 👩‍👩‍👧 e\u0301 é \uFEFF \\ \" ' ; -- \u2028 ﷽"
    const order = { metadata: { note } }
    const key = { "idempotency-key": front.name("script"), prefer: "wait=30" }
    const placed = await front.post("/v1/orders", orderBody([{ sku, quantity: 1 }], order), key)
    const { id } = JSON.parse(must(placed, 201).text)
    for (const { metadata } of [JSON.parse(placed.text), await readOrder(id)]) {
      expect(metadata.note).toBe(note)
    }
  })

  it("that is an equivalent e-mail address is the same account", async () => {
    const password = "correct horse battery"
    must(await register("jos\u00e9@example.com"), 201)
    const twins = [
      "jose\u0301@example.com",
      "JOS\u00c9@EXAMPLE.COM",
      "\uff4aos\u00e9@example.com",
      "jos\u00e9@e\uff58ample.com"
    ]
    for (const email of twins) {
      problem(await register(email), 409, "email_taken")
      must(await front.post("/v1/auth/login", { email, password }), 200)
    }
  })
})

const readOrder = async (id: string) =>
  JSON.parse((await front.client.get(`/v1/orders/${id}`)).text)

describe("a number", () => {
  const never = ["-1", "1.5", "1e309", "-1e309", "1e-7", '"1"', "null", "true", "[1]", "{}"]
  const beyond = ["9007199254740993", "1e15", "1000000000001", "99999999999999999999999999"]
  const garbled = ["NaN", "Infinity", "0x10", "01", "+1", "1_000", ".5", "1."]
  const zero = ["0", "-0"]

  const wrong = (path: string, json: string) =>
    talk(shop.baseUrl, [
      head(path, {
        Authorization: `Bearer ${shop.adminKey}`,
        "Content-Type": "application/json",
        "Idempotency-Key": front.name("number"),
        "Content-Length": Buffer.byteLength(json)
      }),
      json
    ])

  const fields: ReadonlyArray<readonly [string, string, ReadonlyArray<string>]> = [
    ["POST /v1/orders", "", zero],
    ["POST /v1/inventory/SKU-1/receipts", '{"quantity":?}', zero],
    ["POST /v1/inventory/SKU-1/adjustments", '{"delta":?,"reason":"no"}', zero],
    ["PUT /v1/inventory/SKU-1/reorder-point", '{"reorderPoint":?,"reorderQuantity":1}', []],
    ["PUT /v1/products/SKU-1", '{"name":"a","price":{"amountMinor":?,"currency":"EUR"}}', []],
    [
      "POST /v1/payments/ord_0000000000000000/refunds",
      '{"reason":"no","amount":{"amountMinor":?,"currency":"EUR"}}',
      []
    ],
    ["POST /v1/api-keys/key_0000000000000000/rotation", '{"overlapSeconds":?}', []]
  ]

  it.each(fields)("of %s that is invalid is refused", async (path, body, others) => {
    const isSigned = path.endsWith("adjustments")
    const numbers = [...never, ...beyond, ...garbled, ...others].filter(
      (json) => !(isSigned && json === "-1")
    )
    await untouched(shop.client, () =>
      inParallel(numbers, 4, async (json) => {
        const text = body === "" ? quantity(json) : body.replace("?", json)
        refused(await wrong(path, text), `${path} ${json}`, 400)
      })
    )
  })

  it("that exceeds the largest amount in total is refused before any event", async () => {
    const price = 999_999_999_999
    const [dear, other] = [await front.putUp(0, price), await front.putUp(0, price)]
    await untouched(shop.client, async () => {
      problem(await front.ask({ [dear]: 1_000_000 }), 422, "order_too_large")
      problem(await front.ask({ [dear]: 2 }), 422, "order_too_large")
      problem(await front.ask({ [dear]: 1, [other]: 1 }), 422, "order_too_large")
    })
    const full = await front.putUp(0)
    const receive = (quantity: number) =>
      front.post(`/v1/inventory/${full}/adjustments`, { delta: quantity, reason: "counted" })
    must(await receive(1_000_000_000), 201)
    await untouched(shop.client, async () => {
      problem(await receive(1), 422, "stock_too_large")
      const receipt = await front.post(`/v1/inventory/${full}/receipts`, { quantity: 1_000_000 })
      problem(receipt, 422, "stock_too_large")
    })
    expect(await front.stock(full)).toEqual([1_000_000_000, 0, 1_000_000_000])
  })
})

describe("an idempotency key", () => {
  it("that is invalid is refused", async () => {
    const keys = [
      "",
      "x".repeat(256),
      "x".repeat(10_000),
      '"open',
      '"a"b"',
      "caf\u00e9",
      "a\u0001b"
    ]
    await untouched(shop.client, async () => {
      for (const key of keys) {
        refused(await sendWhole(good(), { "Idempotency-Key": key }), key.slice(0, 9), 400)
      }
      problem(await front.post("/v1/orders", orderBody([{ sku, quantity: 1 }])), 400)
    })
  })

  it("identifies an order of its own caller, with its own body", async () => {
    const key = { "idempotency-key": "k".repeat(255), prefer: "wait=30" }
    const { customerId: _, ...body } = orderBody([{ sku, quantity: 1 }])
    const ids: Array<string> = []
    for (const name of ["one", "two"]) {
      const { accessToken } = JSON.parse((await register(`${name}@example.com`)).text)
      const customer = new Client(shop.baseUrl, accessToken)
      ids.push(JSON.parse(must(await customer.post("/v1/orders", body, key), 201).text).id)
      await untouched(shop.client, async () => {
        const other = { ...body, metadata: { other: "body" } }
        problem(await customer.post("/v1/orders", other, key), 422, "idempotency_key_reused")
        const again = must(await customer.post("/v1/orders", body, key), 201)
        expect(again.headers.get("idempotent-replayed")).toBe("true")
      })
    }
    expect(new Set(ids).size).toBe(2)
  })
})

it("the shop has logged no error", () => noBugs(shop))
