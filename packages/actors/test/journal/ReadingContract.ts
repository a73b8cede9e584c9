/** What every journal must do when it is asked, whatever it is made of. */
import { assert, describe } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Journal, type JournalUnavailable } from "../../src/journal/Journal.ts"
import { append, entry, type JournalService, places, range, type Test, write } from "./Appends.ts"

export const readingContract = (test: Test) => {
  describe("loading", () => {
    snapshots(test)
    lengths(test)
  })
  describe("reading", () => {
    pages(test)
    names(test)
  })
  describe("news", () => news(test))
}

const snapshots = (test: Test) => {
  test(
    "gives an unknown stream no events",
    Effect.gen(function* () {
      const journal = yield* Journal
      const loaded = yield* journal.load("a-1", Option.some(1))
      assert.deepStrictEqual(loaded, { snapshot: Option.none(), events: [] })
    })
  )

  test(
    "is not confused by strange names",
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* write(journal, append("a-1", 0))
      const names = ["a\nb", "a-1", "", "a-1", '"{,}\\', "a-1"]
      const loaded = yield* Effect.forEach(names, (name) => journal.load(name, Option.none()), {
        concurrency: "unbounded"
      })
      const lengths = loaded.map(({ events }) => events.length)
      assert.deepStrictEqual(lengths, [0, 1, 0, 1, 0, 1])
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
}

const lengths = (test: Test) => {
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

const pages = (test: Test) => {
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
    "reads one room's events in pages of the whole, and misses none",
    Effect.gen(function* () {
      const journal = yield* Journal
      assert.deepStrictEqual(yield* journal.readCategory("a", 0, 5), { events: [], through: 0 })
      const streams = ["a-1", "b-1", "ab-1", "b-2", "a-2", "b-3"]
      for (const stream of streams) yield* write(journal, append(stream, 0))
      const positions = (yield* journal.readAll(0, 10)).map(({ position }) => position)
      const page = yield* journal.readCategory("a", 0, 4)
      assert.deepStrictEqual(places(page.events), ["a-1@1"])
      assert.strictEqual(page.through, positions[3])
      const rest = yield* journal.readCategory("a", page.through, 4)
      assert.deepStrictEqual(places(rest.events), ["a-2@1"])
      assert.strictEqual(rest.through, positions[5])
      const beyond = yield* journal.readCategory("a", rest.through, 4)
      assert.deepStrictEqual(beyond, { events: [], through: rest.through })
    })
  )

  test(
    "tells where there is something to read, without reading it",
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* write(journal, append("a-1", 0))
      yield* write(journal, append("a-2", 0))
      yield* write(journal, append("a-1", 1))
      const all = yield* journal.readAll(0, 5)
      const changes = yield* journal.changes(0, 5)
      assert.deepStrictEqual(
        changes,
        all.map(({ position, stream }) => ({ position, stream }))
      )
      assert.deepStrictEqual(yield* journal.changes(changes[0]!.position, 1), [changes[1]!])
      assert.deepStrictEqual(yield* journal.changes(changes[2]!.position, 5), [])
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

const news = (test: Test) => {
  test(
    "says whether streams have newer events, to each of many who ask at once",
    Effect.gen(function* () {
      const journal = yield* Journal
      const isNewer = (stream: string, after: number) =>
        Effect.async<boolean, JournalUnavailable>((resume) => {
          let isWithin = true
          journal.hasNewer(stream, after, (newer) => {
            assert.isFalse(isWithin, "answered within the call")
            resume(newer)
          })
          isWithin = false
        })
      yield* writeMany(journal, "a-1", 3)
      yield* write(journal, append("a-2", 0))
      // A strange name must not shift the others from their places.
      const asked = [
        ["a-1", 2],
        ['a\n,{"}', 0],
        ["a-2", 0],
        ["a-2", 1],
        ["a-1", 3]
      ] as const
      const many = range(300).map((index) => ["a-1", index % 6] as const)
      const found = yield* Effect.all(
        [...asked, ...many].map(([stream, after]) => isNewer(stream, after)),
        { concurrency: "unbounded" }
      )
      const wanted = [true, false, true, false, false, ...many.map(([, after]) => after < 3)]
      assert.deepStrictEqual(found, wanted)
    })
  )
}

const names = (test: Test) => {
  test(
    "tells which streams a room has, by name, and no other room's",
    Effect.gen(function* () {
      const journal = yield* Journal
      assert.deepStrictEqual(yield* journal.streams("a", "a-", 5), [])
      for (const stream of ["a-2", "b-1", "a-10", "ab-1", "a-1", "A-1"]) {
        yield* write(journal, append(stream, 0))
      }
      yield* write(journal, append("a-1", 1))
      assert.deepStrictEqual(yield* journal.streams("a", "a-", 5), ["a-1", "a-10", "a-2"])
      assert.deepStrictEqual(yield* journal.streams("a", "a-", 2), ["a-1", "a-10"])
      assert.deepStrictEqual(yield* journal.streams("a", "a-10", 2), ["a-2"])
      assert.deepStrictEqual(yield* journal.streams("a", "", 1), ["a-1"])
      assert.deepStrictEqual(yield* journal.streams("a", "a-2", 5), [])
    })
  )

  test(
    "gives the snapshots there are, by the names of their streams",
    Effect.gen(function* () {
      const journal = yield* Journal
      const of = (n: number) => {
        return { stream: `a-${n}`, version: n, schemaVersion: 2, state: { sum: n } }
      }
      for (const n of [3, 1, 2]) yield* journal.save(of(n))
      assert.deepStrictEqual(yield* journal.snapshots("", 2), [of(1), of(2)])
      assert.deepStrictEqual(yield* journal.snapshots("a-2", 2), [of(3)])
    })
  )
}
