/** What every list of reminders must do, whatever it is made of. */
import { assert, describe } from "@effect/vitest"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Duration, Effect } from "effect"
import { Journal, Session } from "../../src/journal/Journal.ts"
import { Reminders } from "../../src/reminder/Reminder.ts"
import { append, attempt, attemptAll, clear, range, set, type Test, write } from "./Appends.ts"

export const reminderContract = (test: Test) =>
  describe("its reminders", () => {
    rows(test)
    names(test)
    claims(test)
  })

const rows = (test: Test) => {
  test(
    "comes and goes with the events of its stream",
    Effect.gen(function* () {
      const [journal, reminders] = [yield* Journal, yield* Reminders]
      assert.strictEqual(yield* reminders.overdueMs, 0)
      const session = new Session()
      yield* write(journal, append("a-1", 0, { session, reminders: [set(0)] }))
      yield* write(journal, append("a-2", 0, { reminders: [set(60_000)] }))
      yield* write(journal, append("a-1", 1, { session }))
      yield* Effect.sleep("20 millis")
      assert.isAbove(yield* reminders.overdueMs, 10)
      assert.strictEqual(
        yield* attempt(journal, append("a-1", 0, { reminders: [clear()] })),
        "VersionConflict"
      )
      assert.deepStrictEqual(yield* reminders.claim(10, 0, 0), [first("a-1")])
      yield* write(journal, append("a-1", 2, { session, reminders: [clear()] }))
      assert.deepStrictEqual(yield* reminders.claim(10, 0, 0), [])
      assert.strictEqual(yield* reminders.overdueMs, 0)
    })
  )

  test(
    "are listed oldest first, with those not due yet, and a list claims none",
    Effect.gen(function* () {
      const [journal, reminders] = [yield* Journal, yield* Reminders]
      assert.deepStrictEqual((yield* reminders.list(10)).data, [])
      yield* write(journal, append("a-2", 0, { reminders: [set(60_000)] }))
      yield* write(journal, append("a-1", 0, { reminders: [set(0)] }))
      yield* Effect.sleep("20 millis")
      const { at, data } = yield* reminders.list(10)
      assert.deepStrictEqual(
        data.map(({ attempts, stream }) => [stream, attempts]),
        [
          ["a-1", 0],
          ["a-2", 0]
        ]
      )
      const [oldest, second] = data
      assert.isAbove(oldest?.overdueMs ?? 0, 10)
      assert.isBelow(second?.overdueMs ?? 0, -50_000)
      assert.isTrue((oldest?.dueAt ?? "") < at && at < (second?.dueAt ?? ""))
      assert.deepStrictEqual(
        (yield* reminders.list(1)).data.map(({ stream }) => stream),
        ["a-1"]
      )
      assert.deepStrictEqual(yield* reminders.claim(10, 0, 0), [first("a-1")])
    })
  )

  test(
    "the last word of a commit counts",
    Effect.gen(function* () {
      const [journal, reminders] = [yield* Journal, yield* Reminders]
      const [one, two] = [new Session(), new Session()]
      yield* attemptAll(journal, [
        append("a-1", 0, { session: one, reminders: [set(0)] }),
        append("a-2", 0, { session: two, reminders: [clear()] }),
        append("a-1", 1, { session: one, reminders: [clear()] }),
        append("a-2", 1, { session: two, reminders: [set(0)] }),
        append("a-2", 2, { session: two })
      ])
      assert.deepStrictEqual(yield* reminders.claim(10, 0, 0), [first("a-2")])
    })
  )
}

