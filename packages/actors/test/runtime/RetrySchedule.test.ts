/** When what failed is tried again, and that a test can make it soon. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, TestClock } from "effect"
import * as RetrySchedule from "../../src/runtime/RetrySchedule.ts"

/** Fails always; the moments of its tries, in milliseconds, within a minute of the test's clock. */
const tries = (
  how: typeof RetrySchedule.retry,
  policy: RetrySchedule.RetryPolicy,
  isWorthIt?: (error: string) => boolean
) =>
  Effect.gen(function* () {
    const startMs = yield* Clock.currentTimeMillis
    const moments: Array<number> = []
    const failing = Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
      moments.push(nowMs - startMs)
      return Effect.fail(`failure ${moments.length}`)
    })
    const fiber = yield* Effect.fork(Effect.exit(how(failing, policy, isWorthIt)))
    yield* TestClock.adjust(60_000)
    yield* Fiber.interrupt(fiber)
    return moments
  })

describe("a retry", () => {
  it.effect("waits longer each time, up to a limit, and so many times", () =>
    Effect.gen(function* () {
      const policy = { firstMs: 100, factor: 3, maxMs: 1_000, times: 4 }
      assert.deepStrictEqual(yield* tries(RetrySchedule.retry, policy), [0, 100, 400, 1_300, 2_300])
      assert.deepStrictEqual(
        yield* tries(RetrySchedule.retryLater, policy),
        [100, 400, 1_300, 2_300]
      )
    })
  )

  it.effect("goes on for so long, at an even pace", () =>
    Effect.gen(function* () {
      const moments = yield* tries(RetrySchedule.retry, { firstMs: 500, upToMs: 2_000 })
      assert.deepStrictEqual(moments, [0, 500, 1_000, 1_500, 2_000])
    })
  )

  it.effect("is spared what is not worth it", () =>
    Effect.gen(function* () {
      const isFirst = (error: string) => error === "failure 1"
      const moments = yield* tries(RetrySchedule.retry, { firstMs: 100, times: 9 }, isFirst)
      assert.deepStrictEqual(moments, [0, 100])
    })
  )

  it.effect("is off by a fifth at most where many retry", () =>
    Effect.gen(function* () {
      const [, second = 0] = yield* tries(RetrySchedule.retry, {
        firstMs: 1_000,
        jitter: true,
        times: 1
      })
      assert.isTrue(second >= 800 && second <= 1_210, `${second}`)
    })
  )

  it.effect("is as short as a test wants, with its limit", () =>
    Effect.gen(function* () {
      const scaled = RetrySchedule.layerScaled(0.1)
      const counted = { firstMs: 1_000, factor: 2, times: 2 }
      assert.deepStrictEqual(
        yield* Effect.provide(tries(RetrySchedule.retry, counted), scaled),
        [0, 100, 300]
      )
      assert.deepStrictEqual(
        yield* Effect.provide(tries(RetrySchedule.retryLater, counted), scaled),
        [100, 300]
      )
      const timed = { firstMs: 1_000, upToMs: 2_000 }
      assert.deepStrictEqual(
        yield* Effect.provide(tries(RetrySchedule.retry, timed), scaled),
        [0, 100, 200]
      )
    })
  )
})
