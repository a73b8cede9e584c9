/** CORS. */
import { assert, describe, it, layer } from "@effect/vitest"
import * as Cors from "@souk/http/edge/Cors"
import { ConfigProvider, Effect, Either, Layer } from "effect"
import { get, send } from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const shop = "https://shop.example"

const preflight = (origin: string, path = "/v1/orders") =>
  send("OPTIONS", path, {
    isAnonymous: true,
    headers: { origin, "access-control-request-method": "POST" }
  })

const leave = "access-control-allow-origin"

const listing = TestHttpApp.layer.pipe(
  Layer.provide(Layer.succeed(Cors.AllowedOrigins, new Set([shop, "http://localhost:5173"])))
)

layer(listing, { excludeTestServices: true })("an allowed origin", (it) => {
  it.effect("may send requests and read the headers it needs", () =>
    Effect.gen(function* () {
      const asked = yield* preflight(shop)
      assert.strictEqual(asked.status, 204)
      assert.strictEqual(asked.headers.get(leave), shop)
      assert.strictEqual(asked.headers.get("access-control-allow-methods"), "GET, HEAD, POST")
      const allowed = asked.headers.get("access-control-allow-headers") ?? ""
      for (const header of ["Authorization", "Idempotency-Key", "Content-Type"]) {
        assert.include(allowed.split(", "), header)
      }
      assert.strictEqual(asked.headers.get("access-control-max-age"), "600")
      for (const path of ["/v1/products", "/nowhere"]) {
        const { headers } = yield* get(path, { headers: { origin: shop } })
        assert.strictEqual(headers.get(leave), shop)
        assert.strictEqual(headers.get("vary"), "Origin")
        assert.include(headers.get("access-control-expose-headers"), "ETag")
        assert.isNull(headers.get("access-control-allow-credentials"))
      }
    })
  )

  it.effect("is the only one with access", () =>
    Effect.gen(function* () {
      const others = ["https://shop.example.evil", "http://shop.example", `${shop}:444`, "null"]
      for (const origin of others) {
        const asked = yield* preflight(origin)
        assert.strictEqual(asked.status, 204)
        assert.isNull(asked.headers.get("access-control-allow-methods"))
        const answer = yield* get("/v1/products", { headers: { origin } })
        assert.isNull(answer.headers.get(leave), origin)
        assert.strictEqual(answer.headers.get("vary"), "Origin")
      }
      const plain = yield* send("OPTIONS", "/v1/orders")
      assert.strictEqual(plain.status, 405)
      assert.strictEqual((yield* preflight(shop, "/nowhere")).status, 404)
    })
  )
})

layer(TestHttpApp.layer, { excludeTestServices: true })("without allowed origins", (it) => {
  it.effect("no origin has access", () =>
    Effect.gen(function* () {
      assert.isNull((yield* preflight(shop)).headers.get(leave))
      const { headers } = yield* get("/v1/products", { headers: { origin: shop } })
      assert.isNull(headers.get(leave))
      assert.isNull(headers.get("vary"))
    })
  )
})

describe("SOUK_CORS_ORIGINS", () => {
  const read = (value: string) =>
    Cors.AllowedOrigins.pipe(
      Effect.provide(Cors.layer),
      Effect.withConfigProvider(
        ConfigProvider.fromMap(new Map([["SOUK_CORS_ORIGINS", value]]), {
          pathDelim: "_"
        })
      ),
      Effect.either
    )

  it.effect("must be a list of origins", () =>
    Effect.gen(function* () {
      const origins = yield* read(`${shop}, http://localhost:5173,`)
      assert.deepStrictEqual(Either.getOrThrow(origins), new Set([shop, "http://localhost:5173"]))
      assert.deepStrictEqual(Either.getOrThrow(yield* read("")), new Set())
      for (const bad of ["*", "shop.example", `${shop}/`, "https://a.example b", "null"]) {
        assert.isTrue(Either.isLeft(yield* read(bad)), bad)
      }
    })
  )
})
