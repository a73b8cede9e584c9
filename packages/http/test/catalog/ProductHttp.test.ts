/** Handlers of products. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import { assertNothingWritten, assertProblem, eur, get, put, sell } from "../support/Requests.ts"

layer(TestHttpApp.layer, { excludeTestServices: true })("the catalogue", (it) => {
  it.effect("creates and updates a product, and shows its availability to every caller", () =>
    Effect.gen(function* () {
      const fields = { name: "Brass lantern", price: eur(4_900) }
      const listed = yield* put("/v1/products/LAMP-1", fields)
      assert.strictEqual(listed.status, 201)
      assert.strictEqual(listed.headers.get("location"), "/v1/products/LAMP-1")
      assert.deepInclude(listed.body, { sku: "LAMP-1", ...fields, available: 0 })
      const same = yield* assertNothingWritten(put("/v1/products/LAMP-1", fields))
      assert.strictEqual(same.status, 200)
      assert.deepStrictEqual(same.body, listed.body)
      const description = "Hammered by hand."
      const revised = yield* put("/v1/products/LAMP-1", { ...fields, description })
      assert.strictEqual(revised.status, 200)
      assert.strictEqual(revised.body.description, description)
      yield* sell("LAMP-2", 7)
      const found = yield* get("/v1/products/LAMP-2", { isAnonymous: true })
      assert.strictEqual(found.status, 200)
      assert.strictEqual(found.body.available, 7)
    })
  )

  it.effect("answers 404 for unknown products and malformed SKUs", () =>
    Effect.gen(function* () {
      for (const sku of ["NOPE", "no-sku", "A_B", "%00", "X".repeat(65)]) {
        assertProblem(yield* get(`/v1/products/${sku}`), 404, "product_not_found")
      }
    })
  )

  it.effect("pages through the products, newest first", () =>
    Effect.gen(function* () {
      for (const n of [1, 2, 3]) yield* sell(`PAGE-${n}`, n)
      const first = yield* get("/v1/products?limit=2", { isAnonymous: true })
      const skus = first.body.data.map(({ sku }: { sku: string }) => sku)
      assert.deepStrictEqual(skus, ["PAGE-3", "PAGE-2"])
      assert.deepStrictEqual(first.body.data[0].available, 3)
      assert.isTrue(first.body.hasMore)
      assert.strictEqual(
        first.headers.get("link"),
        '</v1/products?limit=2&startingAfter=PAGE-2>; rel="next"'
      )
      const second = yield* get("/v1/products?limit=2&startingAfter=PAGE-2")
      assert.strictEqual(second.body.data[0].sku, "PAGE-1")
      const unknown = yield* get("/v1/products?startingAfter=NOPE")
      assertProblem(unknown, 400, "invalid_request")
      assert.strictEqual(unknown.body.errors[0].parameter, "startingAfter")
    })
  )

  it.effect("reports invalid fields of a product", () =>
    Effect.gen(function* () {
      const good = { name: "Lamp", price: eur(1) }
      const wrong = [
        [{ price: good.price }, "#/name"],
        [{ ...good, name: "" }, "#/name"],
        [{ ...good, name: "x".repeat(201) }, "#/name"],
        [{ ...good, name: "a\u0000b" }, "#/name"],
        [{ ...good, price: { amountMinor: -1, currency: "EUR" } }, "#/price/amountMinor"],
        [{ ...good, price: { amountMinor: 0.5, currency: "EUR" } }, "#/price/amountMinor"],
        [{ ...good, price: { amountMinor: 1e12 + 1, currency: "EUR" } }, "#/price/amountMinor"],
        [{ ...good, price: { amountMinor: 1, currency: "XXX" } }, "#/price/currency"],
        [{ ...good, price: { ...good.price, vat: 1 } }, "#/price/vat"],
        [{ ...good, sku: "OTHER" }, "#/sku"]
      ] as const
      for (const [body, pointer] of wrong) {
        const refused = yield* assertNothingWritten(put("/v1/products/WRONG", body))
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].pointer, pointer, refused.text)
      }
      const badSku = yield* assertNothingWritten(put("/v1/products/bad_sku", good))
      assertProblem(badSku, 400, "invalid_request")
      assert.strictEqual(badSku.body.errors[0].parameter, "sku")
    })
  )
})
