/** Closing the door while somebody is inside. */
import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import * as TestDoor from "../support/TestDoor.ts"
import { get, orderOf, place, sell } from "../support/Requests.ts"

it.live("lets everybody finish, and nobody in", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(TestDoor.layer, scope)
    const inside = <A, E>(effect: Effect.Effect<A, E, TestDoor.Door>) =>
      Effect.provideService(effect, TestDoor.Door, Context.get(context, TestDoor.Door))
    yield* inside(sell("LAMP"))
    // Two seconds at the provider: long enough for the door to close meanwhile.
    const slow = orderOf({ token: "pm_souk_slow" })
    const waiting = yield* Effect.fork(inside(place("under way", slow)))
    yield* Effect.sleep("200 millis")
    const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
    yield* Effect.sleep("100 millis")
    const late = yield* Effect.exit(inside(get("/healthz")))
    assert.isTrue(Exit.isFailure(late), "somebody was let in")
    const answer = yield* Fiber.join(waiting)
    assert.strictEqual(answer.status, 201, answer.text)
    assert.strictEqual(answer.body.status, "confirmed")
    assert.strictEqual(answer.headers.get("connection"), "close")
    yield* Effect.timeout(Fiber.join(closing), "5 seconds")
  })
)
