/** Who gets to talk to a runner. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Layer, Queue } from "effect"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { freePort } from "../../src/database/FreePort.ts"
import { Lines } from "../../src/cluster/Lines.ts"
import { RunnerKey } from "../../src/cluster/RunnerKey.ts"
import * as RunnerSockets from "../../src/cluster/RunnerSockets.ts"

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
  const context = yield* Layer.build(Layer.fresh(RunnerSockets.layer(at)).pipe(withKey(key)))
  const lines = Context.get(context, Lines)
  lines.answer((line) => ({
    receive: (text) => {
      Deferred.unsafeDone(heard, Effect.succeed(text))
      line.send(text)
    },
    broken: () => undefined
  }))
  return { at, heard, lines }
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
      const again = Layer.fresh(RunnerSockets.layer(at)).pipe(withKey(key))
      const error = yield* Effect.flip(Layer.build(again))
      assert.include(error.message, `127.0.0.1:${at.port} (EADDRINUSE)`)
    })
  )
})

/** A call to `at`: what came back, one after the other, and then that it broke. */
const call = (lines: Lines["Type"], at: { readonly host: string; readonly port: number }) =>
  Effect.map(Queue.unbounded<string>(), (heard) => {
    const line = lines.open(at, {
      receive: (text) => void Queue.unsafeOffer(heard, text),
      broken: () => void Queue.unsafeOffer(heard, "broken")
    })
    return { line, next: Queue.take(heard) }
  })

describe("a line to another runner", () => {
  it.scopedLive("brings what is said in order and whole, also before it is connected", () =>
    Effect.gen(function* () {
      const { at, lines } = yield* echo
      const { line, next } = yield* call(lines, at)
      const said = ["one", "zwölf \u{1F4A1}", "x".repeat(500_000), ""]
      for (const text of said) line.send(text)
      for (const text of said) assert.strictEqual(yield* next, text)
      line.hangUp()
      assert.strictEqual(yield* next, "broken")
    })
  )

  it.scopedLive("breaks when nobody listens, or somebody who does not know the key", () =>
    Effect.gen(function* () {
      const { at, lines } = yield* echo
      const away = yield* call(lines, { host: "127.0.0.1", port: yield* freePort })
      away.line.send("hello")
      assert.strictEqual(yield* away.next, "broken")
      const own = { host: "127.0.0.1", port: yield* freePort }
      const other = Layer.fresh(RunnerSockets.layer(own)).pipe(withKey(Buffer.alloc(32, 8)))
      const stranger = Context.get(yield* Layer.build(other), Lines)
      const refused = yield* call(stranger, at)
      refused.line.send("hello")
      assert.strictEqual(yield* refused.next, "broken")
    })
  )
})
