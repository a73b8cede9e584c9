/** What every journal must do, whatever it is made of. */
import { describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import type { Journal } from "../../src/journal/Journal.ts"
import type { SagaDue } from "../../src/saga/SagaDue.ts"
import type { Test } from "./Appends.ts"
import { dueContract } from "./DueContract.ts"
import { readingContract } from "./ReadingContract.ts"
import { sequenceContract } from "./SequenceContract.ts"
import { writingContract } from "./WritingContract.ts"

/** Each test gets a journal of its own. */
export const journalContract = <E>(name: string, layer: Layer.Layer<Journal | SagaDue, E>) =>
  describe(`the journal in ${name}`, () => {
    const test: Test = (title, body) => it.live(title, () => Effect.provide(body, layer))
    writingContract(test)
    readingContract(test)
    dueContract(test)
    sequenceContract(test)
  })
