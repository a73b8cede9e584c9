/** The auditor's export. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Journal } from "@souk/actors/journal/Journal"
import * as TestDoor from "../support/TestDoor.ts"
import { assertProblem, get, place, sell } from "../support/Requests.ts"

layer(TestDoor.layer, { excludeTestServices: true })("the export of the journal", (it) => {
  it.effect("has every event once, in order, however large the pages", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { body: order } = yield* place("journal")
      const whole = yield* get("/v1/journal?limit=1000")
      const { data } = whole.body
      const positions = data.map(({ position }: { position: number }) => position)
      assert.deepStrictEqual(
        positions,
        positions.toSorted((a: number, b: number) => a - b)
      )
      const placed = data.find(({ type }: { type: string }) => type === "OrderPlaced")
      assert.strictEqual(placed.stream, `order-${order.id}`)
      assert.strictEqual(placed.version, 1)
      assert.strictEqual(placed.metadata.who, "admin")
      assert.strictEqual(placed.metadata.correlationId, order.id)
      assert.match(placed.metadata.causationId, /^req_/)
      assert.match(placed.recordedAt, /Z$/)
      assert.hasAllKeys(placed, [
        "position",
        "stream",
        "version",
        "type",
        "schemaVersion",
        "payload",
        "metadata",
        "recordedAt"
      ])

      const paged: Array<unknown> = []
      let after: number | null = 0
      while (after !== null) {
        const page: Effect.Effect.Success<ReturnType<typeof get>> = yield* get(
          `/v1/journal?after=${after}&limit=3`
        )
        paged.push(...page.body.data)
        after = page.body.next
      }
      assert.deepStrictEqual(paged, data)
    })
  )

  it.effect("has the snapshots of long streams, page by page", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      for (const n of [1, 2, 3]) {
        const stream = `inventory-LONG-${n}`
        yield* journal.save({ stream, version: n, schemaVersion: 1, state: { onHand: n } })
      }
      const first = yield* get("/v1/snapshots?limit=2")
      assert.deepStrictEqual(first.body, {
        data: [1, 2].map((n) => ({
          stream: `inventory-LONG-${n}`,
          version: n,
          schemaVersion: 1,
          state: { onHand: n }
        })),
        next: "inventory-LONG-2"
      })
      const rest = yield* get(`/v1/snapshots?after=${first.body.next}`)
      assert.deepStrictEqual([rest.body.data.length, rest.body.next], [1, null])
      assertProblem(yield* get("/v1/snapshots?limit=101"), 400, "invalid_request")
    })
  )

  it.effect("says which parameter is wrong", () =>
    Effect.gen(function* () {
      for (const query of ["after=-1", "after=x", "limit=0", "limit=1001", "after=1e400"]) {
        const refused = yield* get(`/v1/journal?${query}`)
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].parameter, query.split("=")[0])
      }
    })
  )
})
