/** `souk stock`, and what all commands with changes have in common. */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Schedule, TestClock, TestServices } from "effect"
import { OutputLost, ReaderLeft } from "../src/Streams.ts"
import { alone, souk } from "./support/Souk.ts"
import * as Stub from "./support/StubShop.ts"

const uuid = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/

const receive = (sku: string, ...more: ReadonlyArray<string>) =>
  souk(["stock", "receive", sku, "--quantity", "5", ...more])

/** The requests that were sent while `effect` ran. */
const sentBy = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { asked } = yield* Stub.StubShop
    const before = asked.length
    const result = yield* effect
    return { result, sent: asked.slice(before) }
  })

layer(Stub.layer)("souk stock", (it) => {
  it.effect("show prints the units", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* souk(["stock", "show", "CUP-1"])
      assert.strictEqual(code, 0)
      assert.strictEqual(stderr, "")
      const lines = ["SKU        CUP-1", "on hand    10", "reserved   2", "available  8"]
      assert.strictEqual(stdout, [...lines, "reorder    -", "version    3", ""].join("\n"))
    })
  )

  it.effect("show prints JSON with --json", () =>
    Effect.gen(function* () {
      const { stdout } = yield* souk(["stock", "show", "CUP-1", "--json"])
      assert.deepStrictEqual(JSON.parse(stdout), {
        sku: "CUP-1",
        onHand: 10,
        reserved: 2,
        available: 8,
        reorderPoint: null,
        reorderQuantity: null,
        version: 3
      })
    })
  )

  it.effect("receive adds units, and prints the new stock", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* sentBy(receive("PLATE-1"))
      assert.strictEqual(result.code, 0)
      assert.include(result.stdout, "Received 5 of PLATE-1: 15 on hand, 2 reserved, 13 available.")
      assert.include(result.stderr, "souk stock show PLATE-1")
      assert.match(sent[0]?.headers["idempotency-key"] ?? "", uuid)
      assert.match(sent[0]?.headers["request-id"] ?? "", /^cli_/)
    })
  )

  it.effect("receive has a fresh key each time, or the one it is given", () =>
    Effect.gen(function* () {
      const fresh = yield* sentBy(Effect.all([receive("BOWL-1"), receive("BOWL-1")]))
      const keys = fresh.sent.map(({ headers }) => headers["idempotency-key"])
      assert.strictEqual(new Set(keys).size, 2)
      const given = yield* sentBy(receive("BOWL-1", "--idempotency-key", "delivery-17"))
      assert.strictEqual(given.sent[0]?.headers["idempotency-key"], "delivery-17")
      const again = yield* receive("BOWL-1", "--idempotency-key=delivery-17", "--json")
      assert.strictEqual(again.code, 0)
      assert.strictEqual(JSON.parse(again.stdout).onHand, 25)
      assert.include(again.stderr, "nothing was added now")
    })
  )

  it.effect("receive --dry-run changes nothing", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* sentBy(receive("DISH-1", "--dry-run"))
      assert.strictEqual(result.stdout, "DISH-1: 10 on hand would become 15.\n")
      assert.include(result.stderr, "nothing was changed")
      assert.deepStrictEqual(
        sent.map(({ method }) => method),
        ["GET"]
      )
      const told = yield* receive("DISH-1", "-n", "--json", "--reference", "PO-1")
      const { stock, ...asked } = JSON.parse(told.stdout)
      assert.strictEqual(stock.onHand, 10)
      assert.deepStrictEqual(asked, {
        dryRun: true,
        sku: "DISH-1",
        quantity: 5,
        reference: "PO-1"
      })
    })
  )

  it.effect("--quiet prints only the data", () =>
    Effect.gen(function* () {
      const { stderr, stdout } = yield* receive("JUG-1", "-qn")
      assert.strictEqual(stderr, "")
      assert.strictEqual(stdout, "JUG-1: 10 on hand would become 15.\n")
    })
  )
})

const refusals: ReadonlyArray<readonly [sku: string, exitCode: number, code: string]> = [
  ["UNKNOWN-1", 5, "product_not_found"],
  ["FULL-1", 6, "stock_too_large"],
  ["INVALID-1", 2, "invalid_request"],
  ["NEWER-1", 6, "newer_rule"],
  ["BUSY-1", 1, "unavailable"],
  ["BROKEN-1", 1, "internal_error"],
  ["ODD-1", 1, "unexpected_answer"],
  ["OLDER-1", 1, "unexpected_answer"],
  ["MOVED-1", 1, "unexpected_answer"]
]

