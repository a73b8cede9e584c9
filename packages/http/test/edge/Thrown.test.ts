/**
 * Errors that plain code of the HTTP layer throws affect one request only.
 */
import { assert, layer } from "@effect/vitest"
import { AllowedOrigins } from "@souk/http/edge/Cors"
import { Effect, Layer } from "effect"
import { assertProblem, get } from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const secret = "where the bug is"
const origin = "https://shop.example"

/** How many of the next reads of the allowed origins throw. */
let failures = 0

class Broken extends Set<string> {
  override has(one: string): boolean {
    if (failures-- > 0) throw new Error(secret)
    return super.has(one)
  }
}

const broken = Layer.succeed(AllowedOrigins, new Broken([origin]))

layer(TestHttpApp.layer.pipe(Layer.provide(broken)), { excludeTestServices: true })(
  "a bug in the HTTP layer",
  (it) => {
    const asked = get("/healthz", { headers: { origin } })

    it.effect("is answered with 500 without details", () =>
      Effect.gen(function* () {
        failures = 1
        const failed = yield* asked
        assertProblem(failed, 500, "internal_error")
        assert.notInclude(failed.text, secret)
        const lines = TestHttpApp.log.filter((line) => line.includes(failed.body.requestId))
        assert.strictEqual(lines.length, 1)
        assert.include(lines[0], secret)
      })
    )

    it.effect("closes one connection if the error response fails as well", () =>
      Effect.gen(function* () {
        failures = 2
        assert.isTrue((yield* Effect.exit(asked))._tag === "Failure")
        failures = 0
        assert.strictEqual((yield* asked).headers.get("access-control-allow-origin"), origin)
      })
    )
  }
)
