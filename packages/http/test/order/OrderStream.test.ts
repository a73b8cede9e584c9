/** The stream of an order. */
import { assert, it, layer } from "@effect/vitest"
import { HeartbeatMs } from "@souk/actors/journal/StreamNotifier"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { type Block, dataOf, open } from "../support/EventStreams.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import { assertProblem, get, place, post, sell, send } from "../support/Requests.ts"

const asAdmin = { authorization: `Bearer ${TestHttpApp.adminKey}` }

const isEvent = (block: Block) => "event" in block

const ordered = (key: string) =>
  Effect.gen(function* () {
    yield* sell("LAMP")
    const { body } = yield* place(key)
    return { id: body.id, path: `/v1/orders/${body.id}/stream` }
  })

const deliver = (id: string) =>
  Effect.zipRight(post(`/v1/orders/${id}/shipment`, {}), post(`/v1/orders/${id}/delivery`, {}))

const beating = TestHttpApp.layer.pipe(Layer.provide(Layer.succeed(HeartbeatMs, 50)))

layer(beating, { excludeTestServices: true })("an order's stream", (it) => {
  it.scoped("begins at once, with a reconnect time", () =>
    Effect.gen(function* () {
      const { path } = yield* ordered("begins")
      const opened = yield* open(path, asAdmin)
      assert.strictEqual(opened.status, 200)
      assert.strictEqual(opened.headers.get("content-type"), "text/event-stream")
      assert.strictEqual(opened.headers.get("cache-control"), "no-store")
      assert.strictEqual(opened.headers.get("x-accel-buffering"), "no")
      assert.deepStrictEqual(yield* opened.next, { retry: "2000" })
    })
  )

  it.scoped("sends earlier events, later events, and the end", () =>
    Effect.gen(function* () {
      const { id, path } = yield* ordered("story")
      const opened = yield* open(path, asAdmin)
      const first = yield* opened.event
      assert.strictEqual(first["event"], "order")
      assert.strictEqual(first["id"], "1")
      assert.strictEqual(dataOf(first).changes.status, "pending")
      yield* deliver(id)
      const events = (yield* opened.rest).filter(isEvent)
      const updates = [first, ...events.slice(0, -1)]
      const ids = updates.map((block) => Number(block["id"]))
      assert.deepStrictEqual(
        ids,
        ids.map((_, index) => index + 1)
      )
      const order = (yield* get(`/v1/orders/${id}`)).body
      const laid = Object.assign({}, ...updates.map((block) => dataOf(block).changes))
      assert.deepStrictEqual({ ...laid, version: ids.at(-1) }, order)
      const end = events.at(-1) ?? {}
      assert.strictEqual(end["event"], "end")
      assert.deepStrictEqual(dataOf(end), { version: order.version, status: "delivered" })
      const timeline = (yield* get(`/v1/orders/${id}/timeline`)).body.data
      const told = updates.map((block) => dataOf(block).summary)
      assert.deepStrictEqual(
        told,
        timeline.map(({ summary }: { summary: string }) => summary)
      )
    })
  )

  it.scoped("continues after the last event id, and ends", () =>
    Effect.gen(function* () {
      const { id, path } = yield* ordered("resumed")
      yield* deliver(id)
      const { version } = (yield* get(`/v1/orders/${id}`)).body
      for (const seen of [0, 1, version - 1]) {
        const byHeader = yield* open(path, { ...asAdmin, "last-event-id": `${seen}` })
        const byQuery = yield* open(`${path}?lastEventId=${seen}`, asAdmin)
        for (const opened of [byHeader, byQuery]) {
          const events = (yield* opened.rest).filter(isEvent)
          assert.strictEqual(events.length, version - seen + 1)
          assert.strictEqual(events[0]?.["id"], `${seen + 1}`)
          assert.strictEqual(events.at(-1)?.["event"], "end")
        }
      }
      const again = yield* send("GET", path, { headers: { "last-event-id": `${version}` } })
      assert.strictEqual(again.status, 204)
      assert.strictEqual(again.text, "")
    })
  )

  it.scoped("sends heartbeats", () =>
    Effect.gen(function* () {
      const { path } = yield* ordered("beats")
      const opened = yield* open(path, asAdmin)
      yield* Effect.repeat(opened.next, { until: (block) => "" in block })
    })
  )

  it.effect("is refused like the order itself", () =>
    Effect.gen(function* () {
      const { path } = yield* ordered("refused")
      assertProblem(yield* get("/v1/orders/ord_0000000000000000/stream"), 404, "order_not_found")
      assertProblem(yield* get("/v1/orders/ord_/stream"), 404, "order_not_found")
      assertProblem(yield* get(path, { isAnonymous: true }), 401, "unauthorized")
      assertProblem(yield* get(`${path}?key=1`), 400, "invalid_request")
      const accept = yield* get(path, { headers: { accept: "application/json" } })
      assertProblem(accept, 406, "not_acceptable")
      for (const seen of ["x", "-1", "1.5", "99", ""]) {
        const refused = yield* get(path, { headers: { "last-event-id": seen } })
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].header, "Last-Event-ID")
      }
    })
  )
})

