/** The journal in memory keeps the contract, and takes its time from the test. */
import { assert, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as JournalMemory from "../support/JournalMemory.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { Reminders } from "../../src/reminder/Reminder.ts"
import { append, set, write } from "./Appends.ts"
import { journalContract } from "./JournalContract.ts"

journalContract("memory", JournalMemory.layer)

it.effect("commits while the clock stands still, and reminds by that clock", () =>
  Effect.gen(function* () {
    const [journal, reminders] = [yield* Journal, yield* Reminders]
    yield* TestClock.setTime(1_000)
    yield* write(journal, append("a-1", 0, { reminders: [set(60_000)] }))
    const [event] = yield* journal.readAll(0, 1)
    assert.strictEqual(event?.recordedAt, "1970-01-01T00:00:01.000Z")
    assert.deepStrictEqual(yield* reminders.claim(1, 1_000, 1_000), [])
    yield* TestClock.adjust("61 seconds")
    assert.strictEqual(yield* reminders.overdueMs, 1_000)
    assert.deepStrictEqual(yield* reminders.claim(1, 1_000, 1_000), [
      { stream: "a-1", name: "saga", attempts: 0 }
    ])
  }).pipe(Effect.provide(JournalMemory.layer))
)
