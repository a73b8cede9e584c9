/** Who gets to talk to a runner. */
import { Socket, SocketServer } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Layer } from "effect"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { freePort } from "../../src/database/FreePort.ts"
import { RunnerKey } from "../../src/cluster/RunnerKey.ts"
import * as RunnerSockets from "../../src/cluster/RunnerSockets.ts"

const key = Buffer.alloc(32, 7)

const suite = {
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2",
  checkServerIdentity: () => undefined
} as const

/** A runner that repeats what it hears; `heard` is the first thing it heard. */
const echo = Effect.gen(function* () {
  const port = yield* freePort
  const heard = yield* Deferred.make<string>()
  const at = { host: "127.0.0.1", port }
  const server = RunnerSockets.layerServer(at).pipe(Layer.provide(Layer.succeed(RunnerKey, key)))
  const context = yield* Layer.build(server)
  yield* Effect.gen(function* () {
    const { run } = yield* SocketServer.SocketServer
    return yield* run((socket: Socket.Socket) =>
      Effect.scoped(
        Effect.flatMap(socket.writer, (write) =>
          socket.run((chunk) => {
            Deferred.unsafeDone(heard, Effect.succeed(new TextDecoder().decode(chunk)))
            return write(chunk)
          })
        )
      )
    )
  }).pipe(Effect.provide(context), Effect.forkScoped)
  return { at, heard }
})

/** What a client sees that says hello: an echo, or the end. */
const hello = (socket: Net.Socket) =>
  Effect.async<string>((resume) => {
    socket.on("error", () => undefined)
    socket.once("data", (data) => resume(Effect.succeed(String(data))))
    socket.once("close", () => resume(Effect.succeed("closed")))
    socket.write("hello")
    return Effect.sync(() => socket.destroy())
  })

describe("a runner's port", () => {
  it.scopedLive("answers those who know the key", () =>
    Effect.gen(function* () {
      const { at, heard } = yield* echo
      const psk = () => ({ psk: key, identity: "souk-runner" })
      const socket = Tls.connect({ ...suite, ...at, pskCallback: psk })
      yield* Effect.addFinalizer(() => Effect.sync(() => socket.destroy()))
      assert.strictEqual(yield* hello(socket), "hello")
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
      const again = RunnerSockets.layerServer(at).pipe(Layer.provide(Layer.succeed(RunnerKey, key)))
      const error = yield* Effect.flip(Layer.build(Layer.fresh(again)))
      assert.include(error.message, `127.0.0.1:${at.port} (EADDRINUSE)`)
    })
  )
})

describe("the way to another runner", () => {
  const broken = (defect: unknown) =>
    RunnerSockets.undeliverable({
      run: () => Effect.never,
      send: () => Effect.die(defect),
      supportsAck: true,
      supportsTransferables: false
    }).send({ _tag: "Eof" })

  it.effect("fails when it has just been cut, so that the message takes another one", () =>
    Effect.gen(function* () {
      const cause = new Socket.SocketGenericError({ reason: "Write", cause: new Error("reset") })
      const error = yield* Effect.flip(broken(cause))
      assert.deepStrictEqual([error._tag, error.cause], ["RpcClientError", cause])
    })
  )

  it.effect("does not hide what is a mistake", () =>
    Effect.gen(function* () {
      const mistake = new TypeError("no such thing")
      assert.deepStrictEqual(yield* Effect.exit(broken(mistake)), Exit.die(mistake))
    })
  )
})
