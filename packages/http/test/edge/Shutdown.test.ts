/** Shutdown with requests in flight. */
import { assert, it } from "@effect/vitest"
import { Journal } from "@souk/actors/journal/Journal"
import * as Shutdown from "@souk/http/Shutdown"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import { get, orderOf, place, sell } from "../support/Requests.ts"

it.live("finishes requests in flight and accepts no new ones", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(TestHttpApp.layer, scope)
    const inside = <A, E>(effect: Effect.Effect<A, E, TestHttpApp.TestHttpApp>) =>
      Effect.provideService(
        effect,
        TestHttpApp.TestHttpApp,
        Context.get(context, TestHttpApp.TestHttpApp)
      )
    yield* inside(sell("LAMP"))
    // Two seconds at the provider: long enough for the HTTP layer to close meanwhile.
    const slow = orderOf({ token: "pm_souk_slow" })
    const waiting = yield* Effect.fork(inside(place("under way", slow)))
    yield* Effect.sleep("200 millis")
    const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
    yield* Effect.sleep("100 millis")
    const late = yield* Effect.exit(inside(get("/healthz")))
    assert.isTrue(Exit.isFailure(late), "a new request was accepted")
    const answer = yield* Fiber.join(waiting)
    assert.strictEqual(answer.status, 201, answer.text)
    assert.strictEqual(answer.body.status, "confirmed")
    assert.strictEqual(answer.headers.get("connection"), "close")
    yield* Effect.timeout(Fiber.join(closing), "5 seconds")
  })
)

it.live("aborts waits that are longer than the grace period; the order goes on", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const impatient = Layer.provide(TestHttpApp.layer, Layer.succeed(Shutdown.GracePeriodMs, 100))
    const context = yield* Layer.buildWithScope(impatient, scope)
    const inside = <A, E>(effect: Effect.Effect<A, E, TestHttpApp.TestHttpApp>) =>
      Effect.provideService(
        effect,
        TestHttpApp.TestHttpApp,
        Context.get(context, TestHttpApp.TestHttpApp)
      )
    yield* inside(sell("LAMP"))
    const slow = orderOf({ token: "pm_souk_slow" })
    const waiting = yield* Effect.fork(inside(place("under way", slow, { prefer: "wait=30" })))
    const journal = Context.get(context, Journal)
    yield* Effect.repeat(Effect.delay(journal.readCategory("order", 0, 1_000), 10), {
      until: ({ events }) => events.some(({ type }) => type === "OrderLineReserved")
    })
    const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
    const answer = yield* Fiber.join(waiting)
    assert.strictEqual(answer.status, 202, answer.text)
    assert.strictEqual(answer.body.status, "pending")
    assert.strictEqual(answer.headers.get("location"), `/v1/orders/${answer.body.id}`)
    assert.strictEqual(answer.headers.get("connection"), "close")
    yield* Effect.timeout(Fiber.join(closing), "10 seconds")
  })
)
