/** How a leased queue is worked off: an item that fails hurts no other, and the worker goes on. */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { JournalUnavailable } from "../../src/journal/Journal.ts"
import * as LeasedQueue from "../../src/reminder/LeasedQueue.ts"

const worker: LeasedQueue.Worker = {
  name: "test",
  everyMs: 1_000,
  claimsMax: 3,
  concurrency: 2,
  leaseMs: 1,
  leaseMsMax: 2
}

const away = new JournalUnavailable({ cause: "away" })

const item = (id: number) => ({ id, attempts: 0 })

it.effect("a worker keeps each error, and goes on after all of them", () =>
  Effect.gen(function* () {
    const rounds = [
      Effect.succeed([item(1), item(2), item(3)]),
      Effect.fail(away),
      Effect.succeed([item(4)])
    ]
    const errors: Array<readonly [number, unknown]> = []
    const done: Array<number> = []
    const queue = {
      claim: (...limits: ReadonlyArray<number>) => {
        assert.deepStrictEqual(limits, [3, 1, 2])
        return Effect.suspend(() => rounds.shift() ?? Effect.succeed([]))
      },
      fail: ({ id }: { readonly id: number }, error: unknown) => {
        errors.push([id, error])
        return Effect.fail(away)
      }
    }
    const handle = ({ id }: { readonly id: number }) => {
      if (id === 1) return Effect.die("a bug")
      if (id === 2) return Effect.fail("a failure")
      return Effect.sync(() => done.push(id))
    }
    const running = yield* Effect.fork(LeasedQueue.work(queue, worker, handle))
    yield* TestClock.adjust("10 seconds")
    assert.deepStrictEqual(errors, [
      [1, "a bug"],
      [2, "a failure"]
    ])
    assert.deepStrictEqual(done, [3, 4])
    yield* Fiber.interrupt(running)
  })
)

it("an error is kept as one line of bounded length", () => {
  assert.strictEqual(LeasedQueue.describe(new TypeError("a\tb\nc")), "TypeError: a b c")
  assert.strictEqual(LeasedQueue.describe("no answer"), "no answer")
  assert.isAtMost(LeasedQueue.describe(new Error("x".repeat(5_000))).length, 1_000)
})
