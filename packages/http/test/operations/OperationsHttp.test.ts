/** What operators see of work under way, and how they have it looked at now. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
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

const unknown = "/v1/orders/ord_00000000000000000000/resume"

layer(TestHttpApp.layer, { excludeTestServices: true })("an operator", (it) => {
  it.effect("sees a pending order and its reminder", () =>
    Effect.gen(function* () {
      yield* sell("LAMP", 10)
      const wish = orderOf({ token: "pm_card_authenticationRequired" })
      const { body: order } = yield* place("waits", wish)
      const listed = yield* get("/v1/reminders")
      assert.strictEqual(listed.status, 200, listed.text)
      const row = listed.body.data.find(
        ({ stream }: { stream: string }) => stream === `order-${order.id}`
      )
      assert.isDefined(row, listed.text)
      assert.isAtMost(row.overdueMs, 0)
      assert.deepInclude(row, { name: "saga", attempts: 0, lastError: null })
      const resumed = yield* post(`/v1/orders/${order.id}/resume`, undefined)
      assert.strictEqual(resumed.status, 200, resumed.text)
      assert.deepInclude(resumed.body, {
        id: order.id,
        status: "pending",
        waitsFor: ["the customer, to convince their bank"],
        payment: "requires_action"
      })
    })
  )

  it.effect("resumes a settled order without any effect", () =>
    Effect.gen(function* () {
      yield* sell("LAMP", 10)
      const { body: order } = yield* place("rests", orderOf())
      const url = `/v1/orders/${order.id}/resume`
      const { body } = yield* assertNothingWritten(post(url, undefined))
      assert.deepStrictEqual(body, {
        id: order.id,
        status: "confirmed",
        version: order.version,
        isAtRest: true,
        waitsFor: [],
        payment: "captured"
      })
      const listed = yield* get("/v1/reminders?limit=500")
      const streams = listed.body.data.map(({ stream }: { stream: string }) => stream)
      assert.notInclude(streams, `order-${order.id}`)
    })
  )

  it.effect("gets 404 for an unknown order, and a bounded list", () =>
    Effect.gen(function* () {
      assertProblem(yield* post(unknown, undefined), 404, "order_not_found")
      for (const limit of ["0", "501", "x"]) {
        assertProblem(yield* get(`/v1/reminders?limit=${limit}`), 400, "invalid_request")
      }
    })
  )

  it.effect("gets 404 for the former paths", () =>
    Effect.gen(function* () {
      assertProblem(yield* get("/v1/saga-due"), 404, "not_found")
      const before = unknown.replace(/resume$/, "reminder")
      assertProblem(yield* post(before, undefined), 404, "not_found")
    })
  )
})
