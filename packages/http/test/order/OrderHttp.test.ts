/** Orders after their placement: read, list, cancel, ship, deliver. */
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

const unknown = "/v1/orders/ord_00000000000000000000"

layer(TestHttpApp.layer, { excludeTestServices: true })("an order", (it) => {
  const placed = (key: string, wish = {}) =>
    Effect.gen(function* () {
      yield* sell("LAMP", 10)
      const { body } = yield* place(key, orderOf(wish))
      return { id: String(body.id), url: `/v1/orders/${body.id}`, body }
    })

  it.effect("has a strong ETag, and is not sent again to a client that has it", () =>
    Effect.gen(function* () {
      const { body, url } = yield* placed("etag")
      const found = yield* get(url)
      assert.strictEqual(found.headers.get("etag"), `"${body.version}"`)
      assert.strictEqual(found.headers.get("cache-control"), "no-store")
      const again = yield* get(url, { headers: { "if-none-match": `"${body.version}"` } })
      assert.strictEqual(again.status, 304)
      assert.strictEqual(again.text, "")
    })
  )

  it.effect("is not found if it was never placed, or its id is malformed", () =>
    Effect.gen(function* () {
      for (const url of [unknown, "/v1/orders/ord_nope", "/v1/orders/%F0%9F%AA%94"]) {
        assertProblem(yield* get(url), 404, "order_not_found")
        assertProblem(yield* get(`${url}/timeline`), 404, "order_not_found")
        for (const step of ["cancellation", "shipment", "delivery"]) {
          const refused = yield* assertNothingWritten(post(`${url}/${step}`, {}))
          assertProblem(refused, 404, "order_not_found")
        }
      }
    })
  )

  it.effect("is shipped, then delivered; repeats have no effect", () =>
    Effect.gen(function* () {
      const { url } = yield* placed("parcel")
      assertProblem(yield* post(`${url}/delivery`, {}), 409, "order_not_shipped")
      const shipped = yield* post(`${url}/shipment`, { trackingNumber: "TN 1" })
      assert.strictEqual(shipped.status, 200, shipped.text)
      assert.deepInclude(shipped.body, { status: "shipped", trackingNumber: "TN 1" })
      const again = yield* assertNothingWritten(post(`${url}/shipment`, {}))
      assert.deepStrictEqual(again.body, shipped.body)
      const shippedAt: string = shipped.body.updatedAt
      const elsewhere = new Date(Date.parse(shippedAt) + 3_600_000).toISOString()
      const deliveredAt = elsewhere.replace("Z", "+01:00")
      const delivered = yield* post(`${url}/delivery`, { deliveredAt })
      assert.strictEqual(delivered.body.status, "delivered", delivered.text)
      yield* assertNothingWritten(post(`${url}/delivery`, {}))
      const { body } = yield* get(`${url}/timeline`)
      assert.strictEqual(body.data.at(-1).summary, `Delivered at ${shippedAt}`)
    })
  )

  it.effect("is delivered on a day of the calendar", () =>
    Effect.gen(function* () {
      const { url } = yield* placed("calendar")
      yield* post(`${url}/shipment`, {})
      const wrong = ["2025-02-30T12:00:00Z", "2025-01-31", "2025-01-31T25:00:00Z", "yesterday", 5]
      for (const deliveredAt of wrong) {
        const refused = yield* assertNothingWritten(post(`${url}/delivery`, { deliveredAt }))
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].pointer, "#/deliveredAt")
      }
      const leap = { deliveredAt: "2024-02-29T23:59:59.123456-01:00" }
      assertProblem(yield* post(`${url}/delivery`, leap), 422, "delivery_time_impossible")
    })
  )

  it.effect("is delivered after it was shipped, and not in the future", () =>
    Effect.gen(function* () {
      const { url } = yield* placed("possible")
      yield* post(`${url}/shipment`, {})
      const soon = new Date(Date.now() + 90_000).toISOString()
      for (const deliveredAt of ["0001-01-01T00:00:00Z", "2099-01-01T00:00:00Z", soon]) {
        const refused = yield* assertNothingWritten(post(`${url}/delivery`, { deliveredAt }))
        assertProblem(refused, 422, "delivery_time_impossible")
        assert.strictEqual(refused.body.errors[0].pointer, "#/deliveredAt")
      }
      const ahead = new Date(Date.now() + 30_000).toISOString()
      const delivered = yield* post(`${url}/delivery`, { deliveredAt: ahead })
      assert.strictEqual(delivered.body.status, "delivered", delivered.text)
    })
  )

  it.effect("cannot be cancelled after shipping", () =>
    Effect.gen(function* () {
      const { body, url } = yield* placed("left")
      yield* post(`${url}/shipment`, {})
      const refused = yield* assertNothingWritten(post(`${url}/cancellation`, {}))
      assertProblem(refused, 409, "order_already_shipped")
      assert.strictEqual(refused.body.trackingNumber, body.trackingNumber)
    })
  )

  it.effect("is cancelled, and then neither shipped nor delivered", () =>
    Effect.gen(function* () {
      const { id, url } = yield* placed("cancelled")
      const cancelled = yield* post(`${url}/cancellation`, { reason: "requested_by_customer" })
      assert.strictEqual(cancelled.status, 200)
      assert.strictEqual(cancelled.body.status, "cancelled")
      assert.strictEqual(cancelled.body.cancellation.reason, "requested_by_customer")
      const again = yield* assertNothingWritten(post(`${url}/cancellation`, {}))
      assert.deepStrictEqual(again.body, cancelled.body)
      assert.strictEqual((yield* get(`/v1/payments/${id}`)).body.status, "refunded")
      assertProblem(yield* post(`${url}/shipment`, {}), 409, "order_already_cancelled")
      assertProblem(yield* post(`${url}/delivery`, {}), 409, "order_already_cancelled")
    })
  )

  it.effect("keeps the note of a cancellation", () =>
    Effect.gen(function* () {
      const { url } = yield* placed("words")
      const { body } = yield* post(`${url}/cancellation`, { reason: "The lamp fell down." })
      assert.strictEqual(body.cancellation.reason, "requested_by_merchant")
      assert.strictEqual(body.cancellation.note, "The lamp fell down.")
    })
  )

  it.effect("is not shipped before it is confirmed", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const body = orderOf({ token: "pm_souk_slow" })
      const pending = yield* place("hasty", body, { prefer: "wait=0" })
      const url = `/v1/orders/${pending.body.id}`
      assertProblem(yield* post(`${url}/shipment`, {}), 409, "order_not_confirmed")
      const cancelled = yield* post(`${url}/cancellation`, {}, { prefer: "wait=0" })
      assert.strictEqual(cancelled.status, 202)
      assert.strictEqual(cancelled.body.status, "cancelling")
      const settled = yield* post(`${url}/cancellation`, {})
      assert.strictEqual(settled.status, 200)
      assert.strictEqual(settled.body.status, "cancelled")
    })
  )

  it.effect("accepts a key for each command, and one body for a key", () =>
    Effect.gen(function* () {
      const { url } = yield* placed("keyed steps")
      const key = { "idempotency-key": "step" }
      const shipped = yield* post(`${url}/shipment`, { trackingNumber: "A" }, key)
      const again = yield* post(`${url}/shipment`, { trackingNumber: "A" }, key)
      assert.deepStrictEqual(again.body, shipped.body)
      const other = yield* post(`${url}/shipment`, { trackingNumber: "B" }, key)
      assertProblem(other, 422, "idempotency_key_reused")

      const next = yield* placed("keyed cancellation")
      yield* post(`${next.url}/cancellation`, { reason: "one" }, key)
      const same = yield* post(`${next.url}/cancellation`, { reason: "one" }, key)
      assert.strictEqual(same.status, 200)
      const differs = yield* post(`${next.url}/cancellation`, { reason: "two" }, key)
      assertProblem(differs, 422, "idempotency_key_reused")
    })
  )

  it.effect("has a timeline with summaries and actors", () =>
    Effect.gen(function* () {
      const { body, url } = yield* placed("timeline")
      const { data } = (yield* get(`${url}/timeline`)).body
      assert.strictEqual(data.length, body.version)
      assert.deepInclude(data[0], {
        version: 1,
        type: "OrderPlaced",
        summary: "Ordered 1 unit for 10.00 EUR",
        actor: "admin"
      })
      assert.deepInclude(data.at(-1), {
        version: body.version,
        type: "OrderConfirmed",
        summary: `Confirmed under number ${body.confirmationNumber}`,
        actor: `order-${body.id}`,
        at: body.updatedAt
      })
    })
  )
})

