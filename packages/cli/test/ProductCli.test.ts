/** `souk product`. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import * as Stub from "./support/StubShop.ts"

const set = (sku: string, ...more: ReadonlyArray<string>) => souk(["product", "set", sku, ...more])

const named = ["--name", "Mint tea", "--price", "4.50"]

layer(Stub.layer)("souk product", (it) => {
  it.effect("set lists a new product, and then it can be shown", () =>
    Effect.gen(function* () {
      const listed = yield* set("TEA-1", ...named)
      assert.strictEqual(listed.stdout, "Listed TEA-1, Mint tea, for 4.50 EUR.\n")
      assert.strictEqual(listed.code, 0)
      const { stdout } = yield* souk(["product", "show", "TEA-1", "--json"])
      assert.deepInclude(JSON.parse(stdout), {
        name: "Mint tea",
        price: { amountMinor: 450, currency: "EUR" }
      })
      assert.include((yield* souk(["product", "list"])).stdout, "4.50 EUR")
    })
  )

  it.effect("set keeps fields that are not given", () =>
    Effect.gen(function* () {
      yield* set("TEA-2", ...named, "--currency", "kwd", "--description", "Green")
      const { stdout } = yield* set("TEA-2", "--price", "1.250", "--json")
      assert.deepInclude(JSON.parse(stdout), {
        name: "Mint tea",
        description: "Green",
        price: { amountMinor: 1250, currency: "KWD" }
      })
    })
  )

  it.effect("set names missing fields of a new product, and lists nothing", () =>
    Effect.gen(function* () {
      for (const said of [["--name", "Tea"], ["--price", "1"], []]) {
        const { code, stderr } = yield* set("TEA-3", ...said)
        assert.strictEqual(code, 2)
        assert.match(stderr, /--(name|price) is missing: TEA-3 is a new product/)
      }
      const wrong = yield* set("TEA-3", "--name", "Tea", "--price", "1.5", "--currency", "JPY")
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.stderr, "no amount of JPY")
      assert.strictEqual((yield* souk(["product", "show", "TEA-3"])).code, 5)
    })
  )

  it.effect("set requires a price with a currency", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* set("TEA-4", "--name", "Tea", "--currency", "EUR")
      assert.strictEqual(code, 2)
      assert.include(stderr, "which is missing")
    })
  )

  it.effect("set --dry-run lists nothing", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* set("TEA-5", ...named, "--dry-run")
      assert.strictEqual(stdout, "Would list TEA-5, Mint tea, for 4.50 EUR.\n")
      assert.strictEqual(code, 0)
      assert.strictEqual((yield* souk(["product", "show", "TEA-5"])).code, 5)
    })
  )
})
