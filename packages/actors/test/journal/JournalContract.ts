/** What every journal must do, whatever it is made of. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Option, Schema } from "effect"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Journal, Session, VersionConflict } from "../../src/journal/Journal.ts"
import { SagaDue } from "../../src/saga/SagaDue.ts"
import {
  append,
  attempt,
  attemptAll,
  enqueue,
  entry,
  type JournalService,
  outcomeOf,
  places,
  range,
  write
} from "./Appends.ts"

type Test = <E>(title: string, body: Effect.Effect<void, E, Journal | SagaDue>) => void

/** Each test gets a journal of its own. */
export const journalContract = <E>(name: string, layer: Layer.Layer<Journal | SagaDue, E>) =>
  describe(`journal in ${name}`, () => {
    const test: Test = (title, body) => it.live(title, () => Effect.provide(body, layer))
    describe("appending", () => appending(test))
    describe("the fence", () => fence(test))
    describe("one line for everybody", () => line(test))
    describe("loading", () => loading(test))
    describe("reading", () => reading(test))
    describe("what is due", () => due(test))
  })

const appending = (test: Test) => {
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
}

const awkward = {
  text: 'a "quoted" line,\nanother\\n one\t\u2028, ünïcode 🦊, {1,2}, \u0001',
  lone: "\ud800",
  zero: "\u0000",
  nothing: null,
  list: [[], [{ deep: [1.5, -0.1, 1e21, Number.MAX_SAFE_INTEGER] }], ""],
  "": { "key with \n line": true }
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

  test(
    "leaves no hole, neither behind a lost append nor before a premature one",
    Effect.gen(function* () {
      const journal = yield* Journal
      const session = new Session()
      yield* write(journal, append("a-1", 0))
      const queued = enqueue(journal, append("a-1", 0, { session }))
      const behind = range(50).map((index) =>
        enqueue(journal, append("a-1", index + 1, { session }))
      )
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
    "a caller that throws when it is answered keeps nobody else from being answered",
    Effect.gen(function* () {
      const journal = yield* Journal
      journal.enqueue(append("a-1", 0), () => {
        throw new Error("a bug")
      })
      assert.strictEqual(yield* attempt(journal, append("a-2", 0)), "ok")
      assert.strictEqual(yield* attempt(journal, append("a-1", 1)), "ok")
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

const loading = (test: Test) => {
  test(
    "gives an unknown stream no events",
    Effect.gen(function* () {
      const journal = yield* Journal
      const loaded = yield* journal.load("a-1", Option.some(1))
      assert.deepStrictEqual(loaded, { snapshot: Option.none(), events: [] })
    })
  )

  test(
    "begins at the newest snapshot of the version asked for",
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* writeMany(journal, "a-1", 10)
      yield* journal.save({ stream: "a-1", version: 4, schemaVersion: 2, state: { sum: 4 } })
      yield* journal.save({ stream: "a-1", version: 7, schemaVersion: 2, state: { sum: 7 } })
      yield* journal.save({ stream: "a-1", version: 5, schemaVersion: 2, state: { sum: 5 } })
      const loaded = yield* journal.load("a-1", Option.some(2))
      assert.deepStrictEqual(loaded.snapshot, Option.some({ version: 7, state: { sum: 7 } }))
      assert.deepStrictEqual(places(loaded.events), ["a-1@8", "a-1@9", "a-1@10"])

      for (const other of [Option.none(), Option.some(1), Option.some(3)]) {
        const whole = yield* journal.load("a-1", other)
        assert.deepStrictEqual(whole.snapshot, Option.none())
        assert.strictEqual(whole.events.length, 10)
      }
      yield* journal.save({ stream: "a-1", version: 10, schemaVersion: 2, state: { sum: 10 } })
      const short = yield* journal.load("a-1", Option.some(2))
      const snapshot = Option.some({ version: 10, state: { sum: 10 } })
      assert.deepStrictEqual(short, { snapshot, events: [] })
    })
  )

  test(
    "a newer program's snapshot replaces an older one's of the same version, not the reverse",
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* writeMany(journal, "a-1", 2)
      yield* journal.save({ stream: "a-1", version: 2, schemaVersion: 1, state: { old: true } })
      yield* journal.save({ stream: "a-1", version: 2, schemaVersion: 2, state: { old: false } })
      yield* journal.save({ stream: "a-1", version: 2, schemaVersion: 1, state: { old: true } })
      const { snapshot } = yield* journal.load("a-1", Option.some(2))
      assert.deepStrictEqual(snapshot, Option.some({ version: 2, state: { old: false } }))
    })
  )

  test(
    "reads long streams to their end, however many are asked for at once",
    Effect.gen(function* () {
      const journal = yield* Journal
      const lengths = [0, 1, 499, 500, 501, 1_000, 1_234]
      yield* Effect.forEach(lengths, (length) => writeMany(journal, `a-${length}`, length))
      yield* journal.save({ stream: "a-501", version: 1, schemaVersion: 1, state: { sum: 1 } })
      const asked = range(30).flatMap(() => lengths)
      const loaded = yield* Effect.forEach(
        asked,
        (length) => journal.load(`a-${length}`, Option.some(1)),
        { concurrency: "unbounded" }
      )
      for (const [index, { events, snapshot }] of loaded.entries()) {
        const length = asked[index]!
        const start = Option.isSome(snapshot) ? 1 : 0
        const versions = range(length - start).map((version) => version + start + 1)
        assert.strictEqual(start, length === 501 ? 1 : 0)
        assert.deepStrictEqual(
          places(events),
          versions.map((version) => `a-${length}@${version}`)
        )
      }
    })
  )
}

const writeMany = (journal: JournalService, stream: string, count: number) => {
  const [first, ...others] = range(count).map((index) => entry("Happened", { index }))
  return first === undefined
    ? Effect.void
    : write(journal, append(stream, 0, { entries: [first, ...others] }))
}

const reading = (test: Test) => {
  test(
    "reads a stream and the whole in pages, in order",
    Effect.gen(function* () {
      const journal = yield* Journal
      assert.strictEqual(yield* journal.head, 0)
      yield* write(journal, append("a-1", 0))
      yield* write(journal, append("a-2", 0))
      yield* write(journal, append("a-1", 1))
      assert.deepStrictEqual(places(yield* journal.readStream("a-1", 0, 1)), ["a-1@1"])
      assert.deepStrictEqual(places(yield* journal.readStream("a-1", 1, 5)), ["a-1@2"])
      assert.deepStrictEqual(yield* journal.readStream("a-1", 2, 5), [])
      const [first, second] = yield* journal.readAll(0, 2)
      assert.deepStrictEqual(places([first!, second!]), ["a-1@1", "a-2@1"])
      const rest = yield* journal.readAll(second!.position, 5)
      assert.deepStrictEqual(places(rest), ["a-1@2"])
      assert.isTrue(first!.position < second!.position && second!.position < rest[0]!.position)
      assert.strictEqual(yield* journal.head, rest[0]!.position)
      assert.deepStrictEqual(yield* journal.readAll(rest[0]!.position, 5), [])
    })
  )

  test(
    "knows which commands a stream has seen",
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* write(journal, append("a-1", 0, { entries: [entry("One", {}, "known")] }))
      assert.isTrue(yield* journal.has("a-1", "known"))
      assert.isFalse(yield* journal.has("a-1", "unknown"))
      assert.isFalse(yield* journal.has("a-2", "known"))
    })
  )
}

