/** What a step between two states does to their reminders. */
import { assert, describe, it } from "@effect/vitest"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { changes } from "../../src/reminder/Reminder.ts"

const [soon, later] = [{ at: fromMillis(1) }, { at: fromMillis(2) }] as const

describe("the reminders of a state", () => {
  it("are set when they appear, kept while they are equal, and cleared when they go", () => {
    const saga = { inMs: 5_000 }
    assert.deepStrictEqual(changes({}, {}), [])
    assert.deepStrictEqual(changes({}, { saga }), [{ _tag: "Set", name: "saga", due: saga }])
    assert.deepStrictEqual(changes({ saga }, { saga: { ...saga } }), [])
    assert.deepStrictEqual(changes({ saga }, {}), [{ _tag: "Clear", name: "saga" }])
    assert.deepStrictEqual(changes({ saga: undefined }, { saga: undefined }), [])
    assert.deepStrictEqual(changes({ saga }, { saga: undefined }), [
      { _tag: "Clear", name: "saga" }
    ])
  })

  it("are set again when their time changes, each by its name", () => {
    assert.deepStrictEqual(changes({ deadline: soon, expiry: soon }, { deadline: later }), [
      { _tag: "Set", name: "deadline", due: later },
      { _tag: "Clear", name: "expiry" }
    ])
    assert.deepStrictEqual(changes({ deadline: soon }, { deadline: { inMs: 1 } }), [
      { _tag: "Set", name: "deadline", due: { inMs: 1 } }
    ])
  })
})
