/** Raw bytes sent to the listener. */
import { connect } from "node:net"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import { assertNothingWritten, get, orderOf, sell } from "../support/Requests.ts"
import { head, problem, talk } from "../support/Sockets.ts"

layer(TestHttpApp.layer, { excludeTestServices: true })("the listener", (it) => {
  it.effect("enforces the limit for bodies without a length", () =>
    Effect.gen(function* () {
      const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`
      const parts = function* () {
        yield head("Idempotency-Key: chunks", "Transfer-Encoding: chunked")
        for (let n = 0; n < 192; n++) yield chunk
      }
      const answer = yield* assertNothingWritten(talk(parts(), problem))
      assert.match(answer, /^HTTP\/1\.1 413 /)
      assert.include(answer, '"code":"payload_too_large"')
    })
  )

  it.effect("refuses a body whose declared length is too large without reading it", () =>
    Effect.gen(function* () {
      const answer = yield* talk(
        [head("Idempotency-Key: lie", "Content-Length: 104857600")],
        problem
      )
      assert.match(answer, /^HTTP\/1\.1 413 /)
    })
  )

  it.effect("refuses duplicate headers", () =>
    Effect.gen(function* () {
      const body = JSON.stringify(orderOf())
      const length = `Content-Length: ${body.length}`
      const twice = [
        ["Host", head("Host: a", "Host: b", "Idempotency-Key: a", length)],
        ["Idempotency-Key", head("Idempotency-Key: a", "Idempotency-Key: b", length)],
        ["Authorization", head("Idempotency-Key: a", "Authorization: Bearer x", length)],
        ["Content-Type", head("Idempotency-Key: a", "Content-Type: text/plain", length)]
      ] as const
      for (const [header, lines] of twice) {
        const answer = yield* assertNothingWritten(talk([lines, body], problem))
        assert.match(answer, /^HTTP\/1\.1 400 /)
        assert.include(answer, `"header":"${header}"`)
      }
    })
  )

  it.effect("answers malformed HTTP with a problem document", () =>
    Effect.gen(function* () {
      const broken = [
        ["GARBAGE\r\n\r\n", /^HTTP\/1\.1 400 /],
        [head("Content-Length: 1", "Content-Length: 2"), /^HTTP\/1\.1 400 /],
        [head("Content-Length: 1", "Transfer-Encoding: chunked"), /^HTTP\/1\.1 400 /],
        [head(`X-Long: ${"x".repeat(20_000)}`), /^HTTP\/1\.1 431 /]
      ] as const
      for (const [text, status] of broken) {
        const answer = yield* talk([text], problem)
        assert.match(answer, status)
        assert.include(answer, "content-type: application/problem+json")
        assert.match(answer, /request-id: (req_\w+)[^]*"requestId":"\1"/)
      }
    })
  )

  it.effect("refuses expectations, CONNECT and TRACE", () =>
    Effect.gen(function* () {
      const expecting = yield* talk([head("Expect: the-unexpected", "Content-Length: 0")], problem)
      assert.match(expecting, /^HTTP\/1\.1 417 /)
      const tunnel = "CONNECT shop:443 HTTP/1.1\r\nHost: shop\r\n\r\n"
      const refused = yield* talk([tunnel], problem)
      assert.match(refused, /^HTTP\/1\.1 405 /)
      assert.include(refused, "allow: GET, HEAD, POST, PUT")
      const secret = "Cookie: do-not-tell"
      const echo = yield* talk(
        [`TRACE /v1/orders HTTP/1.1\r\nHost: a\r\n${secret}\r\n\r\n`],
        problem
      )
      assert.match(echo, /^HTTP\/1\.1 405 /)
      assert.notInclude(echo, "do-not-tell")
    })
  )

  it.effect("refuses long paths with a problem document", () =>
    Effect.gen(function* () {
      const long = `GET /v1/orders?startingAfter=${"x".repeat(8_000)} HTTP/1.1\r\nHost: a\r\n\r\n`
      const refused = yield* talk([long], problem)
      assert.match(refused, /^HTTP\/1\.1 414 /)
      assert.include(refused, '"code":"uri_too_long"')
    })
  )

  it.effect("refuses HTTP/1.1 without Host, and accepts HTTP/1.0", () =>
    Effect.gen(function* () {
      const nowhere = yield* talk(["GET /healthz HTTP/1.1\r\n\r\n"], problem)
      assert.match(nowhere, /^HTTP\/1\.1 400 /)
      assert.include(nowhere, '"header":"Host"')
      const old = yield* talk(["GET /healthz HTTP/1.0\r\n\r\n"], /"ok"/)
      assert.match(old, /^HTTP\/1\.1 200 /)
    })
  )

  it.effect("ignores an upgrade", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const body = JSON.stringify(orderOf())
      const lines = head(
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
        "Idempotency-Key: upgrade",
        `Content-Length: ${body.length}`
      )
      assert.match(yield* talk([lines, body], /"metadata"/), /^HTTP\/1\.1 201 /)
    })
  )

  it.effect("destroys the connection of a refused client that stays connected", () =>
    Effect.gen(function* () {
      const { port } = new URL((yield* TestHttpApp.TestHttpApp).url)
      const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true })
      yield* Effect.addFinalizer(() => Effect.sync(() => socket.destroy()))
      socket.on("error", () => undefined)
      socket.write("GARBAGE\r\n\r\n")
      yield* Effect.async<void>((resume) => {
        socket.resume().once("end", () => resume(Effect.void))
      })
      // The client's half is still open; what it sends is not read.
      const isCut = Effect.sync(() => {
        if (!socket.destroyed) socket.write("more\r\n")
        return socket.destroyed
      })
      yield* isCut.pipe(Effect.delay("50 millis"), Effect.repeat({ until: (yes) => yes }))
    }).pipe(Effect.scoped)
  )

  it.effect("survives a client that disconnects during a request", () =>
    Effect.gen(function* () {
      const lines = head("Idempotency-Key: gone", "Content-Length: 1000")
      yield* assertNothingWritten(Effect.timeoutOption(talk([lines, '{"a"'], /never/), "50 millis"))
      assert.strictEqual((yield* get("/healthz")).status, 200)
    })
  )
})
