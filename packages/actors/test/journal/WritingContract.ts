/** What every journal must do with what it is given, whatever it is made of. */
import { assert, describe } from "@effect/vitest"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Effect, Option, Schema } from "effect"
import { Journal, Session, VersionConflict } from "../../src/journal/Journal.ts"
import {
  append,
  attempt,
  attemptAll,
  enqueue,
  entry,
  outcomeOf,
  places,
  range,
  type Test,
  write
} from "./Appends.ts"

export const writingContract = (test: Test) => {
  describe("what is written", () => content(test))
  describe("the answers", () => answers(test))
  describe("the fence", () => fence(test))
  describe("a stream", () => density(test))
  describe("the line", () => line(test))
}

const content = (test: Test) => {
  test(
    "gives back what it was given",
    Effect.gen(function* () {
      const journal = yield* Journal
      const entries = [entry("First", awkward, "one"), entry("Second", {}, "two")] as const
      yield* write(journal, append("a-1", 0, { entries }))
      const events = yield* journal.readStream("a-1", 0, 10)
      for (const [index, { position: _, recordedAt, ...event }] of events.entries()) {
        const version = index + 1
        assert.deepStrictEqual(event, { ...entries[index]!, stream: "a-1", version })
        assert.isTrue(Schema.is(Timestamp)(recordedAt), recordedAt)
      }
      assert.strictEqual(events.length, 2)
    })
  )

  test(
    "keeps what was meant, not what became of the object",
    Effect.gen(function* () {
      const journal = yield* Journal
      const payload = { amount: 1 }
      const waiting = enqueue(journal, append("a-1", 0, { entries: [entry("First", payload)] }))
      payload.amount = 2
      yield* waiting
      const [event] = yield* journal.readStream("a-1", 0, 10)
      assert.deepStrictEqual(event?.payload, { amount: 1 })
    })
  )
}

const awkward = {
  text: 'a "quoted" line,\nanother\\n one\t\u2028, ünïcode 🦊, {1,2}, \u0001',
  lone: "\ud800",
  zero: "\u0000",
  nothing: null,
  list: [[], [{ deep: [1.5, -0.1, 1e21, Number.MAX_SAFE_INTEGER] }], ""],
  "": { "key with \n line": true }
}

const answers = (test: Test) => {
  test(
    "answers later, and in the order of the calls",
    Effect.gen(function* () {
      const journal = yield* Journal
      const session = new Session()
      const answered: Array<number> = []
      yield* Effect.async<void>((resume) => {
        for (const version of range(500)) {
          journal.enqueue(append("a-1", version, { session }), (failure) => {
            assert.isUndefined(failure)
            if (answered.push(version) === 500) resume(Effect.void)
          })
        }
        assert.deepStrictEqual(answered, [])
      })
      assert.deepStrictEqual(answered, range(500))
      const events = yield* journal.load("a-1", Option.none())
      assert.deepStrictEqual(
        places(events.events),
        range(500).map((index) => `a-1@${index + 1}`)
      )
    })
  )

  test(
    "tells who listens how far it has come",
    Effect.gen(function* () {
      const journal = yield* Journal
      const heard: Array<number> = []
      const stop = journal.onCommitted((head) => heard.push(head))
      yield* write(journal, append("a-1", 0))
      yield* write(journal, append("a-2", 0))
      const events = yield* journal.readAll(0, 10)
      assert.deepStrictEqual(
        heard,
        events.map(({ position }) => position)
      )
      stop()
      yield* write(journal, append("a-3", 0))
      assert.strictEqual(heard.length, 2)
    })
  )

  test(
    "a callback that throws does not keep others from being called",
    Effect.gen(function* () {
      const journal = yield* Journal
      journal.enqueue(append("a-1", 0), () => {
        throw new Error("a bug")
      })
      assert.strictEqual(yield* attempt(journal, append("a-2", 0)), "ok")
      assert.strictEqual(yield* attempt(journal, append("a-1", 1)), "ok")
    })
  )
}

