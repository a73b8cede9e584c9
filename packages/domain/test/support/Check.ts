/** Assertions for hot paths: those of the test runner cost more than what they check. */
import { assert } from "@effect/vitest"
import { isDeepStrictEqual } from "node:util"

export const must: (holds: boolean, sentence: string) => asserts holds = (holds, sentence) => {
  if (!holds) assert.fail(sentence)
}

/** Deep equality; the difference is only worked out when there is one. */
export const same = (actual: unknown, expected: unknown, sentence?: string) => {
  if (!isDeepStrictEqual(actual, expected)) assert.deepStrictEqual(actual, expected, sentence)
}
