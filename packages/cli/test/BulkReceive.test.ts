/** `souk stock receive --file`: all rows checked first, each row once, and how it ends. */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Schedule, TestClock, TestServices } from "effect"
import { fileBytesMax, read, rowsMax } from "../src/inventory/ReceiptFile.ts"
import { souk } from "./support/Souk.ts"
import * as Stub from "./support/StubShop.ts"

const receive = (stdin: string, ...more: ReadonlyArray<string>) =>
  souk(["stock", "receive", "--file", "-", ...more], { stdin })

const listed = (...skus: ReadonlyArray<string>) =>
  Effect.forEach(skus, (sku) =>
    souk(["product", "set", sku, "--name", "Thing", "--price", "1", "--json"])
  )

/** How many receipts were sent to the shop while `effect` ran. */
const sentBy = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { asked } = yield* Stub.StubShop
    const before = asked.length
    const ran = yield* effect
    const posts = asked.slice(before).filter(({ url }) => url.endsWith("/receipts"))
    return { ran, keys: posts.map(({ headers }) => headers["idempotency-key"]) }
  })

layer(Stub.layer)("souk stock receive --file", (it) => {
  it.effect("receives each row, as the columns are named", () =>
    Effect.gen(function* () {
      yield* listed("BULK-1", "BULK-2")
      const file = '\uFEFFquantity,SKU,reference\r\n5, BULK-1 ,"PO, 1"\r\n\r\n7,BULK-2,\r\n'
      const { keys, ran } = yield* sentBy(receive(file))
      assert.strictEqual(ran.code, 0, ran.stderr)
      assert.strictEqual(ran.stdout, "Received 12 units in 2 rows.\n")
      assert.strictEqual(ran.stderr, "")
      assert.strictEqual(new Set(keys).size, 2)
    })
  )

  it.effect("sent again it repeats nothing; two equal rows are two receipts", () =>
    Effect.gen(function* () {
      yield* listed("BULK-3")
      const file = "sku,quantity\nBULK-3,5\nBULK-3,5\n"
      const first = yield* sentBy(receive(file))
      const again = yield* sentBy(receive(file))
      assert.strictEqual(first.ran.stdout, "Received 10 units in 2 rows.\n")
      const none = "Received 0 units in 0 rows; 2 had been received before.\n"
      assert.strictEqual(again.ran.stdout, none)
      assert.sameMembers(again.keys, first.keys)
      const other = yield* receive(file, "--idempotency-key", "next week")
      assert.strictEqual(other.code, 2)
      const next = yield* receive(file, "--idempotency-key", "next-week")
      assert.strictEqual(next.stdout, "Received 10 units in 2 rows.\n")
      const { stdout } = yield* souk(["stock", "show", "BULK-3", "--json"])
      assert.strictEqual(JSON.parse(stdout).onHand, 30)
    })
  )

  it.effect("reports every invalid line by number, and sends nothing", () =>
    Effect.gen(function* () {
      yield* listed("BULK-4")
      const rows = ["BULK-4,5", "bulk,5", "BULK-4,0", "BULK-4", "BULK-4,1.5", "GHOST-1,1"]
      const { keys, ran } = yield* sentBy(receive(["sku,quantity", ...rows].join("\n")))
      assert.deepStrictEqual(keys, [])
      assert.strictEqual(ran.code, 2)
      for (const line of [3, 4, 5, 6]) assert.include(ran.stderr, `line ${line}: `)
      assert.notInclude(ran.stderr, "line 2: ")
      assert.include(ran.stderr, "4 of the lines are wrong; nothing was sent")
      const ghost = yield* sentBy(receive("sku,quantity\nBULK-4,5\nGHOST-1,1"))
      assert.deepStrictEqual(ghost.keys, [])
      assert.include(ghost.ran.stderr, "line 3: there is no product GHOST-1")
    })
  )

  it.effect("ends with 7 when some rows are refused, and says which", () =>
    Effect.gen(function* () {
      yield* listed("BULK-5", "FULL-5")
      const { code, stderr, stdout } = yield* receive("sku,quantity\nBULK-5,1\nFULL-5,1\nBULK-5,2")
      assert.strictEqual(code, 7)
      assert.include(stdout, "Received 3 units in 2 rows.")
      assert.include(stderr, "line 3: FULL-5: ")
      assert.include(stderr, "1 of 3 rows were refused")
      const all = yield* receive("sku,quantity\nFULL-5,1")
      assert.strictEqual(all.code, 6)
    })
  )

  it.effect("stops with the shop, and resumes from there", () =>
    Effect.gen(function* () {
      yield* listed("BULK-6", "BUSY-6")
      const good = Array.from({ length: 8 }, () => "BULK-6,1")
      const rows = ["sku,quantity", ...good, "BUSY-6,1", ...good]
      const { keys, ran } = yield* sentBy(receive(rows.join("\n"), "--json"))
      assert.strictEqual(ran.code, 7)
      assert.isBelow(keys.length, 17)
      const { error } = JSON.parse(ran.stderr)
      assert.strictEqual(error.code, "partly_done")
      assert.include(error.hint, "Run the same again")
      const told = ran.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
      assert.isAtLeast(told.length, 4)
      assert.isTrue(told.every(({ isRepeat }) => isRepeat === false))
    })
  )

  it.effect("waits when the rate limit is reached", () =>
    Effect.gen(function* () {
      yield* listed("PACED-1")
      const { asked } = yield* Stub.StubShop
      const before = asked.length
      const running = yield* Effect.fork(receive("sku,quantity\nPACED-1,5"))
      const isPutOff = Effect.sync(() =>
        asked.slice(before).some(({ method }) => method === "POST")
      )
      yield* TestServices.provideLive(
        Effect.repeat(isPutOff, { until: Boolean, schedule: Schedule.spaced("5 millis") })
      )
      while (running.unsafePoll() === null) {
        yield* TestServices.provideLive(Effect.sleep("20 millis"))
        yield* TestClock.adjust("2 seconds")
      }
      const { code, stdout } = yield* Fiber.join(running)
      assert.deepStrictEqual([code, stdout], [0, "Received 5 units in 1 rows.\n"])
    })
  )

  it.effect("--dry-run checks all of it, and sends nothing", () =>
    Effect.gen(function* () {
      yield* listed("BULK-7")
      const { keys, ran } = yield* sentBy(receive("sku,quantity\nBULK-7,5\nBULK-7,6", "-n"))
      assert.deepStrictEqual(keys, [])
      assert.strictEqual(ran.stdout, "Would receive 11 units in 2 rows.\n")
    })
  )

  it.effect("shows its progress on a terminal only", () =>
    Effect.gen(function* () {
      yield* listed("BULK-8")
      const args = ["stock", "receive", "--file", "-"]
      const watched = { stdin: "sku,quantity\nBULK-8,5", isTerminal: true }
      assert.include((yield* souk(args, watched)).stderr, "1/1")
      for (const more of ["--quiet", "--json"]) {
        assert.strictEqual((yield* souk([...args, more], watched)).stderr, "", more)
      }
    })
  )

  it.effect("requires one product or one existing file", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* receive("sku,quantity\n", "--quantity", "5")).code, 2)
      assert.strictEqual((yield* souk(["stock", "receive", "--file", "/no/such"])).code, 2)
      const terminal = yield* souk(["stock", "receive", "--file", "-"])
      assert.strictEqual(terminal.code, 2)
      assert.include(terminal.stderr, "stdin is a terminal")
      const none = yield* souk(["stock", "receive", "BULK-1"])
      assert.include(none.stderr, "--quantity <units> is missing")
    })
  )

  it.effect("has limits", () =>
    Effect.gen(function* () {
      const large = yield* receive("x".repeat(fileBytesMax + 1))
      assert.deepStrictEqual([large.code, large.stderr.includes("more than")], [2, true])
      const rows = (count: number) => `sku,quantity\n${"A,1\n".repeat(count)}`
      assert.strictEqual(read(rows(rowsMax), "")._tag, "Right")
      assert.strictEqual(read(rows(rowsMax + 1), "")._tag, "Left")
    })
  )

  it.effect("refuses files in another format", () =>
    Effect.sync(() => {
      for (const content of ["", "\n", "sku\nA", "sku,quantity", "sku,quantity,x\nA,1,1", '"']) {
        assert.strictEqual(read(content, "")._tag, "Left", JSON.stringify(content))
      }
      assert.strictEqual(read("sku,sku,quantity\nA,B,1", "")._tag, "Left")
    })
  )
})
