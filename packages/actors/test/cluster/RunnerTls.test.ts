/** Who gets to talk to a runner. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Layer, Logger, Queue } from "effect"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { freePort } from "../../src/database/FreePort.ts"
import { Connections } from "../../src/cluster/Connection.ts"
import * as RunnerConnections from "../../src/cluster/RunnerConnections.ts"
import { ClusterSecret } from "../../src/cluster/ClusterSecret.ts"

const key = Buffer.alloc(32, 7)

const suite = {
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2",
  checkServerIdentity: () => undefined
} as const

const withKey = (its: Buffer) => Layer.provide(Layer.succeed(ClusterSecret, its))

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

  it.scopedLive("is reported as taken", () =>
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

/** What is logged meanwhile. */
const logging = () => {
  const logs: Array<string> = []
  const make = Logger.make(({ message }) => void logs.push(String(message)))
  return { logs, layer: Logger.replace(Logger.defaultLogger, make) }
}

/** A connection that knows the key. */
const member = (at: { readonly host: string; readonly port: number }) =>
  Tls.connect({ ...suite, ...at, pskCallback: () => ({ psk: key, identity: "souk-runner" }) })

describe("a peer that does not keep to the rules", () => {
  it.scopedLive("is cut after 3 s if it connects and never speaks, and logged once", () => {
    const { layer, logs } = logging()
    return Effect.gen(function* () {
      const { at } = yield* echo
      const silent = Effect.async<number>((resume) => {
        const startMs = performance.now()
        const socket = Net.connect(at)
        socket.on("error", () => undefined)
        socket.once("close", () => resume(Effect.succeed(performance.now() - startMs)))
      })
      for (const ms of yield* Effect.all([silent, silent], { concurrency: 2 })) {
        assert.isAbove(ms, 2_900)
        assert.isBelow(ms, 6_000)
      }
      assert.deepStrictEqual(logs, [
        "refused a connection to the runners' port from an address (ERR_TLS_HANDSHAKE_TIMEOUT)"
      ])
    }).pipe(Effect.provide(layer))
  })

  it.scopedLive("is logged once, however often it tries without the key", () => {
    const { layer, logs } = logging()
    return Effect.gen(function* () {
      const { at } = yield* echo
      const other = Buffer.alloc(32, 8)
      const pskCallback = () => ({ psk: other, identity: "souk-runner" })
      for (let n = 0; n < 3; n++) {
        assert.strictEqual(yield* hello(Tls.connect({ ...suite, ...at, pskCallback })), "closed")
      }
      // A probe that hangs up at once is no attempt.
      const probe = Net.connect(at)
      probe.once("connect", () => probe.destroy())
      yield* Effect.sleep("100 millis")
      assert.lengthOf(logs, 1)
    }).pipe(Effect.provide(layer))
  })

  it.scopedLive("is cut, and logged once, when a message is 70 MB long", () => {
    const { layer, logs } = logging()
    return Effect.gen(function* () {
      const { at, heard } = yield* echo
      const socket = member(at)
      const closed = Effect.async<void>((resume) => {
        socket.on("error", () => undefined)
        socket.once("close", () => resume(Effect.void))
      })
      const megabyte = Buffer.alloc(1024 * 1024, "x")
      for (let n = 0; n < 70; n++) socket.write(megabyte)
      socket.write("\n")
      yield* closed
      assert.isFalse(yield* Deferred.isDone(heard))
      assert.lengthOf(logs, 1)
      assert.include(logs[0], "a message is longer than 67108864 bytes")
    }).pipe(Effect.provide(layer))
  })
})
