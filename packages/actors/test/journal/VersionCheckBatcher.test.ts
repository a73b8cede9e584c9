/** Looks for newer events, shared by all who ask at once. */
import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { setImmediate as turn } from "node:timers/promises"
import { VersionCheckBatcher, type Query } from "../../src/journal/VersionCheckBatcher.ts"
import { JournalUnavailable } from "../../src/journal/Journal.ts"

type Answer = Either.Either<boolean, JournalUnavailable>

/** A look that has begun, to be answered by hand. */
type Begun = { readonly values: Parameters<Query>[0]; readonly answer: Parameters<Query>[1] }

const open = () => {
  const begun: Array<Begun> = []
  const defects: Array<unknown> = []
  const look = new VersionCheckBatcher(
    (values, answer) => begun.push({ values, answer }),
    (defect) => defects.push(defect)
  )
  const answers: Array<Answer> = []
  const ask = (stream: string, after: number) =>
    look.hasNewer(stream, after, (answer) => answers.push(answer))
  return { answers, ask, begun, defects, look }
}

describe("VersionCheckBatcher", () => {
  it("asks the same question once, for all who ask it in one turn", async () => {
    const { answers, ask, begun } = open()
    for (let n = 0; n < 100; n++) ask("stock-A", 7)
    ask("stock-B", 7)
    ask("stock-A", 8)
    await turn()
    assert.deepStrictEqual(
      begun.map(({ values }) => values),
      [[["stock-A", "stock-B", "stock-A"], "{7,7,8}"]]
    )
    begun[0]?.answer(Either.right([["2"]]))
    assert.deepStrictEqual(
      answers.map((answer) => Either.getOrThrow(answer)),
      [...Array.from({ length: 100 }, () => false), true, false]
    )
  })

  it("never answers a question by a look that began before it", async () => {
    const { answers, ask, begun } = open()
    ask("stock-A", 7)
    await turn()
    ask("stock-A", 7)
    await turn()
    assert.strictEqual(begun.length, 1)
    begun[0]?.answer(Either.right([]))
    assert.deepStrictEqual(answers, [Either.right(false)])
    await turn()
    begun[1]?.answer(Either.right([["1"]]))
    assert.deepStrictEqual(answers, [Either.right(false), Either.right(true)])
  })

  it("looks for so many at a time, and turns away whom it cannot keep in mind", async () => {
    const { answers, ask, begun } = open()
    for (let n = 0; n < 10_001; n++) ask(`stock-${n}`, 1)
    await turn()
    assert.isTrue(Either.isLeft(answers[0]!))
    for (let looks = 0; answers.length < 10_001; looks++) {
      const [streams] = begun[looks]!.values
      assert.isAtMost(streams.length, 256)
      begun[looks]?.answer(Either.right([]))
      await turn()
    }
    assert.strictEqual(answers.filter(Either.isLeft).length, 1)
  })

  it("fails all callers of a failed query, and isolates a callback that throws", async () => {
    const { answers, ask, begun, defects, look } = open()
    look.hasNewer("stock-A", 7, () => {
      throw new Error("a bug")
    })
    ask("stock-A", 7)
    ask("stock-B", 7)
    await turn()
    const failure = new JournalUnavailable({ cause: "away" })
    begun[0]?.answer(Either.left(failure))
    assert.deepStrictEqual(answers, [Either.left(failure), Either.left(failure)])
    assert.strictEqual(defects.length, 1)
    ask("stock-A", 7)
    await turn()
    assert.strictEqual(begun.length, 2)
  })
})
