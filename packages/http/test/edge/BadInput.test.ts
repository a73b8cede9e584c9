/** Invalid input: refused quickly, with a problem document, and without an event in the journal. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import {
  address,
  assertNothingWritten,
  assertProblem,
  orderOf,
  place,
  post,
  sell,
  send
} from "../support/Requests.ts"

const line = { sku: "LAMP", quantity: 1 }
const lines = (...given: ReadonlyArray<unknown>) => ({ ...orderOf(), lines: given })
const quantity = (given: unknown) => lines({ ...line, quantity: given })
const shipTo = (given: object) => ({ ...orderOf(), shippingAddress: { ...address, ...given } })
const payBy = (given: object) => ({
  ...orderOf(),
  paymentMethod: { type: "card", token: "pm_card_visa", ...given }
})
const metadata = (given: unknown) => ({ ...orderOf(), metadata: given })
const manyKeys = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`key-${n}`, "value"]))

/** Invalid bodies of an order, and the pointer of the first error. */
const orders = [
  ["an empty body", "", "#/lines"],
  ["null", null, "#"],
  ["a list", [], "#"],
  ["a number", 1, "#"],
  ["a text", JSON.stringify("order"), "#"],
  ["no customer", { ...orderOf(), customerId: undefined }, "#/customerId"],
  ["a customer of another form", { ...orderOf(), customerId: "a b" }, "#/customerId"],
  ["no lines", { ...orderOf(), lines: undefined }, "#/lines"],
  ["empty lines", lines(), "#/lines/0"],
  ["lines that are none", { ...orderOf(), lines: {} }, "#/lines"],
  ["a line that is none", lines(null), "#/lines/0"],
  ["a second line without SKU", lines(line, { quantity: 1 }), "#/lines/1/sku"],
  ["a SKU of another form", lines({ ...line, sku: "no sku" }), "#/lines/0/sku"],
  ["quantity 0", quantity(0), "#/lines/0/quantity"],
  ["quantity -1", quantity(-1), "#/lines/0/quantity"],
  ["quantity 1.5", quantity(1.5), "#/lines/0/quantity"],
  ["quantity as text", quantity("1"), "#/lines/0/quantity"],
  ["quantity above the cap", quantity(1_000_001), "#/lines/0/quantity"],
  [
    "quantity 2^53 + 1",
    JSON.stringify(quantity(-7)).replace("-7", "9007199254740993"),
    "#/lines/0/quantity"
  ],
  ["quantity 1e309", JSON.stringify(quantity(-7)).replace("-7", "1e309"), "#/lines/0/quantity"],
  ["quantity -0", JSON.stringify(quantity(-7)).replace("-7", "-0"), "#/lines/0/quantity"],
  ["quantity null", quantity(null), "#/lines/0/quantity"],
  ["101 lines", lines(...Array.from({ length: 101 }, () => line)), "#/lines"],
  ["an unknown field", { ...orderOf(), total: 1 }, "#/total"],
  ["what only the shop may know", { ...orderOf(), refused: [] }, "#/refused"],
  ["a price in a line", lines({ ...line, unitPrice: 1 }), "#/lines/0/unitPrice"],
  ["an unknown field with odd letters", { ...orderOf(), "a/b~c é": 1 }, "#/a~1b~0c%20%C3%A9"],
  ["NUL in a text", shipTo({ name: "a\u0000b" }), "#/shippingAddress/name"],
  ["a lone surrogate", shipTo({ name: "a\ud800b" }), "#/shippingAddress/name"],
  ["another lone surrogate", shipTo({ line1: "\udc00" }), "#/shippingAddress/line1"],
  ["a text of 1 MB", shipTo({ city: "x".repeat(101) }), "#/shippingAddress/city"],
  ["a text of 201 emoji", shipTo({ line2: "😀".repeat(201) }), "#/shippingAddress/line2"],
  ["a name of blanks alone", shipTo({ name: " \u00a0\u200b\t" }), "#/shippingAddress/name"],
  ["a city of blanks alone", shipTo({ city: "   " }), "#/shippingAddress/city"],
  ["an empty text", shipTo({ city: "" }), "#/shippingAddress/city"],
  ["a country by its name", shipTo({ country: "Holland" }), "#/shippingAddress/country"],
  ["no address", { ...orderOf(), shippingAddress: null }, "#/shippingAddress"],
  ["a payment of another kind", payBy({ type: "cash" }), "#/paymentMethod/type"],
  ["a card number for a token", payBy({ token: "4242 4242 4242 4242" }), "#/paymentMethod/token"],
  ["metadata of another form", metadata({ a: 1 }), "#/metadata/a"],
  ["NUL in metadata", metadata({ a: "\u0000" }), "#/metadata/a"],
  ["a lone surrogate in a key", metadata({ "\ud800": "a" }), "#/metadata"],
  ["21 entries of metadata", metadata(manyKeys), "#/metadata"]
] as const

