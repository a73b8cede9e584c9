/** The journal in memory keeps the contract, and takes its time from the test. */
import { assert, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as JournalMemory from "../support/JournalMemory.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { SagaDue } from "../../src/saga/SagaDue.ts"
import { append, write } from "./Appends.ts"
import { journalContract } from "./JournalContract.ts"

journalContract("memory", JournalMemory.layer)

it.effect("commits while the clock stands still, and dues by that clock", () =>
  Effect.gen(function* () {
    const [journal, due] = [yield* Journal, yield* SagaDue]
    yield* TestClock.setTime(1_000)
    yield* write(journal, append("a-1", 0, { due: { _tag: "In", inMs: 60_000 } }))
    const [event] = yield* journal.readAll(0, 1)
    assert.strictEqual(event?.recordedAt, "1970-01-01T00:00:01.000Z")
    assert.deepStrictEqual(yield* due.claim(1, 1_000, 1_000), [])
    yield* TestClock.adjust("61 seconds")
    assert.strictEqual(yield* due.overdueMs, 1_000)
    assert.deepStrictEqual(yield* due.claim(1, 1_000, 1_000), [{ stream: "a-1", attempts: 0 }])
  }).pipe(Effect.provide(JournalMemory.layer))
)
