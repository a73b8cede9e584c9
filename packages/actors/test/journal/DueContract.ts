/** What every list of due streams must do, whatever it is made of. */
import { assert, describe } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { Journal, Session } from "../../src/journal/Journal.ts"
import { SagaDue } from "../../src/saga/SagaDue.ts"
import { append, attempt, attemptAll, range, type Test, write } from "./Appends.ts"

export const dueContract = (test: Test) =>
  describe("what is due", () => {
    rows(test)
    claims(test)
  })

const rows = (test: Test) => {
  test(
    "comes and goes with the events of its stream",
    Effect.gen(function* () {
      const [journal, due] = [yield* Journal, yield* SagaDue]
      assert.strictEqual(yield* due.overdueMs, 0)
      const session = new Session()
      yield* write(journal, append("a-1", 0, { session, due: now }))
      yield* write(journal, append("a-2", 0, { due: { _tag: "In", inMs: 60_000 } }))
      yield* write(journal, append("a-1", 1, { session, due: { _tag: "Keep" } }))
      yield* Effect.sleep("20 millis")
      assert.isAbove(yield* due.overdueMs, 10)
      assert.strictEqual(
        yield* attempt(journal, append("a-1", 0, { due: done })),
        "VersionConflict"
      )
      assert.deepStrictEqual(yield* due.claim(10, 0, 0), [{ stream: "a-1", attempts: 0 }])
      yield* write(journal, append("a-1", 2, { session, due: done }))
      assert.deepStrictEqual(yield* due.claim(10, 0, 0), [])
      assert.strictEqual(yield* due.overdueMs, 0)
    })
  )

  test(
    "is told oldest first, with what is still to come, and taken by nobody who only looks",
    Effect.gen(function* () {
      const [journal, due] = [yield* Journal, yield* SagaDue]
      assert.deepStrictEqual((yield* due.list(10)).data, [])
      yield* write(journal, append("a-2", 0, { due: { _tag: "In", inMs: 60_000 } }))
      yield* write(journal, append("a-1", 0, { due: now }))
      yield* Effect.sleep("20 millis")
      const { at, data } = yield* due.list(10)
      assert.deepStrictEqual(
        data.map(({ attempts, stream }) => [stream, attempts]),
        [
          ["a-1", 0],
          ["a-2", 0]
        ]
      )
      const [first, second] = data
      assert.isAbove(first?.overdueMs ?? 0, 10)
      assert.isBelow(second?.overdueMs ?? 0, -50_000)
      assert.isTrue((first?.dueAt ?? "") < at && at < (second?.dueAt ?? ""))
      assert.deepStrictEqual(
        (yield* due.list(1)).data.map(({ stream }) => stream),
        ["a-1"]
      )
      assert.deepStrictEqual(yield* due.claim(10, 0, 0), [{ stream: "a-1", attempts: 0 }])
    })
  )

  test(
    "the last word of a commit counts",
    Effect.gen(function* () {
      const [journal, due] = [yield* Journal, yield* SagaDue]
      const [one, two] = [new Session(), new Session()]
      yield* attemptAll(journal, [
        append("a-1", 0, { session: one, due: now }),
        append("a-2", 0, { session: two, due: done }),
        append("a-1", 1, { session: one, due: done }),
        append("a-2", 1, { session: two, due: now }),
        append("a-2", 2, { session: two, due: { _tag: "Keep" } })
      ])
      assert.deepStrictEqual(yield* due.claim(10, 0, 0), [{ stream: "a-2", attempts: 0 }])
    })
  )
}

const claims = (test: Test) => {
  test(
    "is leased to one at a time",
    Effect.gen(function* () {
      const [journal, due] = [yield* Journal, yield* SagaDue]
      yield* attemptAll(
        journal,
        range(20).map((index) => append(`a-${index}`, 0, { due: now }))
      )
      const claim = due.claim(5, minuteMs, minuteMs)
      const claims = yield* Effect.all([claim, claim, claim, claim], { concurrency: "unbounded" })
      const rest = yield* due.claim(20, minuteMs, minuteMs)
      const streams = [...claims.flat(), ...rest].map(({ stream }) => stream)
      assert.strictEqual(streams.length, 20)
      assert.strictEqual(new Set(streams).size, 20)
      assert.deepStrictEqual(yield* due.claim(20, 0, 0), [])
    })
  )

  test(
    "is leased for longer each time, up to a limit",
    Effect.gen(function* () {
      const [journal, due] = [yield* Journal, yield* SagaDue]
      yield* write(journal, append("a-1", 0, { due: now }))
      const next = (leaseMsMax: number) =>
        Effect.delay(due.claim(1, 100, leaseMsMax), "5 millis").pipe(
          Effect.repeat({ until: ({ length }) => length > 0 }),
          Effect.map(([claimed]) => claimed?.attempts)
        )
      const [took, attempts] = yield* Effect.timed(
        Effect.forEach([minuteMs, minuteMs, minuteMs, 1], next)
      )
      assert.deepStrictEqual(attempts, [0, 1, 2, 3])
      assert.isAbove(Duration.toMillis(took), 100 + 200 + 400 - 10)
      assert.strictEqual(yield* next(1), 4)
    })
  )

  test(
    "takes the oldest first",
    Effect.gen(function* () {
      const [journal, due] = [yield* Journal, yield* SagaDue]
      for (const stream of ["a-3", "a-1", "a-2"]) {
        yield* write(journal, append(stream, 0, { due: now }))
        yield* Effect.sleep("5 millis")
      }
      const [one, two] = [
        yield* due.claim(1, minuteMs, minuteMs),
        yield* due.claim(5, minuteMs, minuteMs)
      ]
      const streams = [...one, ...two].map(({ stream }) => stream)
      assert.deepStrictEqual(streams, ["a-3", "a-1", "a-2"])
    })
  )
}

const minuteMs = 60_000
const now = { _tag: "In", inMs: 0 } as const
const done = { _tag: "Done" } as const
