/** The trace of a request, from its header to the journal. */
import { assert, it, layer } from "@effect/vitest"
import { traceIdOf } from "@souk/http/edge/Request"
import { Effect } from "effect"
import { get, orderOf, place, sell } from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`

it("a trace id is read by W3C Trace Context", () => {
  assert.strictEqual(traceIdOf(traceparent), traceId)
  assert.strictEqual(traceIdOf(`01-${traceId}-00f067aa0ba902b7-01-more`), traceId)
  const others = [
    undefined,
    "",
    traceId,
    `ff-${traceId}-00f067aa0ba902b7-01`,
    `${traceparent}-more`,
    traceparent.toUpperCase(),
    `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
    `00-${traceId}-${"0".repeat(16)}-01`
  ]
  for (const header of others) assert.isUndefined(traceIdOf(header), header)
})

layer(TestHttpApp.layer, { excludeTestServices: true })("the trace of a request", (it) => {
  it.effect("is in every event that the request caused, and in problem documents", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { body } = yield* place("traced", orderOf(), { traceparent })
      assert.strictEqual(body.status, "confirmed")
      const { data } = (yield* get("/v1/journal?limit=1000")).body
      const traced = data.filter(
        ({ metadata }: { metadata: { traceId?: string } }) => metadata.traceId === traceId
      )
      const rooms = new Set(traced.map(({ stream }: { stream: string }) => stream.split("-")[0]))
      assert.sameMembers([...rooms], ["order", "inventory", "payment", "shipment"])
      const ofOrder = data.filter(({ stream }: { stream: string }) => stream === `order-${body.id}`)
      assert.isTrue(
        ofOrder.every(({ metadata }: { metadata: object }) => "traceId" in metadata),
        "all of the order's own events"
      )
      const problem = yield* get("/nowhere", { headers: { traceparent } })
      assert.strictEqual(problem.body.traceId, traceId)
      assert.notProperty((yield* get("/nowhere")).body, "traceId")
    })
  )
})
