/** `souk order`: output of orders as text and as JSON. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import * as Stub from "./support/StubShop.ts"

const first = Stub.orderNumber(0)

const list = (...args: ReadonlyArray<string>) => souk(["order", "list", ...args])

layer(Stub.layer)("souk order show", (it) => {
  it.effect("prints all of an order", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* souk(["order", "show", first.id])
      assert.strictEqual(code, 0)
      assert.strictEqual(stderr, "")
      for (const text of [
        "order             ord_0000000000000000",
        "status            pending",
        "placed            2023-11-14 22:13:20 UTC",
        "ships to          Ada, 1 Street, 1000 AA Amsterdam NL",
        "metadata.channel  web",
        "SKU       NAME                  UNITS       EACH      TOTAL",
        "TEAPOT-1  Teapot                    2  12.50 EUR  25.00 EUR",
        "CUP-1     Cup \\u001b[31mred 茶      1   4.00 EUR   4.00 EUR",
        "subtotal  29.00 EUR",
        "tax        6.09 EUR",
        "total     40.04 EUR"
      ]) {
        assert.include(stdout, text)
      }
    })
  )

  it.effect("escapes control characters of texts", () =>
    Effect.gen(function* () {
      const { stdout } = yield* souk(["order", "show", first.id])
      assert.include(stdout, String.raw`Cup \u001b[31mred 茶`)
      assert.notInclude(stdout, "\u001B")
    })
  )

  it.effect("says why an order was cancelled", () =>
    Effect.gen(function* () {
      const { stdout } = yield* souk(["order", "show", Stub.cancelled.id])
      assert.include(stdout, "because           out of stock (CUP-1)")
    })
  )

  it.effect("prints the shop's JSON with --json", () =>
    Effect.gen(function* () {
      const { stdout } = yield* souk(["order", "show", first.id, "--json"])
      assert.deepStrictEqual(JSON.parse(stdout), first)
      assert.strictEqual(stdout.split("\n").length, 2)
    })
  )

  it.effect("ends with 5 when there is none", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* souk(["order", "show", "ord_0000000000007777"])
      assert.strictEqual(code, 5)
      assert.include(stderr, "Order not found.")
      assert.include(stderr, "See: souk order list")
      assert.strictEqual(stdout, "")
    })
  )
})

layer(Stub.layer)("souk order list", (it) => {
  it.effect("shows twenty under a title, and how to go on", () =>
    Effect.gen(function* () {
      const { stderr, stdout } = yield* list()
      const [title, row, ...others] = stdout.trimEnd().split("\n")
      assert.match(title ?? "", /^ORDER +STATUS +TOTAL +UNITS +CUSTOMER +PLACED$/)
      assert.match(row ?? "", /^ord_0+ +pending +40\.04 EUR +3 +even +2023-11-14 22:13:20 UTC$/)
      assert.strictEqual(others.length, 19)
      assert.strictEqual(
        stderr,
        `There are more: add --starting-after ${Stub.orderNumber(19).id}\n`
      )
    })
  )

  it.effect("continues after a given order", () =>
    Effect.gen(function* () {
      const after = Stub.orderNumber(Stub.ordersCount - 3).id
      const { stderr, stdout } = yield* list("--starting-after", after, "--json")
      assert.strictEqual(stdout.trimEnd().split("\n").length, 2)
      assert.strictEqual(stderr, "")
    })
  )

  it.effect("requests pages until the limit, or the end", () =>
    Effect.gen(function* () {
      const { asked } = yield* Stub.StubShop
      const before = asked.length
      const enough = yield* list("--limit", "150", "--json")
      assert.strictEqual(enough.stdout.trimEnd().split("\n").length, 150)
      const limits = asked.slice(before).map(({ url }) => /limit=(\d+)/.exec(url)?.[1])
      assert.deepStrictEqual(limits, ["100", "50"])
      const all = yield* list("--limit", "1000", "--json")
      const ids = all.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).id)
      assert.strictEqual(new Set(ids).size, Stub.ordersCount)
      assert.strictEqual(all.stderr, "")
    })
  )

  it.effect("picks by status and customer", () =>
    Effect.gen(function* () {
      const args = ["--status", "confirmed", "--customer", "odd", "--json", "--limit", "500"]
      const { stdout } = yield* list(...args)
      const rows = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
      assert.isAbove(rows.length, 50)
      for (const { customerId, status } of rows) {
        assert.deepStrictEqual([customerId, status], ["odd", "confirmed"])
      }
    })
  )

  it.effect("says that there are none", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* list("--customer", "unknown")
      assert.deepStrictEqual([code, stdout], [0, ""])
      assert.include(stderr, "no such orders")
    })
  )

  it.effect("colours a status on a terminal only", () =>
    Effect.gen(function* () {
      const args = ["order", "list", "--limit", "1"]
      const seen = yield* souk(args, { isTerminal: true })
      assert.include(seen.stdout, "\u001B[33mpending\u001B[39m")
      const piped = yield* souk(args)
      assert.notInclude(piped.stdout, "\u001B")
      const json = yield* souk([...args, "--json"], { isTerminal: true })
      assert.notInclude(json.stdout, "\u001B")
    })
  )
})
