/** Who gets to talk to a runner. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Layer, Queue } from "effect"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { freePort } from "../../src/database/FreePort.ts"
import { Connections } from "../../src/cluster/Connection.ts"
import * as RunnerConnections from "../../src/cluster/RunnerConnections.ts"
import { RunnerKey } from "../../src/cluster/RunnerKey.ts"

const key = Buffer.alloc(32, 7)

const suite = {
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2",
  checkServerIdentity: () => undefined
} as const

const withKey = (its: Buffer) => Layer.provide(Layer.succeed(RunnerKey, its))

/** A runner that repeats what it hears; `heard` is the first thing it heard. */
const echo = Effect.gen(function* () {
  const port = yield* freePort
  const heard = yield* Deferred.make<string>()
  const at = { host: "127.0.0.1", port }
  const context = yield* Layer.build(Layer.fresh(RunnerConnections.layer(at)).pipe(withKey(key)))
  const connections = Context.get(context, Connections)
  connections.listen((connection) => ({
    receive: (text) => {
      Deferred.unsafeDone(heard, Effect.succeed(text))
      connection.send(text)
    },
    closed: () => undefined
  }))
  return { at, heard, connections }
})

/** What a client sees that says hello: an echo, or the end. */
const hello = (socket: Net.Socket) =>
  Effect.async<string>((resume) => {
    socket.on("error", () => undefined)
    socket.once("data", (data) => resume(Effect.succeed(String(data))))
    socket.once("close", () => resume(Effect.succeed("closed")))
    socket.write("hello\n")
    return Effect.sync(() => socket.destroy())
  })

describe("a runner's port", () => {
  it.scopedLive("answers those who know the key", () =>
    Effect.gen(function* () {
      const { at, heard } = yield* echo
      const psk = () => ({ psk: key, identity: "souk-runner" })
      const socket = Tls.connect({ ...suite, ...at, pskCallback: psk })
      yield* Effect.addFinalizer(() => Effect.sync(() => socket.destroy()))
      assert.strictEqual(yield* hello(socket), "hello\n")
      assert.strictEqual(yield* Deferred.await(heard), "hello")
      assert.strictEqual(socket.getProtocol(), "TLSv1.2")
      assert.strictEqual(socket.getCipher().name, suite.ciphers)
    })
  )

  const strangers: ReadonlyArray<readonly [string, (at: Net.NetConnectOpts) => Net.Socket]> = [
    ["who speak no TLS", (at) => Net.connect(at)],
    [
      "with another key",
      (at) => {
        const psk = () => ({ psk: Buffer.alloc(32, 8), identity: "souk-runner" })
        return Tls.connect({ ...suite, ...at, pskCallback: psk })
      }
    ],
    [
      "under another name",
      (at) => Tls.connect({ ...suite, ...at, pskCallback: () => ({ psk: key, identity: "me" }) })
    ],
    ["without a key", (at) => Tls.connect({ ...at, rejectUnauthorized: false })]
  ]
  for (const [who, connect] of strangers) {
    it.scopedLive(`says nothing to strangers ${who}`, () =>
      Effect.gen(function* () {
        const { at, heard } = yield* echo
        assert.strictEqual(yield* hello(connect(at)), "closed")
        assert.isFalse(yield* Deferred.isDone(heard))
      })
    )
  }

  it.scopedLive("is said to be taken, in words", () =>
    Effect.gen(function* () {
      const { at } = yield* echo
      const again = Layer.fresh(RunnerConnections.layer(at)).pipe(withKey(key))
      const error = yield* Effect.flip(Layer.build(again))
      assert.include(error.message, `127.0.0.1:${at.port} (EADDRINUSE)`)
    })
  )
})

/** A call to `at`: what came back, one after the other, and then that it broke. */
const call = (
  connections: Connections["Type"],
  at: { readonly host: string; readonly port: number }
) =>
  Effect.map(Queue.unbounded<string>(), (heard) => {
    const connection = connections.connect(at, {
      receive: (text) => void Queue.unsafeOffer(heard, text),
      closed: () => void Queue.unsafeOffer(heard, "closed")
    })
    return { connection, next: Queue.take(heard) }
  })

describe("a connection to another runner", () => {
  it.scopedLive("carries frames in order and whole, also before it is connected", () =>
    Effect.gen(function* () {
      const { at, connections } = yield* echo
      const { connection, next } = yield* call(connections, at)
      const said = ["one", "zwölf \u{1F4A1}", "x".repeat(500_000), ""]
      for (const text of said) connection.send(text)
      for (const text of said) assert.strictEqual(yield* next, text)
      connection.close()
      assert.strictEqual(yield* next, "closed")
    })
  )

  it.scopedLive("closes without a listener, and when the key differs", () =>
    Effect.gen(function* () {
      const { at, connections } = yield* echo
      const away = yield* call(connections, { host: "127.0.0.1", port: yield* freePort })
      away.connection.send("hello")
      assert.strictEqual(yield* away.next, "closed")
      const own = { host: "127.0.0.1", port: yield* freePort }
      const other = Layer.fresh(RunnerConnections.layer(own)).pipe(withKey(Buffer.alloc(32, 8)))
      const stranger = Context.get(yield* Layer.build(other), Connections)
      const refused = yield* call(stranger, at)
      refused.connection.send("hello")
      assert.strictEqual(yield* refused.next, "closed")
    })
  )
})