/** Texts that are not exactly one JSON value. */
const texts = [
  ["half an object", '{"lines":[', "#"],
  ["a word", "order", "#"],
  ["a trailing comma", '{"customerId":"a",}', "#"],
  ["two objects", "{}{}", "#"],
  ["NaN", '{"customerId":NaN}', "#"],
  ["a name twice", '{"customerId":"a","customerId":"b"}', "#/customerId"],
  ["a name twice, once escaped", '{"a":{"b":[0,{"c":1,"\\u0063":2}]}}', "#/a/b/1/c"],
  ["a prototype", '{"metadata":{"__proto__":{"admin":true}}}', "#/metadata/__proto__"],
  ["very deep nesting", "[".repeat(100_000) + "]".repeat(100_000), undefined],
  ["deep nesting", `{"a":${"[".repeat(40)}${"]".repeat(40)}}`, `#/a${"/0".repeat(31)}`],
  ["very many values", `[${"0,".repeat(100_000)}0]`, "#"]
] as const

layer(TestHttpApp.layer, { excludeTestServices: true })("an invalid order", (it) => {
  const refused = (body: unknown, pointer: string | undefined) =>
    Effect.gen(function* () {
      const answer = yield* assertNothingWritten(place("bad input", body))
      assertProblem(answer, 400, "invalid_request")
      const [first] = answer.body.errors
      if (pointer !== undefined) assert.strictEqual(first.pointer, pointer, answer.text)
      assert.isString(first.detail)
      // The whole group: a random request id may well have 4242 in it.
      assert.notMatch(answer.text, /4242 ?4242/)
    })

  for (const [what, body, pointer] of orders) {
    it.effect(`with ${what}`, () => refused(body, pointer))
  }
  for (const [what, text, pointer] of texts) {
    it.effect(`written as ${what}`, () => refused(text, pointer))
  }

  it.effect("is refused with all errors at once", () =>
    Effect.gen(function* () {
      const answer = yield* place("all", { ...quantity(0), color: "red", customerId: 5 })
      const pointers = answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)
      assert.sameMembers(pointers, ["#/color", "#/customerId", "#/lines/0/quantity"])
      assert.include(answer.body.detail, "(and 2 more)")
    })
  )

  it.effect("that is not UTF-8", () =>
    Effect.gen(function* () {
      const bytes = Buffer.from(JSON.stringify(shipTo({ name: "Zoë" })), "latin1")
      const answer = yield* assertNothingWritten(place("latin1", bytes))
      assertProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.body.errors[0].detail, "is not UTF-8")
    })
  )

  it.effect("without a key, or with a malformed one", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const missing = yield* assertNothingWritten(post("/v1/orders", orderOf()))
      assertProblem(missing, 400, "invalid_request")
      assert.strictEqual(missing.body.errors[0].header, "Idempotency-Key")
      for (const key of ["", "x".repeat(256), '"unfinished', '"', '""', '"a"b"', "caf\u00e9"]) {
        const answer = yield* assertNothingWritten(place(key))
        assertProblem(answer, 400, "invalid_request")
        assert.strictEqual(answer.body.errors[0].header, "Idempotency-Key", key)
      }
      assert.strictEqual((yield* place("x".repeat(255))).status, 201)
    })
  )

  it.effect("that is not JSON", () =>
    Effect.gen(function* () {
      const types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/json; charset=latin1",
        "application/jsonp"
      ]
      for (const type of types) {
        const headers = { "content-type": type }
        const answer = yield* assertNothingWritten(place("typed", orderOf(), headers))
        assertProblem(answer, 415, "unsupported_media_type")
      }
      const zipped = place("zipped", orderOf(), { "content-encoding": "gzip" })
      assertProblem(yield* assertNothingWritten(zipped), 415, "unsupported_media_type")
      const headers = { "content-type": "application/json; charset=UTF-8" }
      assert.strictEqual((yield* place("charset", orderOf(), headers)).status, 201)
    })
  )

  it.effect("that is too large, with or without a declared length", () =>
    Effect.gen(function* () {
      const text = `{"metadata":{"a":"${"x".repeat(12 * 1024 * 1024)}"}}`
      const large = yield* assertNothingWritten(place("large", text))
      assertProblem(large, 413, "payload_too_large")
      assert.strictEqual(large.body.bytesMax, 262_144)
      const within = `{"metadata":{"a":"${"x".repeat(262_144 - 24)}"}}`
      assertProblem(yield* place("within", within), 400, "invalid_request")
      const beyond = `${within}          `
      assertProblem(yield* place("beyond", beyond), 413, "payload_too_large")
    })
  )

  it.effect("without credentials", () =>
    Effect.gen(function* () {
      const credentials = [
        undefined,
        "Bearer wrong",
        "Bearer",
        "Bearer ",
        `Basic ${TestHttpApp.adminKey}`,
        TestHttpApp.adminKey,
        `Bearer ${TestHttpApp.adminKey}x`,
        `Bearer ${TestHttpApp.adminKey} x`
      ]
      for (const authorization of credentials) {
        const headers = {
          "idempotency-key": "unauthorized",
          ...(authorization === undefined ? {} : { authorization })
        }
        const sending = { isAnonymous: true, headers, body: orderOf() }
        const answer = yield* assertNothingWritten(send("POST", "/v1/orders", sending))
        assertProblem(answer, 401, "unauthorized")
        assert.strictEqual(answer.headers.get("www-authenticate"), 'Bearer realm="souk"')
      }
    })
  )
})
