/** What a process remembers of its own commits, for its own read models. */
import { assert, describe, it } from "@effect/vitest"
import { RecentEvents } from "../../src/journal/RecentEvents.ts"
import { append, entry, places, range } from "./Appends.ts"

/** A batch of appends, as the writer has them; `characters` is what each of them takes. */
const batch = (streams: ReadonlyArray<readonly [name: string, expected: number]>, characters = 2) =>
  streams.map(([name, expected]) => ({
    append: append(name, expected, { entries: [entry("One"), entry("Two", { of: name })] }),
    payloads: "x".repeat(characters),
    metadata: ""
  }))

/** One with a reader: without readers nothing is kept. */
const read = (...rooms: ReadonlyArray<string>) => {
  const tail = new RecentEvents()
  for (const category of rooms) assert.isUndefined(tail.read(category, category, 0, 10))
  return tail
}

describe("RecentEvents", () => {
  it("gives one room's events, with their places in the stream and in the journal", () => {
    const tail = read("a")
    tail.add(
      batch([
        ["a-1", 0],
        ["ab-1", 4],
        ["a-1", 2]
      ]),
      6
    )
    assert.deepStrictEqual(tail.read("a", "a", 0, 100), {
      through: 6,
      events: [
        { position: 1, stream: "a-1", version: 1, type: "One", schemaVersion: 1, payload: {} },
        {
          position: 2,
          stream: "a-1",
          version: 2,
          type: "Two",
          schemaVersion: 1,
          payload: { of: "a-1" }
        },
        { position: 5, stream: "a-1", version: 3, type: "One", schemaVersion: 1, payload: {} },
        {
          position: 6,
          stream: "a-1",
          version: 4,
          type: "Two",
          schemaVersion: 1,
          payload: { of: "a-1" }
        }
      ]
    })
  })

  it("keeps the place of each reader, also of two that read one room", () => {
    const tail = new RecentEvents()
    for (const reader of ["list", "search"]) assert.isUndefined(tail.read(reader, "a", 0, 10))
    tail.add(batch([["a-1", 0]]), 2)
    tail.add(batch([["a-2", 0]]), 4)
    assert.strictEqual(tail.read("list", "a", 0, 10)?.through, 4)
    tail.read("list", "a", 4, 10)
    assert.deepStrictEqual(places(tail.read("search", "a", 0, 2)?.events ?? []), ["a-1@1", "a-1@2"])
    assert.deepStrictEqual(places(tail.read("search", "a", 2, 2)?.events ?? []), ["a-2@1", "a-2@2"])
    tail.read("search", "a", 4, 10)
    assert.strictEqual(tail.size, 0)
  })

  it("keeps what one reader needs when another is so far behind that it is given up", () => {
    const tail = new RecentEvents()
    for (const reader of ["list", "rebuilt"]) tail.read(reader, "a", 0, 10)
    for (const index of range(4_100)) {
      tail.add(batch([[`a-${index}`, 0]]), 2 * index + 2)
      assert.strictEqual(tail.read("list", "a", 2 * index, 10)?.through, 2 * index + 2)
      assert.isAtMost(tail.size, 8_000)
    }
    assert.isAtMost(tail.size, 4)
    assert.isUndefined(tail.read("rebuilt", "a", 2, 10))
  })

  it("goes on in the middle of a batch, and ends where the limit is", () => {
    const tail = read("a", "b")
    tail.add(
      batch([
        ["a-1", 0],
        ["b-1", 0]
      ]),
      4
    )
    tail.add(batch([["a-2", 0]]), 6)
    const page = tail.read("a", "a", 1, 4)
    assert.deepStrictEqual([places(page?.events ?? []), page?.through], [["a-1@2", "a-2@1"], 5])
    const rest = tail.read("a", "a", 5, 4)
    assert.deepStrictEqual([places(rest?.events ?? []), rest?.through], [["a-2@2"], 6])
  })

  it("says nothing where only the database can know: others may have written", () => {
    const tail = read("a")
    tail.add(batch([["a-1", 0]]), 12)
    assert.isUndefined(tail.read("a", "a", 9, 100))
    assert.isDefined(tail.read("a", "a", 10, 100))
    assert.isUndefined(tail.read("a", "a", 12, 100))
    assert.isUndefined(tail.read("a", "a", 13, 100))
  })

  it("drops events before a gap, in which another process may have written", () => {
    const tail = read("a")
    tail.add(batch([["a-1", 0]]), 2)
    tail.add(batch([["a-2", 0]]), 5)
    assert.isUndefined(tail.read("a", "a", 0, 100))
    assert.isUndefined(tail.read("a", "a", 2, 100))
    assert.deepStrictEqual(places(tail.read("a", "a", 3, 100)?.events ?? []), ["a-2@1", "a-2@2"])
  })

  it("keeps nothing without readers, and nothing that all have read", () => {
    const alone = new RecentEvents()
    alone.add(batch([["a-1", 0]]), 2)
    assert.strictEqual(alone.size, 0)
    const tail = read("a", "b")
    tail.add(batch([["a-1", 0]]), 2)
    tail.add(batch([["a-2", 0]]), 4)
    tail.read("a", "a", 4, 100)
    assert.strictEqual(tail.size, 4)
    tail.read("b", "b", 2, 100)
    assert.strictEqual(tail.size, 2)
  })

  it("does not grow for a reader that has gone: then the database answers", () => {
    const tail = read("a", "gone")
    for (const index of range(4_001)) {
      tail.add(batch([[`a-${index}`, 0]]), 2 * index + 2)
      assert.isAtMost(tail.size, 8_000)
    }
    assert.strictEqual(tail.size, 0)
    assert.isUndefined(tail.read("a", "a", 0, 100))
    const large = read("a")
    for (const index of range(5)) large.add(batch([[`a-${index}`, 0]], 2_000_000), 2 * index + 2)
    assert.strictEqual(large.size, 0)
  })
})