layer(TestHttpApp.layer, { excludeTestServices: true })("the list of orders", (it) => {
  it.effect("goes through all orders, newest first, page by page", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      for (const n of [1, 2, 3, 4, 5]) {
        yield* place(`page ${n}`, orderOf({ customerId: `customer-${n % 2}` }))
      }
      yield* place("declined", orderOf({ token: "pm_card_chargeDeclined" }))
      const seen: Array<string> = []
      let url: string | undefined = "/v1/orders?limit=2"
      while (url !== undefined) {
        const page: Effect.Effect.Success<ReturnType<typeof get>> = yield* get(url)
        assert.strictEqual(page.status, 200, page.text)
        assert.strictEqual(page.body.object, "list")
        assert.strictEqual(page.body.url, "/v1/orders")
        for (const { id } of page.body.data) seen.push(id)
        const link: string | null = page.headers.get("link")
        url = link?.match(/^<([^>]*)>; rel="next"/)?.[1]
        assert.strictEqual(url !== undefined, page.body.hasMore)
      }
      assert.strictEqual(seen.length, 6)
      assert.strictEqual(new Set(seen).size, 6)

      const declined = (yield* get("/v1/orders?status=cancelled")).body.data
      assert.strictEqual(declined.length, 1)
      assert.strictEqual(declined[0].id, seen[0])
      const one = (yield* get("/v1/orders?customerId=customer-1&limit=2")).headers.get("link")
      assert.include(one, "customerId=customer-1")
    })
  )

  it.effect("reports invalid parameters", () =>
    Effect.gen(function* () {
      const wrong = [
        ["limit=0", "limit"],
        ["limit=101", "limit"],
        ["limit=ten", "limit"],
        ["limit=1.5", "limit"],
        ["limit=1&limit=2", "limit"],
        ["status=lost", "status"],
        ["startingAfter=ord_nope", "startingAfter"],
        ["startingAfter=ord_00000000000000000000", "startingAfter"],
        ["starting_after=ord_00000000000000000000", "starting_after"],
        ["customerId=a%20b", "customerId"]
      ] as const
      for (const [query, parameter] of wrong) {
        const refused = yield* get(`/v1/orders?${query}`)
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].parameter, parameter, refused.text)
      }
    })
  )
})
