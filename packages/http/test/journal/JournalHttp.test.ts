/** The export of the journal. */
import { assert, layer } from "@effect/vitest"
import { Array as Arr, Effect } from "effect"
import { type Append, type AppendFailure, Journal, Session } from "@souk/actors/journal/Journal"
import { ProductAggregate } from "@souk/domain/catalog/ProductAggregate"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import { CommandId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import { assertProblem, get, place, sell } from "../support/Requests.ts"

const at = fromMillis(1_767_225_600_000)

/** Events as an earlier version has written them. */
const plant = (
  stream: string,
  ...events: Arr.NonEmptyReadonlyArray<readonly [type: string, payload: object]>
) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const metadata = {
      commandId: CommandId.make(`planted/${stream}`),
      correlationId: "planted",
      causationId: "planted",
      who: "test"
    }
    const append: Append = {
      session: new Session(),
      stream,
      expected: 0,
      entries: Arr.map(events, ([type, payload]) => ({
        type,
        schemaVersion: 1,
        payload,
        metadata
      })),
      reminders: []
    }
    yield* Effect.async<void, AppendFailure>((resume) =>
      journal.enqueue(append, (failure) =>
        resume(failure === undefined ? Effect.void : Effect.fail(failure))
      )
    )
  })

layer(TestHttpApp.layer, { excludeTestServices: true })("the export of the journal", (it) => {
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

  it.effect("shows renamed events under their present names, and what is stored", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const id = OrderId.make("ord_Renamed0000000001")
      const payment = PaymentAggregate.streamId(id)
      const amount = { amountMinor: 100, currency: "EUR" }
      yield* plant(payment, ["PaymentBarred", { orderId: id, amount, at }])
      const sku = Sku.make("RENAMED")
      yield* plant(ProductAggregate.streamId(sku), [
        "ProductListed",
        { sku, name: "Renamed", price: amount, at }
      ])
      const counts = { sku, available: 1, reorderPoint: 1, reorderQuantity: 9, at }
      yield* plant(
        StockAggregate.streamId(sku),
        ["StockReceived", { sku, quantity: 1, at }],
        ["ReorderPointSet", { sku, reorderPoint: 1, reorderQuantity: 9, at }],
        ["StockRanLow", counts]
      )
      const { body } = yield* get("/v1/journal?limit=1000")
      const row = body.data.find(({ stream }: { stream: string }) => stream === payment)
      assert.deepInclude(row, { type: "PaymentBlocked", storedType: "PaymentBarred", version: 1 })
      assert.strictEqual((yield* journal.readStream(payment, 0, 1))[0]?.type, "PaymentBarred")
      assert.strictEqual((yield* get(`/v1/payments/${id}`)).body.status, "cancelled")
      const history = yield* get(`/v1/inventory/${sku}/history`)
      assert.deepInclude(history.body.data.at(-1), { type: "LowStockDetected", quantity: 1 })
    })
  )

  it.effect("reports invalid parameters", () =>
    Effect.gen(function* () {
      for (const query of ["after=-1", "after=x", "limit=0", "limit=1001", "after=1e400"]) {
        const refused = yield* get(`/v1/journal?${query}`)
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].parameter, query.split("=")[0])
      }
    })
  )
})
