/** `souk order cancel`, `ship`, `deliver`, `timeline` and `watch`. */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, TestClock, TestServices } from "effect"
import { souk } from "./support/Souk.ts"
import * as Stub from "./support/StubShop.ts"

const [pending, confirmed, shipped, delivered] = [0, 1, 2, 3].map((n) => Stub.orderNumber(n).id)

const order = (verb: string, id: string | undefined, ...more: ReadonlyArray<string>) =>
  souk(["order", verb, id ?? "", ...more])

layer(Stub.layer)("souk order", (it) => {
  it.effect("cancel asks first, and does nothing on a no", () =>
    Effect.gen(function* () {
      const { asked } = yield* Stub.StubShop
      const before = asked.length
      const { code, stderr } = yield* order("cancel", confirmed, "--yes=x")
      assert.strictEqual(code, 2, stderr)
      const no = yield* souk(["order", "cancel", confirmed ?? ""], {
        isTerminal: true,
        typed: "no"
      })
      assert.strictEqual(no.code, 3)
      assert.include(no.stderr, "give money and stock back? [y/N]")
      const noTerminal = yield* souk(["order", "cancel", confirmed ?? ""], { stdin: "" })
      assert.strictEqual(noTerminal.code, 2)
      assert.strictEqual(asked.length, before)
    })
  )

  it.effect("cancel --yes cancels under a key, and refuses a shipped order", () =>
    Effect.gen(function* () {
      const { asked } = yield* Stub.StubShop
      const { code, stdout } = yield* order("cancel", confirmed, "--yes", "--reason", "odd")
      assert.strictEqual(code, 0)
      assert.include(stdout, `Cancelled ${confirmed}`)
      assert.match(asked.at(-1)?.headers["idempotency-key"] ?? "", /^[\da-f-]{36}$/)
      const gone = yield* order("cancel", shipped, "--yes")
      assert.strictEqual(gone.code, 6)
      assert.include(gone.stderr, "has shipped (TN1)")
    })
  )

  it.effect("ship and deliver work only in this sequence", () =>
    Effect.gen(function* () {
      const left = yield* order("ship", confirmed, "--tracking", "3S 1")
      assert.deepStrictEqual([left.code, left.stdout], [0, `Shipped ${confirmed} under 3S 1.\n`])
      assert.strictEqual((yield* order("ship", pending)).code, 6)
      const there = yield* order("deliver", shipped, "--at", "2025-01-31T13:00:00+01:00", "--json")
      assert.strictEqual(JSON.parse(there.stdout).status, "delivered")
      assert.strictEqual((yield* order("deliver", pending)).code, 6)
      const never = yield* order("deliver", shipped, "--at", "2025-02-30T12:00:00Z")
      assert.strictEqual(never.code, 2)
    })
  )

  it.effect("reports an earlier change as such", () =>
    Effect.gen(function* () {
      const told = (verb: string, id: string | undefined) =>
        Effect.map(order(verb, id, ...(verb === "cancel" ? ["--yes"] : [])), ({ code, stdout }) => {
          assert.strictEqual(code, 0)
          return stdout
        })
      const { id } = Stub.cancelled
      assert.strictEqual(yield* told("ship", shipped), `${shipped} is shipped already.\n`)
      assert.strictEqual(yield* told("ship", delivered), `${delivered} is delivered already.\n`)
      assert.strictEqual(yield* told("deliver", delivered), `${delivered} is delivered already.\n`)
      assert.strictEqual(yield* told("cancel", id), `${id} is cancelled already.\n`)
    })
  )

  it.effect("prints how to repeat only for an unknown outcome", () =>
    Effect.gen(function* () {
      for (const refused of [
        yield* order("ship", pending),
        yield* order("cancel", shipped, "--yes"),
        yield* souk(["order", "ship", confirmed ?? ""], { env: { SOUK_ADMIN_KEY: "sk_wrong" } })
      ]) {
        assert.notStrictEqual(refused.code, 0)
        assert.notInclude(refused.stderr, "try again")
        assert.notInclude(refused.stderr, "--idempotency-key")
      }
    })
  )

  it.effect("--dry-run prints the outcome, and only reads from the shop", () =>
    Effect.gen(function* () {
      const { asked } = yield* Stub.StubShop
      const before = asked.length
      const { code, stdout } = yield* order("ship", confirmed, "--dry-run")
      assert.deepStrictEqual([code, stdout], [0, `${confirmed}: confirmed would become shipped.\n`])
      assert.strictEqual((yield* order("deliver", confirmed, "-n")).code, 6)
      assert.strictEqual((yield* order("cancel", shipped, "-n")).code, 6)
      assert.isTrue(asked.slice(before).every(({ method }) => method === "GET"))
    })
  )

  it.effect("timeline prints the events, escaped for a terminal", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* order("timeline", Stub.orderNumber(11).id)
      assert.strictEqual(code, 0)
      assert.include(stdout, String.raw`step 1 \u001b[31mdone`)
      const told = yield* order("timeline", Stub.orderNumber(11).id, "--json")
      const types = told.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).type)
      assert.deepStrictEqual(types, ["Step1", "Step2"])
    })
  )

  it.effect("watch ends with an order that is settled", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* order("watch", confirmed)
      assert.strictEqual(code, 0)
      assert.include(stdout, "step 1")
      assert.include(stderr, "This shop is older")
      assert.include(stderr, `${confirmed} is confirmed.`)
    })
  )

  it.effect("watch prints each entry once, and gives up in time", () =>
    Effect.gen(function* () {
      const { asked } = yield* Stub.StubShop
      const id = Stub.orderNumber(4).id
      const before = asked.length
      const fiber = yield* Effect.fork(order("watch", id, "--for", "5", "--json"))
      // The test clock stands still; the network does not.
      const looks = () => asked.slice(before).filter(({ url }) => url.includes("timeline")).length
      for (let look = 1; look <= 5; look++) {
        yield* TestServices.provideLive(
          Effect.repeat(Effect.sleep(5), { until: () => looks() >= look })
        )
        yield* TestServices.provideLive(Effect.sleep(50))
        yield* TestClock.adjust(1_000)
      }
      const { code, stderr, stdout } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 1)
      const [older, failed = ""] = stderr.trim().split("\n")
      assert.include(older, "This shop is older")
      assert.strictEqual(JSON.parse(failed).error.code, "not_settled")
      assert.strictEqual(stdout.trim().split("\n").length, 3)
    })
  )
})