layer(TestHttpApp.layer, { excludeTestServices: true })("a ticket for a stream", (it) => {
  it.scoped("opens the stream of its order only", () =>
    Effect.gen(function* () {
      const { id, path } = yield* ordered("ticket")
      const { id: other } = yield* ordered("other")
      const { body, headers, status } = yield* post(`/v1/orders/${id}/stream-tickets`, {})
      assert.strictEqual(status, 201)
      assert.strictEqual(headers.get("cache-control"), "no-store")
      assert.strictEqual(body.url, `${path}?ticket=${body.ticket}`)
      const opened = yield* open(body.url)
      assert.strictEqual(opened.status, 200)
      assert.strictEqual((yield* opened.event)["id"], "1")
      const isAnonymous = true
      const query = `?ticket=${body.ticket}`
      const closed = [
        `/v1/orders/${other}/stream${query}`,
        `${path}${query}x`,
        `${path}?ticket=`,
        `${path}?ticket=${body.ticket.replace(/^\d/, "9")}`
      ]
      for (const path of closed) {
        assertProblem(yield* get(path, { isAnonymous }), 401, "unauthorized")
      }
      const headers2 = { authorization: `Bearer ${body.ticket}` }
      const elsewhere = yield* get(`/v1/orders/${id}`, { isAnonymous, headers: headers2 })
      assertProblem(elsewhere, 401, "unauthorized")
    })
  )

  it.effect("is refused to callers that may not see the order", () =>
    Effect.gen(function* () {
      const { id } = yield* ordered("unseen")
      const path = `/v1/orders/${id}/stream-tickets`
      const sending = { isAnonymous: true, body: {} }
      assertProblem(yield* send("POST", path, sending), 401, "unauthorized")
      const absent = yield* post("/v1/orders/ord_0000000000000000/stream-tickets", {})
      assertProblem(absent, 404, "order_not_found")
    })
  )
})

it.scopedLive("ends at a shutdown without delaying it", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(TestHttpApp.layer, scope)
    const inside = <A, E, R>(effect: Effect.Effect<A, E, R | TestHttpApp.TestHttpApp>) =>
      Effect.provideService(
        effect,
        TestHttpApp.TestHttpApp,
        Context.get(context, TestHttpApp.TestHttpApp)
      )
    const { path } = yield* inside(ordered("drain"))
    const opened = yield* inside(open(path, asAdmin))
    yield* opened.event
    const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
    const rest = yield* Effect.timeout(opened.rest, "5 seconds")
    assert.isFalse(
      rest.some((block) => block["event"] === "end"),
      "the order is not over"
    )
    yield* Effect.timeout(Fiber.join(closing), "5 seconds")
  })
)
