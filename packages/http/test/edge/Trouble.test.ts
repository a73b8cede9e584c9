/** Failures behind the HTTP layer. */
import { assert, layer } from "@effect/vitest"
import { JournalUnavailable } from "@souk/actors/journal/Journal"
import { Effect } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import { assertNothingWritten, assertProblem, get, place, sell } from "../support/Requests.ts"

const secret = "password of the database"

const during = <A, E, R>(
  trouble: Effect.Effect<void, JournalUnavailable>,
  effect: Effect.Effect<A, E, R>
) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      TestHttpApp.journal.trouble = trouble
    }),
    () => effect,
    () =>
      Effect.sync(() => {
        TestHttpApp.journal.trouble = Effect.void
      })
  )

layer(TestHttpApp.layer, { excludeTestServices: true })("a server with failures", (it) => {
  const down = new JournalUnavailable({ cause: new Error(secret) })

  it.effect(
    "answers 503 while the journal is unavailable, and accepts the same key afterwards",
    () =>
      Effect.gen(function* () {
        yield* sell("LAMP")
        const refused = yield* during(down, assertNothingWritten(place("trouble")))
        assertProblem(refused, 503, "unavailable")
        assert.strictEqual(refused.headers.get("retry-after"), "1")
        assert.notInclude(refused.text, secret)
        assertProblem(yield* during(down, get("/v1/journal")), 503, "unavailable")
        assert.strictEqual((yield* place("trouble")).status, 201)
      })
  )

  it.effect("does not reveal bugs in responses", () =>
    Effect.gen(function* () {
      const bug = Effect.die(new Error(secret))
      const failed = yield* during(bug, get("/v1/journal"))
      assertProblem(failed, 500, "internal_error")
      assert.notInclude(failed.text, secret)
      const lines = TestHttpApp.log.filter((line) => line.includes(failed.body.requestId))
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], secret, "the cause is logged")
    })
  )

  it.effect("answers 503 when a handler is interrupted", () =>
    Effect.gen(function* () {
      assertProblem(yield* during(Effect.interrupt, get("/v1/journal")), 503, "unavailable")
    })
  )
})