layer(Stub.layer)("when the shop refuses, souk", (it) => {
  it.effect.each(refusals)("ends for %s with %s", ([sku, exitCode, code]) =>
    Effect.gen(function* () {
      const words = yield* receive(sku)
      assert.strictEqual(words.code, exitCode)
      assert.strictEqual(words.stdout, "")
      assert.match(words.stderr, /^souk: /)
      const again = `souk stock receive ${sku} --quantity 5 --idempotency-key`
      const isUnknown = exitCode === 1
      assert.strictEqual(new RegExp(`${again} ${uuid.source}`).test(words.stderr), isUnknown)
      const json = yield* receive(sku, "--json", "--idempotency-key", "k1")
      const { error } = JSON.parse(json.stderr)
      assert.strictEqual(json.code, exitCode)
      assert.strictEqual(error.code, code)
      assert.strictEqual(error.exitCode, exitCode)
      assert.strictEqual(error.idempotencyKey, "k1")
      assert.match(error.requestId, /^cli_/)
      assert.strictEqual(error.outcome, isUnknown ? "unknown" : undefined)
      if (isUnknown) assert.include(error.retry, "--json --idempotency-key k1")
      else assert.isUndefined(error.retry)
    })
  )

  it.effect("prints the errors of a request, and refusals of a newer shop", () =>
    Effect.gen(function* () {
      const { error } = JSON.parse((yield* receive("INVALID-1", "--json")).stderr)
      assert.deepStrictEqual(error.errors, [{ pointer: "#/quantity", detail: "is odd" }])
      assert.include((yield* receive("NEWER-1")).stderr, "souk: the rule is newer_rule\n")
    })
  )

  it.effect("ends with 6 for a key that was used for something else", () =>
    Effect.gen(function* () {
      yield* receive("MUG-1", "--idempotency-key", "k2")
      const other = ["stock", "receive", "MUG-1", "--quantity", "6", "--idempotency-key", "k2"]
      const { code, stderr } = yield* souk(other)
      assert.strictEqual(code, 6)
      assert.include(stderr, "Use a new key")
      assert.notInclude(stderr, "try again")
    })
  )

  it.effect("reports an unknown outcome only where it is unknown", () =>
    Effect.gen(function* () {
      const open = "It may have been done, or not."
      assert.include((yield* receive("BROKEN-1")).stderr, open)
      assert.notInclude((yield* receive("FULL-1")).stderr, open)
      const env = { SOUK_URL: yield* Stub.deserted, SOUK_ADMIN_KEY: "sk_1" }
      const args = ["stock", "receive", "A", "--quantity", "5", "--reason", "it's late"]
      const { code, stderr } = yield* alone(args, { env })
      assert.strictEqual(code, 1)
      assert.include(stderr, `cannot reach ${env.SOUK_URL}: connection refused`)
      assert.notInclude(stderr, open)
      assert.include(stderr, String.raw`--reason 'it'\''s late' --idempotency-key`)
    })
  )

  it.effect("names the request in the log of the shop", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* sentBy(receive("BROKEN-1"))
      assert.include(result.stderr, sent[0]?.headers["request-id"] ?? "no id was sent")
    })
  )

  it.effect("refuses an invalid address", () =>
    Effect.gen(function* () {
      const { port } = new URL(yield* Stub.deserted)
      const env = { SOUK_URL: "", SOUK_PORT: port }
      const elsewhere = yield* souk(["stock", "show", "A"], { env })
      assert.include(elsewhere.stderr, `cannot reach http://127.0.0.1:${port}: connection refused`)
      for (const SOUK_URL of ["shop", "ftp://shop", "http://me:secret@shop", "http://shop?x=1"]) {
        const { code, stderr } = yield* souk(["stock", "show", "A"], { env: { SOUK_URL } })
        assert.strictEqual(code, 2)
        assert.include(stderr, "SOUK_URL")
        assert.notInclude(stderr, "secret")
      }
    })
  )
})

/** Waits until the shop has a request for this product. */
const askedFor = (sku: string) =>
  Effect.gen(function* () {
    const { asked } = yield* Stub.StubShop
    const isAsked = Effect.sync(() => asked.some(({ url }) => url.includes(sku)))
    yield* Effect.repeat(isAsked, { until: Boolean, schedule: Schedule.spaced("5 millis") })
  }).pipe(TestServices.provideLive)

layer(Stub.layer)("while the shop does not answer, souk", (it) => {
  it.effect("gives up after half a minute", () =>
    Effect.gen(function* () {
      const running = yield* Effect.fork(receive("SLOW-1"))
      yield* askedFor("SLOW-1")
      yield* TestClock.adjust("30 seconds")
      const { code, stderr } = yield* Fiber.join(running)
      assert.strictEqual(code, 1)
      assert.include(stderr, "has not answered in 30 seconds")
      assert.include(stderr, "It may have been done, or not.")
    })
  )

  it.effect("prints when interrupted what may have happened", () =>
    Effect.gen(function* () {
      const heard: Array<string> = []
      const args = ["stock", "receive", "SLOW-2", "--quantity", "5"]
      const running = yield* Effect.fork(souk(args, { heard }))
      yield* askedFor("SLOW-2")
      yield* Fiber.interrupt(running)
      assert.include(heard.join(""), "it may have been done, or not")
      assert.match(heard.join(""), new RegExp(`--idempotency-key ${uuid.source}`))
    })
  )
})

layer(Stub.layer)("when stdout is lost, souk", (it) => {
  it.effect("ends without an error if the reader has closed the pipe", () =>
    Effect.map(
      souk(["stock", "show", "A"], { stdoutFails: new ReaderLeft() }),
      ({ code, stderr }) => assert.deepStrictEqual([code, stderr], [0, ""])
    )
  )

  it.effect("reports any other error, and what was done", () =>
    Effect.gen(function* () {
      const stdoutFails = new OutputLost({ reason: "the disk is full" })
      const shown = yield* souk(["stock", "show", "A"], { stdoutFails })
      assert.strictEqual(shown.code, 1)
      assert.include(shown.stderr, "the disk is full")
      const args = ["stock", "receive", "A", "--quantity", "5", "--idempotency-key", "k3"]
      const received = yield* souk(args, { stdoutFails })
      assert.strictEqual(received.code, 1)
      assert.include(received.stderr, "The change was made all the same.")
      assert.include(received.stderr, "--idempotency-key k3")
    })
  )
})