const fence = (test: Test) => {
  test(
    "lets one of two win, and the loser nothing more",
    Effect.gen(function* () {
      const journal = yield* Journal
      const [one, other] = [new Session(), new Session()]
      const outcomes = yield* attemptAll(journal, [
        append("a-1", 0, { session: one }),
        append("a-1", 0, { session: other }),
        append("a-1", 1, { session: one }),
        append("a-1", 1, { session: other })
      ])
      assert.deepStrictEqual(outcomes, ["ok", "VersionConflict", "ok", "VersionConflict"])
      assert.isTrue(other.isBroken)
      assert.isFalse(one.isBroken)
      const late = yield* attempt(journal, append("a-1", 2, { session: other }))
      assert.strictEqual(late, "VersionConflict")
      assert.deepStrictEqual(places(yield* journal.readAll(0, 10)), ["a-1@1", "a-1@2"])
    })
  )

  test(
    "says who lost, and at which version",
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* write(journal, append("a-1", 0))
      const failure = yield* Effect.flip(write(journal, append("a-1", 0)))
      assert.deepStrictEqual(failure, new VersionConflict({ stream: "a-1", expected: 0 }))
    })
  )

  test(
    "writes all entries of an append, or none",
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* write(journal, append("a-1", 0))
      const entries = [entry("One"), entry("Two"), entry("Three")] as const
      assert.strictEqual(yield* attempt(journal, append("a-1", 0, { entries })), "VersionConflict")
      yield* write(journal, append("a-1", 1, { entries }))
      assert.strictEqual(yield* attempt(journal, append("a-1", 3)), "VersionConflict")
      assert.strictEqual((yield* journal.readStream("a-1", 0, 10)).length, 4)
    })
  )
}

const density = (test: Test) => {
  test(
    "leaves no hole, neither behind a lost append nor before a premature one",
    Effect.gen(function* () {
      const journal = yield* Journal
      const session = new Session()
      yield* write(journal, append("a-1", 0))
      const queued = enqueue(journal, append("a-1", 0, { session }))
      const follow = (index: number) => enqueue(journal, append("a-1", index + 1, { session }))
      const behind = range(50).map(follow)
      yield* nextTurn // The first may be under way now, so that these are in another commit.
      behind.push(...range(100).slice(50).map(follow))
      assert.strictEqual((yield* queued)._tag, "Left")
      for (const append of behind) assert.strictEqual((yield* append)._tag, "Left")
      assert.strictEqual(yield* attempt(journal, append("a-1", 2)), "VersionConflict")
      assert.strictEqual(yield* attempt(journal, append("a-2", 1)), "VersionConflict")

      const skipping = new Session()
      yield* write(journal, append("a-1", 1, { session: skipping }))
      const skipped = yield* attempt(journal, append("a-1", 3, { session: skipping }))
      assert.strictEqual(skipped, "VersionConflict")
      assert.deepStrictEqual(places(yield* journal.readAll(0, 10)), ["a-1@1", "a-1@2"])
    })
  )

  test(
    "takes an entry that is no JSON as the end of its session, and of nothing else",
    Effect.gen(function* () {
      const journal = yield* Journal
      const session = new Session()
      const outcomes = yield* attemptAll(journal, [
        append("a-1", 0),
        append("a-2", 0, { session, entries: [entry("Big", { amount: 1n })] }),
        append("a-2", 1, { session }),
        append("a-3", 0)
      ])
      assert.deepStrictEqual(outcomes, ["ok", "JournalUnavailable", "VersionConflict", "ok"])
    })
  )
}

const nextTurn = Effect.async<void>((resume) => {
  setImmediate(() => setImmediate(() => resume(Effect.void)))
})

const line = (test: Test) => {
  test(
    "no append fails because of its neighbours",
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* write(journal, append("a-50", 0))
      yield* write(journal, append("a-77", 0))
      const outcomes = yield* attemptAll(
        journal,
        range(100).map((index) => append(`a-${index}`, 0))
      )
      const lost = range(100).filter((index) => outcomes[index] !== "ok")
      assert.deepStrictEqual(lost, [50, 77])
      assert.strictEqual((yield* journal.readAll(0, 1_000)).length, 100)
    })
  )

  test(
    "turns away at once what would stand in line too long",
    Effect.gen(function* () {
      const journal = yield* Journal
      const session = new Session()
      const waiting = range(10_000).map((index) => enqueue(journal, append(`a-${index}`, 0)))
      const refused = enqueue(journal, append("b-1", 0, { session }))
      assert.isTrue(session.isBroken)
      assert.strictEqual(outcomeOf(yield* refused), "JournalSaturated")
      const settled = yield* Effect.all(waiting)
      assert.isTrue(settled.every(({ _tag }) => _tag === "Right"))
      yield* write(journal, append("b-1", 0))
      const events = yield* journal.readAll(0, 20_000)
      assert.strictEqual(events.length, 10_001)
    })
  )
}
