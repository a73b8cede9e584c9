/** Which connections are closed at the limit. */
import { createServer, type Server, type ServerResponse } from "node:http"
import { connect, type Socket } from "node:net"
import { assert, it } from "@effect/vitest"
import { ConnectionLimiter } from "@souk/http/edge/ConnectionLimiter"
import { PacedQueue } from "@souk/http/edge/PacedQueue"
import { Effect } from "effect"

const max = 5

/** A listener that answers `/now` at once, and other paths when the test releases it. */
const listening = Effect.acquireRelease(
  Effect.async<{
    readonly server: Server
    readonly port: number
    readonly connections: ConnectionLimiter
    readonly held: Array<ServerResponse>
  }>((resume) => {
    const held: Array<ServerResponse> = []
    const server = createServer((request, response) => {
      connections.answering(request, response)
      if (request.url === "/now") response.end("ok")
      else held.push(response)
    })
    const connections = new ConnectionLimiter(server, max, new PacedQueue())
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" ? (address?.port ?? 0) : 0
      resume(Effect.succeed({ server, port, connections, held }))
    })
  }),
  ({ server }) =>
    Effect.sync(() => {
      server.close()
      server.closeAllConnections()
    })
)

const until = (isSo: () => boolean) =>
  Effect.sync(isSo).pipe(
    Effect.delay("5 millis"),
    Effect.repeat({ until: (yes) => yes }),
    Effect.timeout("10 seconds")
  )

const dial = (port: number): Socket => connect(port, "127.0.0.1").on("error", () => undefined)

const ask = (socket: Socket, path: string) =>
  Effect.async<string>((resume) => {
    const text = (): void => {
      socket.off("data", onData).off("close", text)
      resume(Effect.succeed(heard))
    }
    let heard = ""
    const onData = (chunk: Buffer) => {
      heard += chunk.toString()
      if (heard.includes("\r\n\r\n")) text()
    }
    socket.on("data", onData).on("close", text)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  })

it.scopedLive("the keep-alive connection that has been idle longest is closed", () =>
  Effect.gen(function* () {
    const { connections, port } = yield* listening
    const customers: Array<Socket> = []
    for (let n = 0; n < 20; n++) {
      const customer = dial(port)
      customers.push(customer)
      assert.match(yield* ask(customer, "/now"), /^HTTP\/1\.1 200 /)
      assert.isAtMost(connections.size, max)
    }
    yield* until(() => customers.slice(0, -max).every((socket) => socket.closed))
    assert.isTrue(customers.slice(-max).every((socket) => !socket.closed))
  })
)

it.scopedLive("silent connections displace silent ones, not keep-alive connections", () =>
  Effect.gen(function* () {
    const { connections, port } = yield* listening
    const customer = dial(port)
    assert.match(yield* ask(customer, "/now"), /^HTTP\/1\.1 200 /)
    yield* until(() => connections.size === 1)
    const flood = Array.from({ length: max * 4 }, () => dial(port))
    yield* until(() => flood.filter((socket) => socket.closed).length === max * 3 + 1)
    assert.match(yield* ask(customer, "/now"), /^HTTP\/1\.1 200 /)
  })
)

it.scopedLive("a connection with a request in flight stays open", () =>
  Effect.gen(function* () {
    const { connections, held, port } = yield* listening
    const busy = dial(port)
    const answer = yield* Effect.fork(ask(busy, "/later"))
    yield* until(() => held.length === 1)
    const flood = Array.from({ length: max * 4 }, () => dial(port))
    yield* until(() => flood.filter((socket) => socket.closed).length === max * 3 + 1)
    held[0]?.end("ok")
    assert.match(yield* answer, /^HTTP\/1\.1 200 /)
    yield* until(() => connections.size === max)
    assert.isFalse(busy.closed)
    busy.destroy()
    for (const socket of flood) socket.destroy()
    yield* until(() => connections.size === 0)
  })
)

it.scopedLive("if all connections are busy, the new one is closed", () =>
  Effect.gen(function* () {
    const { connections, held, port } = yield* listening
    for (let n = 0; n < max; n++) dial(port).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    yield* until(() => held.length === max)
    const late = dial(port)
    yield* until(() => late.closed)
    assert.strictEqual(connections.size, max)
  })
)
