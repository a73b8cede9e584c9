/** Requests before the handlers are ready. */
import { createServer } from "node:http"
import { assert, it } from "@effect/vitest"
import * as ClientErrors from "@souk/http/edge/ClientErrors"
import { Effect } from "effect"
import { breaches } from "../support/Contract.ts"

it.live("refuses requests before the start with a problem document", () =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const early = createServer((_request, response) => ClientErrors.shed(response))
        early.listen(0, "127.0.0.1", () => resume(Effect.succeed(early)))
      }),
      (server) => Effect.sync(() => server.close())
    )
    const address = server.address()
    const port = typeof address === "object" ? address?.port : undefined
    const response = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/v1/orders`))
    assert.strictEqual(response.status, 503)
    assert.strictEqual(response.headers.get("retry-after"), "1")
    assert.strictEqual(response.headers.get("content-type"), "application/problem+json")
    const text = yield* Effect.promise(() => response.text())
    const { headers, status } = response
    assert.deepStrictEqual(
      breaches({ method: "GET", url: "/v1/orders", status, headers, text }),
      []
    )
  }).pipe(Effect.scoped)
)
