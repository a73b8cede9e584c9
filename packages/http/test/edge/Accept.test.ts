/** Content negotiation by `Accept`. */
import { assert, describe, it, layer } from "@effect/vitest"
import { accepts } from "@souk/http/edge/Request"
import { Effect } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import {
  assertNothingWritten,
  assertProblem,
  get,
  orderOf,
  place,
  sell,
  send
} from "../support/Requests.ts"

const json = "application/json"

describe("content negotiation", () => {
  it("follows the most specific range", () => {
    const taken = [
      undefined,
      "",
      "*/*",
      "application/json",
      "Application/JSON; q=0.1",
      "application/*",
      "text/html, */*;q=0.1",
      "application/json;charset=utf-8",
      "text/html;q=0.9,application/json;q=0.001",
      "*/*;q=0, application/json",
      "application/*;q=0, application/json;q=1",
      "no media range at all"
    ]
    for (const accept of taken) assert.isTrue(accepts(accept, json), accept)
    const refused = [
      "text/html",
      "text/*",
      "application/xml, text/plain",
      "application/json;q=0",
      "application/json;q=0.000, */*",
      "application/*;q=0, */*",
      "*/*;q=0"
    ]
    for (const accept of refused) assert.isFalse(accepts(accept, json), accept)
  })
})

layer(TestHttpApp.layer, { excludeTestServices: true })(
  "a request without an acceptable media type",
  (it) => {
    it.effect("is refused without effect, with the available types", () =>
      Effect.gen(function* () {
        yield* sell("LAMP")
        const refused = yield* assertNothingWritten(place("xml", orderOf(), { accept: "text/xml" }))
        assertProblem(refused, 406, "not_acceptable")
        assert.deepStrictEqual(refused.body.available, [json])
        const page = yield* get("/docs", { headers: { accept: json } })
        assertProblem(page, 406, "not_acceptable")
        assert.deepStrictEqual(page.body.available, ["text/html"])
        const head = yield* send("HEAD", "/v1/orders", { headers: { accept: "text/html" } })
        assert.strictEqual(head.status, 406)
        assert.strictEqual(head.text, "")
      })
    )

    it.effect("gets a problem document for any other error", () =>
      Effect.gen(function* () {
        const headers = { accept: "text/html" }
        assertProblem(yield* get("/nowhere", { headers }), 404, "not_found")
        assertProblem(yield* send("DELETE", "/v1/orders", { headers }), 405, "method_not_allowed")
      })
    )
  }
)
