/** `souk stock adjust`. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import * as Stub from "./support/StubShop.ts"

const adjust = (sku: string, delta: string, ...more: ReadonlyArray<string>) =>
  souk(["stock", "adjust", sku, "--delta", delta, "--reason", "counted", ...more], { stdin: "" })

layer(Stub.layer)("souk stock adjust", (it) => {
  it.effect("adds without a confirmation, and prints the new stock", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* adjust("CUP-1", "+3")
      assert.strictEqual(code, 0)
      const now = "13 on hand, 2 reserved, 11 available"
      assert.strictEqual(stdout, `Adjusted CUP-1 by +3: ${now}.\n`)
    })
  )

  it.effect("writes off after a confirmation only", () =>
    Effect.gen(function* () {
      const unasked = yield* adjust("CUP-1", "-3")
      assert.strictEqual(unasked.code, 2)
      assert.include(unasked.stderr, "--yes is missing")
      const { code, stdout } = yield* adjust("CUP-1", "-3", "--yes")
      assert.strictEqual(code, 0)
      assert.include(stdout, "Adjusted CUP-1 by -3: 7 on hand")
    })
  )

  it.effect("never goes below what is reserved, not even in a dry run", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* adjust("CUP-1", "-9", "--yes")).code, 6)
      assert.strictEqual((yield* adjust("CUP-1", "-9", "--dry-run")).code, 6)
      const { stdout } = yield* adjust("CUP-1", "-8", "-n")
      assert.strictEqual(stdout, "CUP-1: 10 on hand would become 2.\n")
    })
  )

  it.effect("refuses invalid changes", () =>
    Effect.gen(function* () {
      for (const delta of ["0", "1.5", "", "many", "--3", "9999999999"]) {
        const { code, stderr } = yield* adjust("CUP-1", delta, "--yes")
        assert.strictEqual(code, 2, `${delta}: ${stderr}`)
      }
    })
  )
})
