/** Placing orders over HTTP. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as TestDoor from "../support/TestDoor.ts"
import { get, orderOf, place, sell } from "../support/Requests.ts"

layer(TestDoor.layer, { excludeTestServices: true })("placing an order", (it) => {
  it.effect("confirms it, and says where it is", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const placed = yield* place("first", orderOf({ lines: [{ sku: "LAMP", quantity: 2 }] }))
      assert.strictEqual(placed.status, 201, placed.text)
      assert.strictEqual(placed.body.status, "confirmed")
      const { body } = yield* get(placed.headers.get("location") ?? "")
      assert.deepStrictEqual(body, placed.body)
      console.log(placed.text, [...placed.headers])
    })
  )
})