const names = (test: Test) => {
  test(
    "are set, kept and cleared by name",
    Effect.gen(function* () {
      const [journal, reminders] = [yield* Journal, yield* Reminders]
      const session = new Session()
      const both = [set(0), set(0, "deadline")]
      yield* write(journal, append("a-1", 0, { session, reminders: both }))
      yield* write(journal, append("a-1", 1, { session, reminders: [clear("other")] }))
      yield* write(journal, append("a-1", 2, { session, reminders: [clear()] }))
      assert.deepStrictEqual(yield* reminders.claim(10, 0, 0), [first("a-1", "deadline")])
      yield* write(journal, append("a-1", 3, { session, reminders: [set(minuteMs, "deadline")] }))
      assert.deepStrictEqual(yield* reminders.claim(10, 0, 0), [])
    })
  )

  test(
    "are due at a time of their own, however late the commit",
    Effect.gen(function* () {
      const [journal, reminders] = [yield* Journal, yield* Reminders]
      const at = Timestamp.fromMillis(1_700_000_000_123)
      const later = Timestamp.plusMillis((yield* reminders.list(1)).at, minuteMs)
      const dueAt = (name: string, at: Timestamp.Timestamp) =>
        ({ _tag: "Set", name, due: { at } }) as const
      const both = [dueAt("late", at), dueAt("to come", later), set(0, "now")]
      yield* write(journal, append("a-1", 0, { reminders: both }))
      const { data } = yield* reminders.list(10)
      assert.deepStrictEqual([data[0]?.name, data[0]?.dueAt], ["late", at])
      assert.deepStrictEqual([data[2]?.name, data[2]?.dueAt], ["to come", later])
      const claimed = yield* reminders.claim(10, 0, 0)
      assert.deepStrictEqual(
        claimed.map(({ name }) => name),
        ["late", "now"]
      )
    })
  )

  test(
    "keep the error of the last attempt, until they are set again",
    Effect.gen(function* () {
      const [journal, reminders] = [yield* Journal, yield* Reminders]
      const session = new Session()
      yield* write(journal, append("a-1", 0, { session, reminders: [set(0)] }))
      const lastErrors = Effect.map(reminders.list(10), ({ data }) =>
        data.map(({ attempts, lastError }) => [attempts, lastError])
      )
      assert.deepStrictEqual(yield* lastErrors, [[0, null]])
      const [claimed] = yield* reminders.claim(1, 0, 0)
      assert.isDefined(claimed)
      yield* reminders.fail(claimed, new Error("no\nanswer"))
      assert.deepStrictEqual(yield* lastErrors, [[1, "Error: no answer"]])
      yield* write(journal, append("a-1", 1, { session, reminders: [set(minuteMs)] }))
      assert.deepStrictEqual(yield* lastErrors, [[0, null]])
      // The lease is over: what became of it says nothing of the reminder that is there now.
      yield* reminders.fail(claimed, new Error("too late"))
      assert.deepStrictEqual(yield* lastErrors, [[0, null]])
    })
  )
}

const claims = (test: Test) => {
  test(
    "is leased to one at a time",
    Effect.gen(function* () {
      const [journal, reminders] = [yield* Journal, yield* Reminders]
      yield* attemptAll(
        journal,
        range(20).map((index) => append(`a-${index}`, 0, { reminders: [set(0)] }))
      )
      const claim = reminders.claim(5, minuteMs, minuteMs)
      const claims = yield* Effect.all([claim, claim, claim, claim], { concurrency: "unbounded" })
      const rest = yield* reminders.claim(20, minuteMs, minuteMs)
      const streams = [...claims.flat(), ...rest].map(({ stream }) => stream)
      assert.strictEqual(streams.length, 20)
      assert.strictEqual(new Set(streams).size, 20)
      assert.deepStrictEqual(yield* reminders.claim(20, 0, 0), [])
    })
  )

  test(
    "is leased for longer each time, up to a limit",
    Effect.gen(function* () {
      const [journal, reminders] = [yield* Journal, yield* Reminders]
      yield* write(journal, append("a-1", 0, { reminders: [set(0)] }))
      const next = (leaseMsMax: number) =>
        Effect.delay(reminders.claim(1, 100, leaseMsMax), "5 millis").pipe(
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
      const [journal, reminders] = [yield* Journal, yield* Reminders]
      for (const stream of ["a-3", "a-1", "a-2"]) {
        yield* write(journal, append(stream, 0, { reminders: [set(0)] }))
        yield* Effect.sleep("5 millis")
      }
      const [one, two] = [
        yield* reminders.claim(1, minuteMs, minuteMs),
        yield* reminders.claim(5, minuteMs, minuteMs)
      ]
      const streams = [...one, ...two].map(({ stream }) => stream)
      assert.deepStrictEqual(streams, ["a-3", "a-1", "a-2"])
    })
  )
}

const minuteMs = 60_000
const first = (stream: string, name = "saga") => ({ stream, name, attempts: 0 })
