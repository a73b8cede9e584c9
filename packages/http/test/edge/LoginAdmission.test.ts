/** Concurrent logins: few are admitted, one at a time, and other requests do not wait for them. */
import { createServer, type ServerResponse } from "node:http"
import { connect } from "node:net"
import { assert, it } from "@effect/vitest"
import { LoginAdmission } from "@souk/http/edge/LoginAdmission"
import { PacedQueue } from "@souk/http/edge/PacedQueue"
import { Effect } from "effect"

const placesMax = 3

/** A listener with login admission that answers when the test releases it. */
const listening = Effect.acquireRelease(
  Effect.async<{
    readonly port: number
    readonly turnstile: LoginAdmission
    readonly entered: Array<ServerResponse>
    readonly close: () => void
  }>((resume) => {
    const turnstile = new LoginAdmission(placesMax, new PacedQueue())
    const entered: Array<ServerResponse> = []
    const server = createServer((request, response) =>
      turnstile.admit(
        request,
        response,
        (_, response) => entered.push(response),
        (_, response) => response.writeHead(503).end()
      )
    )
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" ? (address?.port ?? 0) : 0
      const close = () => {
        server.close()
        server.closeAllConnections()
      }
      resume(Effect.succeed({ port, turnstile, entered, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

const until = (isSo: () => boolean) =>
  Effect.sync(isSo).pipe(
    Effect.delay("5 millis"),
    Effect.repeat({ until: (yes) => yes }),
    Effect.timeout("10 seconds")
  )

const ask = (port: number, line = "GET / HTTP/1.1", length = 0) => {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined)
  const heard = { socket, text: "" }
  socket.on("data", (chunk) => {
    heard.text += chunk.toString()
  })
  socket.write(`${line}\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`)
  return heard
}

it.scopedLive("logins beyond the limit are shed until a response is sent", () =>
  Effect.gen(function* () {
    const { entered, port, turnstile } = yield* listening
    const inside = Array.from({ length: placesMax }, () => ask(port))
    yield* until(() => entered.length === placesMax)
    const late = ask(port)
    yield* until(() => late.text.startsWith("HTTP/1.1 503 "))
    assert.strictEqual(turnstile.size, placesMax)
    entered[0]?.end("done")
    yield* until(() => inside.some(({ text }) => text.endsWith("done")))
    ask(port)
    yield* until(() => entered.length === placesMax + 1)
    assert.strictEqual(turnstile.size, placesMax)
  })
)

it.scopedLive("a client that disconnects frees its place", () =>
  Effect.gen(function* () {
    const { entered, port, turnstile } = yield* listening
    const inside = Array.from({ length: placesMax }, () => ask(port))
    yield* until(() => entered.length === placesMax)
    for (const { socket } of inside) socket.destroy()
    yield* until(() => turnstile.size === 0)
  })
)

it.scopedLive("at the limit, a request with an incomplete body is closed", () =>
  Effect.gen(function* () {
    const { entered, port, turnstile } = yield* listening
    const slow = Array.from({ length: placesMax }, () => ask(port, "POST / HTTP/1.1", 10))
    yield* until(() => entered.length === placesMax)
    for (let n = 1; n <= placesMax; n++) {
      ask(port)
      yield* until(() => entered.length === placesMax + n)
      assert.strictEqual(turnstile.size, placesMax)
    }
    yield* until(() => slow.every(({ socket }) => socket.closed))
    const late = ask(port)
    yield* until(() => late.text.startsWith("HTTP/1.1 503 "))
  })
)

it.live("logins are admitted one at a time, with other requests between them", () =>
  Effect.gen(function* () {
    const pauseMs = 5
    const turns = new PacedQueue((go) => void setTimeout(go, pauseMs))
    const done: Array<number> = []
    const beginMs = performance.now()
    for (let n = 0; n < 10; n++) turns.push(() => done.push(performance.now() - beginMs) > 0)
    assert.deepStrictEqual([done.length, turns.length], [0, 10])
    yield* until(() => done.length === 10)
    // Timers of a busy process may be late, and are never early by more than their tick.
    done.forEach((atMs, n) => assert.isAtLeast(atMs, n * (pauseMs - 1)))
    yield* Effect.sleep(4 * pauseMs)
    turns.push(() => done.push(0) > 0)
    turns.push(() => done.push(0) > 0)
    yield* until(() => done.length === 12)
  })
)

it.live("a login whose client has disconnected delays no other", () =>
  Effect.gen(function* () {
    const done: Array<number> = []
    const turns = new PacedQueue(() => undefined) // A pause that never ends.
    for (let n = 0; n < 5; n++) turns.push(() => done.push(n) > 3)
    yield* until(() => done.length === 4)
    yield* Effect.sleep(20)
    assert.deepStrictEqual([done, turns.length], [[0, 1, 2, 3], 1])
  })
)