const due = (test: Test) => {
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

  test(
    "is leased to one at a time, the oldest first, for longer each time",
    Effect.gen(function* () {
      const [journal, due] = [yield* Journal, yield* SagaDue]
      for (const index of range(20)) yield* write(journal, append(`a-${index}`, 0, { due: now }))
      const claims = yield* Effect.all(
        range(4).map(() => due.claim(5, 300, 400)),
        { concurrency: "unbounded" }
      )
      const streams = claims.flat().map(({ stream }) => stream)
      assert.strictEqual(new Set(streams).size, streams.length)
      if (streams.length < 20)
        streams.push(...(yield* due.claim(20, 300, 400)).map((row) => row.stream))
      assert.strictEqual(new Set(streams).size, 20)
      assert.deepStrictEqual(yield* due.claim(20, 300, 400), [])
      yield* Effect.sleep("320 millis")
      const again = yield* due.claim(20, 300, 400)
      assert.deepStrictEqual(
        again.map(({ attempts }) => attempts),
        range(20).map(() => 1)
      )
      yield* Effect.sleep("320 millis")
      assert.deepStrictEqual(yield* due.claim(20, 300, 400), [])
      yield* Effect.sleep("100 millis")
      assert.strictEqual((yield* due.claim(20, 300, 400)).length, 20)
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
      const [one, two] = [yield* due.claim(1, 60_000, 60_000), yield* due.claim(5, 60_000, 60_000)]
      const streams = [...one, ...two].map(({ stream }) => stream)
      assert.deepStrictEqual(streams, ["a-3", "a-1", "a-2"])
    })
  )
}

const now = { _tag: "In", inMs: 0 } as const
const done = { _tag: "Done" } as const
