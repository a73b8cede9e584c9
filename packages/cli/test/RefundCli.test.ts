/** `souk refund`: amounts, confirmations and output. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import { paid } from "./support/StubPayments.ts"
import * as Stub from "./support/StubShop.ts"

const create = (order: string, ...more: ReadonlyArray<string>) =>
  souk(["refund", "create", order, "--reason", "broken", ...more])

const sure = (order: string, ...more: ReadonlyArray<string>) => create(order, "--yes", ...more)

/** How many refunds the shop was asked for while `effect` ran. */
const refundsSentBy = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { asked } = yield* Stub.StubShop
    const before = asked.length
    const result = yield* effect
    return { result, sent: asked.slice(before).filter(({ method }) => method === "POST") }
  })

const nothingSent = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(refundsSentBy(effect), ({ result, sent }) => {
    assert.deepStrictEqual(sent, [])
    return result
  })

layer(Stub.layer)("souk refund create", (it) => {
  it.effect("refunds a part, and prints what is left and the next command", () =>
    Effect.gen(function* () {
      const id = paid("captured", 1)
      const { code, stderr, stdout } = yield* sure(id, "--amount", "12.50")
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(stdout, `Refunded 12.50 EUR of ${id}; 7.50 EUR left.\n`)
      assert.strictEqual(stderr, `Next: souk refund list ${id}\n`)
      const rest = yield* sure(id)
      assert.strictEqual(rest.stdout, `Refunded 7.50 EUR of ${id}; 0.00 EUR left.\n`)
    })
  )

  it.effect("prints the refund as JSON", () =>
    Effect.gen(function* () {
      const args = ["--amount", "1.5", "--currency", "eur", "--json"]
      const { stdout } = yield* sure(paid("captured", 2), ...args)
      const { amount, id, reason, status } = JSON.parse(stdout)
      assert.match(id, /^re_/)
      assert.deepStrictEqual(
        { amount, reason, status },
        { amount: { amountMinor: 150, currency: "EUR" }, reason: "broken", status: "succeeded" }
      )
    })
  )

  it.effect("is made once under one key, and reports a repeat", () =>
    Effect.gen(function* () {
      const args = [paid("captured", 3), "--amount", "20", "--idempotency-key", "once"] as const
      const first = yield* sure(...args)
      const again = yield* sure(...args)
      assert.deepStrictEqual([first.code, again.code], [0, 0])
      assert.include(again.stdout, "Refunded 20.00 EUR")
      assert.include(again.stderr, "nothing more was refunded now")
      const other = yield* sure(paid("captured", 3), "--idempotency-key", "once")
      assert.strictEqual(other.code, 6)
      assert.include(other.stderr, "Use a new key")
    })
  )

  it.effect("--dry-run prints what would be left, without a confirmation or a refund", () =>
    Effect.gen(function* () {
      const id = paid("captured", 4)
      const dry = yield* nothingSent(create(id, "--amount", "12.50", "--dry-run"))
      assert.strictEqual(dry.code, 0)
      assert.strictEqual(
        dry.stdout,
        `12.50 EUR of ${id} would be refunded; 7.50 EUR would be left.\n`
      )
      assert.include(dry.stderr, "nothing was refunded")
      const told = yield* nothingSent(create(id, "-n", "--json"))
      assert.deepStrictEqual(JSON.parse(told.stdout), {
        dryRun: true,
        orderId: id,
        amount: { amountMinor: 2_000, currency: "EUR" },
        left: { amountMinor: 0, currency: "EUR" },
        reason: "broken"
      })
      const more = yield* nothingSent(create(id, "--amount", "20.01", "--dry-run"))
      assert.strictEqual(more.code, 6)
      assert.include(more.stderr, "only 20.00 EUR are left to refund")
    })
  )

  it.effect("counts in the decimals of the currency, and rounds nothing", () =>
    Effect.gen(function* () {
      const yen = yield* sure(paid("yen", 1), "--amount", "200")
      assert.include(yen.stdout, "Refunded 200 JPY")
      const dinar = yield* sure(paid("dinar", 1), "--amount", "0.125")
      assert.include(dinar.stdout, "Refunded 0.125 KWD")
      assert.include(dinar.stdout, "1.125 KWD left")
      const wrong = [
        [paid("captured", 5), "12.505", "EUR, which has at most 2 decimals"],
        [paid("yen", 2), "12.5", "JPY, which has no decimals"],
        [paid("dinar", 2), "0.1250", "--amount"],
        [paid("captured", 5), "1e3", "--amount"],
        [paid("captured", 5), "-1", "--amount"],
        [paid("captured", 5), "1,50", "--amount"],
        [paid("captured", 5), "0.00", "greater than zero"]
      ] as const
      for (const [id, amount, says] of wrong) {
        const { code, stderr } = yield* nothingSent(sure(id, `--amount=${amount}`))
        assert.deepStrictEqual([amount, code], [amount, 2])
        assert.include(stderr, says)
      }
    })
  )
})

