/** `souk stock verify`: differences, repairs and exit codes. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import { orphan, productsCount, repaired, unsound, wrong } from "./support/StubOperator.ts"
import * as Stub from "./support/StubShop.ts"

const verify = (...args: ReadonlyArray<string>) => souk(["stock", "verify", ...args])

/** So that no test sees the differences of another. */
const whileWrong = <A, E, R>(
  entries: ReadonlyArray<readonly [string, ReadonlyArray<typeof orphan>]>,
  effect: Effect.Effect<A, E, R>
) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      for (const [sku, differences] of entries) wrong.set(sku, differences)
    }),
    () => effect,
    () => Effect.sync(() => wrong.clear())
  )

layer(Stub.layer)("souk stock verify", (it) => {
  it.effect("says that the books agree, of one product, of some, and of all", () =>
    Effect.gen(function* () {
      const one = yield* verify("SKU-001")
      assert.deepStrictEqual([one.code, one.stdout], [0, ""])
      assert.strictEqual(one.stderr, "Looked at 1 product and 1 hold. The books agree.\n")
      const some = yield* verify("SKU-001", "SKU-002", "SKU-003")
      assert.include(some.stderr, "Looked at 3 products and 3 holds.")
      const { asked } = yield* Stub.StubShop
      const before = asked.length
      const all = yield* verify("--all", "--json")
      assert.strictEqual(all.code, 0)
      assert.strictEqual(all.stdout.trim().split("\n").length, productsCount)
      const afters = asked.slice(before).map(({ url }) => /after=([\w-]+)/.exec(url)?.[1])
      assert.deepStrictEqual(afters, [undefined, "SKU-015", "SKU-031"])
    })
  )

  it.effect("prints differences as a table and the next command, and ends with 7", () =>
    whileWrong(
      [
        ["SKU-007", [orphan]],
        ["SKU-020", [unsound]]
      ],
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* verify("--all")
        assert.strictEqual(code, 7)
        assert.match(stdout, /^SKU +PROBLEM +JOURNAL +FOUND +NEXT\n/)
        assert.match(stdout, /SKU-007 +orphan hold +3 held for ord_0+1 +the order is cancelled/)
        assert.include(stdout, "souk stock verify SKU-007 --repair")
        assert.match(stdout, /SKU-020 +journal unsound .* souk journal verify/)
        assert.include(stderr, "the books differ in 2 places")
        const json = yield* verify("SKU-007", "--json")
        assert.deepStrictEqual(JSON.parse(json.stdout).differences, [orphan])
        assert.strictEqual(JSON.parse(json.stderr.split("\n").at(-2) ?? "").error.exitCode, 7)
      })
    )
  )

  it.effect("repairs what it can, and ends with 0 when nothing is left", () =>
    whileWrong(
      [["SKU-007", [orphan]]],
      Effect.gen(function* () {
        const dry = yield* verify("SKU-007", "--repair", "--dry-run")
        assert.strictEqual(dry.code, 7)
        assert.include(dry.stderr, "1 place would be mended")
        assert.deepStrictEqual(wrong.get("SKU-007"), [orphan])
        const { code, stderr, stdout } = yield* verify("--all", "--repair", "--yes")
        assert.strictEqual(code, 0, stderr)
        assert.include(stdout, "SKU-007: released 3 held for ord_0000000000000001.")
        assert.include(stderr, "The books agree now.")
      })
    )
  )

  it.effect("ends with 7 when something is left, which a repair does not touch", () =>
    whileWrong(
      [
        ["SKU-007", [orphan, unsound]],
        ["SKU-020", [unsound]]
      ],
      Effect.gen(function* () {
        const { code, stderr } = yield* verify("--all", "--repair", "--yes")
        assert.strictEqual(code, 7)
        assert.include(stderr, "Not everything is mended.")
        assert.include(stderr, "the books differ in 2 places")
        const before = repaired.size
        assert.strictEqual((yield* verify("--all", "--repair", "--yes")).code, 7)
        assert.strictEqual(repaired.size, before)
      })
    )
  )

  it.effect("asks first, takes anything but yes as no, and does not ask without a terminal", () =>
    whileWrong(
      [["SKU-007", [orphan]]],
      Effect.gen(function* () {
        const args = ["stock", "verify", "SKU-007", "--repair"]
        const no = yield* souk(args, { isTerminal: true, typed: "n" })
        assert.strictEqual(no.code, 3)
        assert.include(no.stderr, "Repair 1 place of 1 product? [y/N]")
        const noTerminal = yield* souk(args, { stdin: "" })
        assert.strictEqual(noTerminal.code, 2)
        assert.deepStrictEqual(wrong.get("SKU-007"), [orphan])
        const yes = yield* souk(args, { isTerminal: true, typed: "y" })
        assert.strictEqual(yes.code, 0, yes.stderr)
      })
    )
  )

  it.effect("sends the same key for the same product of the same attempt, and no other", () =>
    Effect.gen(function* () {
      const repair = (key: string) =>
        whileWrong(
          [
            ["SKU-007", [orphan]],
            ["SKU-008", [orphan]]
          ],
          verify("SKU-007", "SKU-008", "--repair", "--yes", "--idempotency-key", key)
        )
      const before = repaired.size
      yield* repair("one")
      assert.strictEqual(repaired.size, before + 2)
      yield* repair("one")
      assert.strictEqual(repaired.size, before + 2)
      yield* repair("two")
      assert.strictEqual(repaired.size, before + 4)
    })
  )

  it.effect("requires products or --all, and ends with 5 for an unknown product", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* verify()).code, 2)
      assert.strictEqual((yield* verify("SKU-001", "--all")).code, 2)
      assert.strictEqual((yield* verify("sku 1")).code, 2)
      assert.strictEqual((yield* verify("UNKNOWN-1")).code, 5)
    })
  )
})
