/** What all responses have in common. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { talk } from "../support/Sockets.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import { assertProblem, get, orderOf, place, sell, send } from "../support/Requests.ts"

layer(TestHttpApp.layer, { excludeTestServices: true })("the HTTP layer", (it) => {
  it.effect("answers 404 for unknown paths", () =>
    Effect.gen(function* () {
      const paths = [
        "/",
        "/v1",
        "/v2/orders",
        "/v1/orders/",
        "/V1/orders",
        "/v1//orders",
        "/v1/orders/ord_1/lines",
        "/.env",
        "/%",
        "/v1/%6frders",
        "/v1/auth/log%69n",
        "/v1/orders%2f",
        "/v1/orders/%ff",
        "/v1/products/%ED%A0%80",
        "/v1/orders;x=1",
        "/v1/products/LAMP;x=1",
        "/v1/payments/%72econciliation",
        `/v1/orders/${"x".repeat(201)}`,
        "/v1/orders;jsessionid=1?limit=1",
        "/v1/./orders%00",
        "/v1/products/a/b"
      ]
      for (const path of paths) {
        for (const method of ["GET", "POST", "DELETE"]) {
          assertProblem(yield* send(method, path), 404, "not_found")
        }
      }
    })
  )

  it.effect("accepts the absolute form of a request target", () =>
    Effect.gen(function* () {
      const { host } = new URL((yield* TestHttpApp.TestHttpApp).url)
      const ask = (target: string) =>
        talk([`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`], /\r\n\r\n[^]*}$/)
      assert.match(yield* ask(`http://${host}/healthz`), /^HTTP\/1\.1 200 /)
      assert.match(yield* ask(`http://${host}/v1/orders?limit=1`), /^HTTP\/1\.1 401 /)
      assert.match(yield* ask(`http://${host}`), /^HTTP\/1\.1 404 /)
      assert.match(yield* ask("/v1/orders#x"), /^HTTP\/1\.1 404 /)
    })
  )

  it.effect("lists the methods of a path", () =>
    Effect.gen(function* () {
      const wrong = [
        ["DELETE", "/v1/orders", "GET, HEAD, POST"],
        ["PATCH", "/v1/orders", "GET, HEAD, POST"],
        ["OPTIONS", "/v1/orders", "GET, HEAD, POST"],
        ["POST", "/v1/orders/ord_1?x=1", "GET, HEAD"],
        ["POST", "/healthz", "GET, HEAD"],
        ["DELETE", "/v1/products/LAMP", "GET, HEAD, PUT"],
        ["GET", "/v1/orders/ord_1/cancellation", "POST"],
        ["POST", "/docs", "GET, HEAD"],
        ["PUT", "/openapi.json", "GET, HEAD"]
      ] as const
      for (const [method, path, allow] of wrong) {
        const refused = yield* send(method, path)
        assertProblem(refused, 405, "method_not_allowed")
        assert.strictEqual(refused.headers.get("allow"), allow)
        assert.deepStrictEqual(refused.body.allow, allow.split(", "))
      }
    })
  )

  it.effect("answers HEAD like GET, without a body", () =>
    Effect.gen(function* () {
      const head = yield* send("HEAD", "/healthz")
      assert.strictEqual(head.status, 200)
      assert.strictEqual(head.text, "")
      assert.strictEqual((yield* send("HEAD", "/v1/products/NOPE")).status, 404)
    })
  )

  it.effect("gives every request an id, the caller's if it is well-formed", () =>
    Effect.gen(function* () {
      const own = yield* get("/healthz", { headers: { "request-id": "my-request_1" } })
      assert.strictEqual(own.headers.get("request-id"), "my-request_1")
      for (const bad of ["a b", "x".repeat(101), "<script>", "é"]) {
        const given = yield* get("/nowhere", { headers: { "request-id": bad } })
        assert.match(given.headers.get("request-id") ?? "", /^req_[0-9a-f]{24}$/)
        assertProblem(given, 404, "not_found")
      }
    })
  )

  it.effect("writes the request id into the journal", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { body } = yield* place("named", orderOf(), { "request-id": "named-request" })
      const { data } = (yield* get("/v1/journal?limit=1000")).body
      const placed = data.find(({ stream }: { stream: string }) => stream === `order-${body.id}`)
      assert.strictEqual(placed.metadata.causationId, "named-request")
    })
  )

  it.effect("sends security headers to browsers", () =>
    Effect.gen(function* () {
      for (const path of ["/healthz", "/nowhere", "/v1/orders"]) {
        const { headers } = yield* get(path)
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
        assert.strictEqual(headers.get("cache-control"), "no-store")
        assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
        assert.include(headers.get("content-security-policy"), "default-src 'none'")
        assert.isNull(headers.get("x-powered-by"))
      }
    })
  )

  it.effect("requires authentication for everything but public paths", () =>
    Effect.gen(function* () {
      const isAnonymous = true
      yield* sell("LAMP")
      for (const path of ["/healthz", "/readyz", "/docs", "/openapi.json", "/v1/products"]) {
        assert.strictEqual((yield* get(path, { isAnonymous })).status, 200, path)
      }
      const closed = [
        ["PUT", "/v1/products/LAMP"],
        ["GET", "/v1/inventory/LAMP"],
        ["GET", "/v1/inventory/LAMP/history"],
        ["POST", "/v1/inventory/LAMP/receipts"],
        ["POST", "/v1/inventory/LAMP/adjustments"],
        ["PUT", "/v1/inventory/LAMP/reorder-point"],
        ["GET", "/v1/orders"],
        ["POST", "/v1/orders"],
        ["GET", "/v1/orders/ord_0000000000000000"],
        ["GET", "/v1/orders/ord_0000000000000000/timeline"],
        ["POST", "/v1/orders/ord_0000000000000000/cancellation"],
        ["POST", "/v1/orders/ord_0000000000000000/shipment"],
        ["POST", "/v1/orders/ord_0000000000000000/delivery"],
        ["GET", "/v1/payments/ord_0000000000000000"],
        ["POST", "/v1/payments/ord_0000000000000000/refunds"],
        ["GET", "/v1/journal"],
        ["GET", "/v1/sandbox/ledger"]
      ] as const
      for (const [method, path] of closed) {
        assertProblem(yield* send(method, path, { isAnonymous }), 401, "unauthorized")
      }
    })
  )

  it.effect("reports whether it is ready, and why not", () =>
    Effect.gen(function* () {
      const ready = yield* get("/readyz")
      assert.strictEqual(ready.body.status, "ready")
      assert.deepStrictEqual(ready.body.checks[0].isOk, true)
      TestHttpApp.health.isOk = false
      const not = yield* get("/readyz")
      TestHttpApp.health.isOk = true
      assertProblem(not, 503, "not_ready")
      assert.strictEqual(not.body.detail, "database: no answer")
      assert.strictEqual(not.headers.get("retry-after"), "1")
      assert.deepStrictEqual((yield* get("/healthz")).body, { status: "ok" })
    })
  )
})