layer(Stub.layer)("before a refund, souk", (it) => {
  const terminal = { isTerminal: true }
  const args = (n: number) => ["refund", "create", paid("captured", n), "--reason", "late"]

  it.effect("asks, and goes on for a yes", () =>
    Effect.gen(function* () {
      for (const typed of ["y", " YES "]) {
        const amount = ["--amount", "1"]
        const { code, stderr, stdout } = yield* souk([...args(11), ...amount], {
          ...terminal,
          typed
        })
        assert.strictEqual(code, 0)
        assert.include(stderr, `Refund 1.00 EUR of ${paid("captured", 11)}? [y/N] `)
        assert.include(stdout, "Refunded 1.00 EUR")
      }
    })
  )

  it.effect("ends with 3 for anything else, and has done nothing", () =>
    Effect.gen(function* () {
      for (const typed of ["", "n", "yeah?", "no"]) {
        const { code, stderr, stdout } = yield* nothingSent(souk(args(12), { ...terminal, typed }))
        assert.deepStrictEqual([code, stdout], [3, ""])
        assert.include(stderr, "nothing was done")
      }
    })
  )

  it.effect("requires --yes without a terminal, before it calls the shop", () =>
    Effect.gen(function* () {
      const { asked } = yield* Stub.StubShop
      const before = asked.length
      for (const around of [{}, { isTerminal: true, stdin: "y\n" }]) {
        const { code, stderr } = yield* souk(args(13), around)
        assert.strictEqual(code, 2)
        assert.include(stderr, "--yes is missing")
        assert.include(stderr, "--dry-run")
      }
      assert.strictEqual(asked.length, before)
    })
  )
})

layer(Stub.layer)("when a refund fails, souk", (it) => {
  it.effect.each([
    ["ord_0000000000000000", 5, "payment_not_found", "Payment not found"],
    [paid("declined", 1), 6, "not_refundable", "nothing was captured: the payment is declined"],
    [paid("broken", 1), 1, "internal_error", "internal error"],
    [paid("refused", 1), 1, "refund_failed", "the provider refused (card_closed)"]
  ] as const)("ends for %s with %s", ([id, exitCode, word, says]) =>
    Effect.gen(function* () {
      const words = yield* sure(id)
      assert.strictEqual(words.code, exitCode, words.stderr)
      assert.include(words.stderr, says)
      const json = yield* sure(id, "--json")
      assert.strictEqual(json.code, exitCode)
      assert.strictEqual(JSON.parse(json.stderr.trim().split("\n").at(-1) ?? "").error.code, word)
    })
  )

  it.effect("does not send invalid refunds", () =>
    Effect.gen(function* () {
      const id = paid("captured", 21)
      const more = yield* nothingSent(sure(id, "--amount", "20.01"))
      assert.strictEqual(more.code, 6)
      assert.include(more.stderr, "only 20.00 EUR are left to refund")
      const foreign = yield* nothingSent(sure(id, "--amount", "1", "--currency", "USD"))
      assert.strictEqual(foreign.code, 6)
      assert.include(foreign.stderr, "captured in EUR")
    })
  )

  it.effect("prints the shop's refusal after a concurrent refund", () =>
    Effect.gen(function* () {
      const id = paid("captured", 22)
      yield* sure(id, "--amount", "15")
      const { code, stderr } = yield* sure(id, "--amount", "6", "--idempotency-key", "late")
      assert.strictEqual(code, 6)
      assert.include(stderr, "At most 5.00 EUR can be refunded")
    })
  )

  it.effect("prints the key, to repeat without a second refund", () =>
    Effect.gen(function* () {
      const { stderr } = yield* sure(paid("broken", 2), "--amount", "1")
      assert.include(stderr, "It may have been done, or not.")
      assert.match(stderr, /souk refund create .* --idempotency-key [\da-f-]{36}/)
    })
  )

  it.effect("reports a pending refund", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* sure(paid("pending", 1), "--amount", "5")
      assert.strictEqual(code, 0)
      assert.include(stdout, "Accepted the refund of 5.00 EUR")
      assert.include(stdout, "15.00 EUR left")
    })
  )
})

layer(Stub.layer)("souk refund list", (it) => {
  it.effect("shows each refund and how it stands, and what is left", () =>
    Effect.gen(function* () {
      const id = paid("captured", 31)
      yield* sure(id, "--amount", "5")
      yield* sure(id, "--amount", "2.50")
      const { stderr, stdout } = yield* souk(["refund", "list", id])
      const [title, ...rows] = stdout.trimEnd().split("\n")
      assert.match(title ?? "", /^REFUND +STATUS +AMOUNT +ASKED FOR +CODE +REASON$/)
      assert.deepStrictEqual(
        rows.map((row) => row.split(/ {2,}/).slice(1, 3)),
        [
          ["succeeded", "5.00 EUR"],
          ["succeeded", "2.50 EUR"]
        ]
      )
      assert.strictEqual(stderr, "12.50 EUR are left to refund.\n")
      const json = yield* souk(["refund", "list", id, "--json"])
      assert.strictEqual(json.stdout.trimEnd().split("\n").length, 2)
    })
  )

  it.effect("shows a refund that the provider refused", () =>
    Effect.gen(function* () {
      const id = paid("refused", 32)
      yield* sure(id, "--amount", "5")
      const { stdout } = yield* souk(["refund", "list", id])
      assert.match(stdout, /failed +5\.00 EUR .* card_closed +broken/)
    })
  )

  it.effect("says that there are none", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* souk(["refund", "list", paid("captured", 33)])
      assert.deepStrictEqual([code, stdout], [0, ""])
      assert.strictEqual(stderr, "There are no refunds. 20.00 EUR are left to refund.\n")
    })
  )
})
