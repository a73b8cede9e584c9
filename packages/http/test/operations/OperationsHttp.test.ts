/** What operators see of work under way, and how they have it looked at now. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as TestDoor from "../support/TestDoor.ts"
import {
  assertNothingWritten,
  assertProblem,
  get,
  orderOf,
  place,
  post,
  sell
} from "../support/Requests.ts"

const unknown = "/v1/orders/ord_00000000000000000000/reminder"

layer(TestDoor.layer, { excludeTestServices: true })("an operator", (it) => {
  it.effect("sees an order that waits, and what it waits for", () =>
    Effect.gen(function* () {
      yield* sell("LAMP", 10)
      const wish = orderOf({ token: "pm_card_authenticationRequired" })
      const { body: order } = yield* place("waits", wish)
      const due = yield* get("/v1/saga-due")
      assert.strictEqual(due.status, 200, due.text)
      const row = due.body.data.find(
        ({ stream }: { stream: string }) => stream === `order-${order.id}`
      )
      assert.isDefined(row, due.text)
      assert.isAtMost(row.overdueMs, 0)
      const reminded = yield* post(`/v1/orders/${order.id}/reminder`, undefined)
      assert.strictEqual(reminded.status, 200, reminded.text)
      assert.deepInclude(reminded.body, {
        id: order.id,
        status: "pending",
        waitsFor: ["the customer, to convince their bank"],
        payment: "requires_action"
      })
    })
  )

  it.effect("reminds an order at rest without any effect", () =>
    Effect.gen(function* () {
      yield* sell("LAMP", 10)
      const { body: order } = yield* place("rests", orderOf())
      const url = `/v1/orders/${order.id}/reminder`
      const { body } = yield* assertNothingWritten(post(url, undefined))
      assert.deepStrictEqual(body, {
        id: order.id,
        status: "confirmed",
        version: order.version,
        isAtRest: true,
        waitsFor: [],
        payment: "captured"
      })
      const due = yield* get("/v1/saga-due?limit=500")
      const streams = due.body.data.map(({ stream }: { stream: string }) => stream)
      assert.notInclude(streams, `order-${order.id}`)
    })
  )

  it.effect("finds no order that was never placed, and gets no endless list", () =>
    Effect.gen(function* () {
      assertProblem(yield* post(unknown, undefined), 404, "order_not_found")
      for (const limit of ["0", "501", "x"]) {
        assertProblem(yield* get(`/v1/saga-due?limit=${limit}`), 400, "invalid_request")
      }
    })
  )
})
