/** What every journal must do, whatever it is made of. */
import { describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import type { Journal } from "../../src/journal/Journal.ts"
import type { Reminders } from "../../src/reminder/Reminder.ts"
import type { Test } from "./Appends.ts"
import { reminderContract } from "./ReminderContract.ts"
import { readingContract } from "./ReadingContract.ts"
import { sequenceContract } from "./SequenceContract.ts"
import { writingContract } from "./WritingContract.ts"

/** Each test gets a journal of its own. */
export const journalContract = <E>(name: string, layer: Layer.Layer<Journal | Reminders, E>) =>
  describe(`the journal in ${name}`, () => {
    const test: Test = (title, body) => it.live(title, () => Effect.provide(body, layer))
    writingContract(test)
    readingContract(test)
    reminderContract(test)
    sequenceContract(test)
  })
