/** Verification of stock against the journal, and its repair. */
import { assert, layer } from "@effect/vitest"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { Journal } from "@souk/actors/journal/Journal"
import { CommandId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { Clock, Effect, Option } from "effect"
import { refolded, wrongRows } from "../support/Operating.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import {
  assertNothingWritten,
  assertProblem,
  get,
  orderOf,
  place,
  post,
  sell
} from "../support/Requests.ts"

const holdMs = 900_000

/** Holds units for an order without its saga; the hold expires in `inMs`. */
const hold = (sku: string, orderId: string, quantity: number, inMs = holdMs) =>
  Effect.gen(function* () {
    const stock = yield* ActorClient.make(StockEntity)
    const nowMs = yield* Clock.currentTimeMillis
    const commandId = CommandId.make(`plant/${sku}/${orderId}`)
    yield* stock.handle(
      sku,
      {
        _tag: "ReserveStock",
        sku: Sku.make(sku),
        orderId: OrderId.make(orderId),
        quantity,
        expiresAt: fromMillis(nowMs + inMs)
      },
      { commandId, correlationId: "plant", causationId: "plant", who: "test" }
    )
  })

const unplaced = "ord_00000000000000000000"

const look = (sku: string) =>
  Effect.map(get(`/v1/inventory/${sku}/verification`), ({ body, status, text }) => {
    assert.strictEqual(status, 200, text)
    return body
  })

const problems = (body: { differences: ReadonlyArray<{ problem: string }> }) =>
  body.differences.map(({ problem }) => problem)

layer(TestHttpApp.layer, { excludeTestServices: true })("the stock of a product", (it) => {
  it.effect("is correct after sales, and its verification writes nothing", () =>
    Effect.gen(function* () {
      yield* sell("CALM", 10)
      yield* place("calm", orderOf({ lines: [{ sku: "CALM", quantity: 3 }] }))
      const body = yield* assertNothingWritten(look("CALM"))
      assert.deepInclude(body, { sku: "CALM", holds: 0, differences: [] })
    })
  )

  it.effect("is correct while an order is pending, or a hold has expired", () =>
    Effect.gen(function* () {
      yield* sell("BUSY", 10)
      const lines = [{ sku: "BUSY", quantity: 2 }]
      yield* place("busy", orderOf({ lines, token: "pm_card_authenticationRequired" }))
      assert.deepInclude(yield* look("BUSY"), { holds: 1, differences: [] })
      yield* hold("BUSY", unplaced, 1, 40)
      yield* Effect.repeat(look("BUSY"), {
        until: ({ differences }) => differences.length === 0,
        times: 1_000
      })
      assert.deepInclude(yield* look("BUSY"), { holds: 1, differences: [] })
    })
  )

  it.effect("has differences for holds of ended or unknown orders, and of another quantity", () =>
    Effect.gen(function* () {
      yield* sell("HELD", 10)
      yield* sell("OTHER", 10)
      const wish = orderOf({ lines: [{ sku: "HELD", quantity: 1 }] })
      const { body: order } = yield* place("held", wish)
      const { body: waiting } = yield* place(
        "waits",
        orderOf({
          lines: [{ sku: "OTHER", quantity: 1 }],
          token: "pm_card_authenticationRequired"
        })
      )
      yield* hold("HELD", order.id, 2)
      yield* hold("HELD", unplaced, 3)
      yield* hold("HELD", waiting.id, 1)
      const body = yield* look("HELD")
      assert.strictEqual(body.holds, 3)
      const told = new Map(
        body.differences.map((one: { orderId: string; problem: string; found: string }) => [
          one.orderId,
          `${one.problem}: ${one.found}`
        ])
      )
      assert.strictEqual(told.get(order.id), "orphan_hold: the order is confirmed")
      assert.strictEqual(told.get(unplaced), "orphan_hold: no such order")
      assert.strictEqual(told.get(waiting.id), "wrong_hold: 0 on its lines")
      const repaired = yield* post("/v1/inventory/HELD/repair", undefined)
      assert.deepStrictEqual(problems(repaired.body), ["wrong_hold"])
    })
  )

  it.effect("is repaired once, with the caller as actor, also for repeats", () =>
    Effect.gen(function* () {
      yield* sell("MEND", 10)
      yield* hold("MEND", unplaced, 4)
      wrongRows.set("MEND", Option.some({ sku: "MEND", name: "Wrong" }))
      assert.deepStrictEqual(problems(yield* look("MEND")), ["orphan_hold", "list_differs"])
      const headers = { "idempotency-key": "mend" }
      const mended = yield* post("/v1/inventory/MEND/repair", undefined, headers)
      assert.strictEqual(mended.status, 200, mended.text)
      assert.deepStrictEqual(mended.body.differences, [])
      assert.deepStrictEqual(mended.body.repairs, [
        { kind: "hold_released", orderId: unplaced, quantity: 4 },
        { kind: "row_rebuilt", readModel: "product_list" }
      ])
      assert.include(refolded, "MEND")
      const journal = yield* Journal
      const events = yield* journal.readStream("inventory-MEND", 0, 100)
      const released = events.filter(({ type }) => type === "ReservationReleased")
      assert.deepStrictEqual(
        released.map(({ metadata }) => metadata.who),
        ["admin"]
      )
      const again = yield* assertNothingWritten(
        post("/v1/inventory/MEND/repair", undefined, headers)
      )
      assert.strictEqual(again.headers.get("idempotent-replayed"), "true")
      assert.deepStrictEqual(again.body.repairs, [
        { kind: "hold_released", orderId: unplaced, quantity: 4 }
      ])
    })
  )

  it.effect("is verified page by page, by SKU", () =>
    Effect.gen(function* () {
      for (const sku of ["PAGE-1", "PAGE-2", "PAGE-3"]) yield* sell(sku, 1)
      yield* sell("PAGE-4", 0)
      const skus: Array<string> = []
      for (let after: string | null = "PAGE-"; after !== null;) {
        const page: Effect.Effect.Success<ReturnType<typeof get>> = yield* get(
          `/v1/stock-verification?limit=2&after=${after}`
        )
        assert.strictEqual(page.status, 200, page.text)
        skus.push(...page.body.data.map(({ sku }: { sku: string }) => sku))
        after = page.body.next
      }
      assert.deepStrictEqual(
        skus.filter((sku) => sku.startsWith("PAGE")),
        ["PAGE-1", "PAGE-2", "PAGE-3", "PAGE-4"]
      )
    })
  )

  it.effect("is not found for an unknown product", () =>
    Effect.gen(function* () {
      assertProblem(yield* get("/v1/inventory/GHOST/verification"), 404, "product_not_found")
      assertProblem(yield* post("/v1/inventory/GHOST/repair", undefined), 404, "product_not_found")
      assertProblem(yield* get("/v1/stock-verification?limit=33"), 400, "invalid_request")
    })
  )
})
