/** `souk payments reconcile`: differences as text, as JSON and as exit codes. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { souk } from "./support/Souk.ts"
import { orderOf, paymentsCount, SkipsOdd } from "./support/StubReconciliation.ts"
import * as Stub from "./support/StubShop.ts"

const reconcile = (...args: ReadonlyArray<string>) => souk(["payments", "reconcile", ...args])

const odd = orderOf(paymentsCount - 1)

layer(Stub.layer)("souk payments reconcile", (it) => {
  it.effect("says that the books agree", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* reconcile(orderOf(1))
      assert.deepStrictEqual([code, stdout], [0, ""])
      assert.strictEqual(stderr, "Compared 2 entries of 1 payment. The books agree.\n")
    })
  )

  it.effect("prints differences as a table, and ends with 7", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* reconcile(odd)
      assert.strictEqual(code, 7)
      const [title, row] = stdout.split("\n")
      assert.match(title ?? "", /^ORDER +KIND +AMOUNT +PROBLEM +OURS +THEIRS +DETAIL$/)
      assert.include(row, odd)
      assert.match(row ?? "", /capture +20\.00 EUR +missing at provider +succeeded +absent/)
      assert.include(stderr, "the books differ in 1 entry")
      assert.include(stderr, `souk payments show ${odd}`)
    })
  )

  it.effect("compares all payments, page by page, and prints the sums", () =>
    Effect.gen(function* () {
      const { asked } = yield* Stub.StubShop
      const before = asked.length
      const { code, stderr, stdout } = yield* reconcile("--all")
      assert.strictEqual(code, 7)
      assert.include(stdout, odd)
      assert.include(stdout, "40 payments: 800.00 EUR captured, 5.00 EUR refunded, 795.00 EUR kept")
      assert.include(stderr, "Compared 80 entries of 40 payments.")
      const limits = asked.slice(before).map(({ url }) => /after=(\d+)/.exec(url)?.[1])
      assert.deepStrictEqual(limits, ["0", "16", "32", "40"])
    })
  )

  it.effect("stops at the limit, and prints how to continue", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* reconcile("--all", "--limit", "20")
      assert.strictEqual(code, 0)
      assert.include(stderr, "There may be more: add --after 20")
      const rest = yield* reconcile("--all", "--after", "20", "--json")
      assert.strictEqual(rest.code, 7)
      assert.strictEqual(rest.stdout.trimEnd().split("\n").length, 20)
    })
  )

  it.effect("prints every payment as JSON, and the reason of its exit code", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* reconcile(odd, "--json")
      assert.strictEqual(code, 7)
      const { differences, orderId } = JSON.parse(stdout)
      assert.deepStrictEqual([orderId, differences.length], [odd, 1])
      assert.strictEqual(
        JSON.parse(stderr.trim().split("\n").at(-1) ?? "").error.code,
        "books_differ"
      )
    })
  )

  it.effect("lists waiting payments, which are no differences", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* reconcile("ord_open0000000000000001")
      assert.strictEqual(code, 0)
      assert.include(stderr, "1 payment still waits for an answer")
    })
  )

  it.effect("ends with 5 for no payment, and with 2 for an order and --all", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* reconcile("ord_0000000000000000")).code, 5)
      const both = yield* reconcile(odd, "--all")
      assert.strictEqual(both.code, 2)
      assert.include(both.stderr, "Leave one of them out")
    })
  )
})

layer(Stub.layer.pipe(Layer.provide(Layer.succeed(SkipsOdd, true))))(
  "souk payments reconcile, of a list that skips one",
  (it) => {
    it.effect("never says that the books agree when it has compared fewer than there are", () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* reconcile("--all")
        assert.strictEqual(code, 7)
        assert.notInclude(stderr, "agree")
        assert.include(stderr, "compared 39 payments of 40 in the totals")
        assert.include(stderr, "souk db rebuild payment_list")
      })
    )

    it.effect("makes no claim about all payments when it was told to compare some", () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* reconcile("--all", "--after", "20")
        assert.deepStrictEqual([code, stderr.includes("totals")], [0, false])
      })
    )
  }
)
